"""docs/disasters.md: every command of the page is run, after what it is there for has happened."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from audobon_cli.backup.drill import PLACE
from audobon_cli.library.store.library import Library
from tests.backup.workshop import add_pictures
from tests.cli.test_contract import validator
from tests.conftest import Audobon, Ran

PAGE = Path(__file__).parents[2] / "docs" / "disasters.md"


@pytest.fixture
def project(audobon: Audobon, isolation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library with pictures, one of them called dragon, a commit, and a repository ``usb`` that has it all."""
    assert audobon("init").status == 0
    library = Library.open(isolation / ".audobon")
    add_pictures(library, 6, seed=1)
    library.close()
    (isolation / "key").write_bytes(b"0123456789abcdef" * 4)
    audobon("assets", "rename", "p1-0", "dragon")
    audobon("version", "commit", "-m", "The cast")
    (tmp_path / "mnt").mkdir()
    usb = tmp_path / "mnt" / "usb" / "audobon"
    assert audobon("backup", "init", str(usb), "--name", "usb", "--key-file", "key").status == 0
    assert audobon("backup", "create", "--repo", "usb").status == 0
    return isolation


def largest(folder: Path) -> Path:
    return max((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)


def test_the_page_is_right(audobon: Audobon, project: Path, tmp_path: Path) -> None:
    library, usb = project / ".audobon", tmp_path / "mnt" / "usb" / "audobon"

    def lose_a_file() -> None:
        largest(library / "objects").unlink()

    def ruin_the_database() -> None:
        (library / "audobon.db").write_bytes(b"ruined" * 1000)
        for name in ("audobon.db-wal", "audobon.db-shm"):
            (library / name).unlink(missing_ok=True)

    before: dict[str, Callable[[], object]] = {
        "audobon undo": lambda: audobon("assets", "rename", "dragon", "wyrm"),
        "audobon assets restore dragon": lambda: audobon("assets", "trash", "dragon"),
        "audobon version restore dragon": lambda: audobon("assets", "note", "dragon", "-m", "nonsense"),
        "audobon backup restore --repo usb --asset": lambda: audobon(
            "assets", "note", "dragon", "-m", "more"
        ),
        "audobon assets verify": lose_a_file,
        "audobon backup restore --repo usb --into-library": ruin_the_database,
        "audobon library clone": lambda: audobon(
            "library", "push", str(tmp_path / "mnt/nas/art"), "-m", "all", "--key-file", "key"
        ),
        "audobon backup verify": lambda: largest(usb / "packs").unlink(),
        "audobon backup repair": lambda: None,
        "audobon backup sync": lambda: None,
    }
    statuses = dict(zip(("audobon assets verify", "audobon backup verify"), (22, 27), strict=True))
    statuses |= dict.fromkeys(
        ("audobon backup repair", "audobon backup sync"), 3
    )  # that pack had old records
    ran: dict[str, Ran] = {}
    for block in re.findall(r"```bash\n(.*?)```", PAGE.read_text(), re.DOTALL):
        for line in block.splitlines():
            found = next((start for start in before if line.startswith(start)), "")
            if found:
                made = before.pop(found)()
                assert not isinstance(made, Ran) or made.status == 0, (found, made)
            words = shlex.split(line.replace("/mnt/", f"{tmp_path}/mnt/"), comments=True)
            done = audobon(*words[1:])
            assert done.status == statuses.pop(found, 0), (line, done.err, done.out)
            ran[" ".join(words)] = done
    assert not before
    assert not statuses
    assert len(ran) > 20
    schedule = next(done for line, done in ran.items() if "schedule" in line).out
    order = [schedule.index(f"backup {word} ") for word in ("create", "verify", "drill", "prune", "sync usb")]
    assert order == sorted(order)


def drilled(ran: Ran, status: int = 0) -> dict[str, object]:
    assert ran.status == status, ran.err + ran.out
    validator("backup-drill").validate(ran.data)
    data: dict[str, object] = ran.data
    return data


def test_a_drill_finds_what_is_missing_and_leaves_nothing(
    audobon: Audobon, project: Path, tmp_path: Path
) -> None:
    room = tmp_path / "room"
    words = ("backup", "drill", "--json", "--room", str(room))
    (room / PLACE / "of-a-killed-one").mkdir(parents=True)
    found = drilled(audobon(*words, "--exact"))
    assert (found["whole"], found["identical"], found["current"]) == (True, True, True)
    assert (found["assets"], found["commits"], found["added"]) == (6, 1, [])
    audobon("assets", "note", "dragon", "-m", "big")
    audobon("version", "commit", "-m", "A note")
    found = drilled(audobon(*words))
    assert (found["whole"], found["identical"], found["current"]) == (True, False, False)
    assert [one["state"] for one in found["heads"]] == ["behind"]  # type: ignore[index, attr-defined]
    assert len(found["changed"]) == 1  # type: ignore[arg-type]
    late = audobon(*words, "--exact")
    assert (late.status, late.json["error"]["code"]) == (28, "backup.behind")
    pack = largest(tmp_path / "mnt" / "usb" / "audobon" / "packs")
    content = bytearray(pack.read_bytes())
    pack.chmod(0o600)
    middle = len(content) // 3
    content[middle : middle + 200] = bytes(200)
    pack.write_bytes(content)
    damaged = audobon(*words)
    assert (damaged.status, damaged.json["error"]["code"]) == (27, "backup.damaged")
    assert list(room.iterdir()) == []


def test_a_backup_follows_each_commit_and_never_fails_it(
    audobon: Audobon, project: Path, tmp_path: Path, isolation: Path
) -> None:
    settings = Path(audobon("config", "path", "settings").out.strip())
    text = settings.read_text()
    (project / "audobon.toml").write_text('[backup]\nafter = "commit"\n')
    audobon("assets", "note", "dragon", "-m", "one")
    assert audobon("version", "commit", "-m", "One").status == 0
    assert len(audobon("backup", "list", "--json").data["points"]) == 1  # a project's file does not count
    settings.write_text(text.replace("[backup]\n", '[backup]\nafter = "commit"\n'))
    assert audobon("version", "commit", "-m", "None").status == 0
    assert len(audobon("backup", "list", "--json").data["points"]) == 2
    usb = tmp_path / "mnt" / "usb"
    usb.rename(tmp_path / "away")
    audobon("assets", "note", "dragon", "-m", "two")
    failed = audobon("version", "commit", "-m", "Two")
    assert failed.status == 0
    assert "backup after it is not" in failed.err
    assert "the one after a commit failed" in audobon("status").out
    (tmp_path / "away").rename(usb)
    assert "warning" not in audobon("version", "commit", "-m", "Nothing").err
    assert len(audobon("backup", "list", "--json").data["points"]) == 3
    assert audobon("backup", "drill", "--exact", "--json").data["current"]
    settings.write_text(text.replace("[backup]\n", '[backup]\nafter = "lunch"\n'))
    audobon("assets", "note", "dragon", "-m", "three")
    odd = audobon("version", "commit", "-m", "Three")
    assert odd.status == 0
    assert "after can be" in odd.err
