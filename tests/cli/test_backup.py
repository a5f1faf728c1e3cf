"""`audobon backup` as people and scripts use it."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.backup import change_cache, opener
from audobon_cli.backup.repository import key_slots
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.library.store.library import Library
from audobon_cli.remotes.directory.remote import DirectoryRemote
from tests.backup.workshop import add_pictures
from tests.cli.test_contract import validator
from tests.conftest import Audobon, Ran
from tests.fault_injection import needs_mounts, run_mounted


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key file: no scrypt, so tests are quick."""
    path = tmp_path / "backup.key"
    path.write_bytes(b"0123456789abcdef" * 4)
    return path


@pytest.fixture
def project(audobon: Audobon, isolation: Path, tmp_path: Path, key: Path) -> Path:
    """A project with a library of twelve pictures and a destination `usb`, which is the default."""
    assert audobon("init").status == 0
    library = Library.open(isolation / ".audobon")
    add_pictures(library, 12, seed=1)
    library.close()
    done = audobon("backup", "init", str(tmp_path / "usb"), "--name", "usb", "--key-file", str(key), "--json")
    checked("backup-init", done)
    return isolation


def checked(name: str, ran: Ran, status: int = 0) -> dict[str, Any]:
    """The command's result, held against its schema."""
    assert ran.status == status, ran.err + ran.out
    validator(name).validate(ran.data)
    return ran.data


def error(ran: Ran) -> str:
    """The code of a failure in JSON."""
    code: str = ran.json["error"]["code"]
    assert ran.json["error"]["hint"]
    return code


def add(isolation: Path, seed: int, count: int = 3) -> None:
    library = Library.open(isolation / ".audobon")
    add_pictures(library, count, seed)
    library.close()


def test_a_day_with_backups(audobon: Audobon, project: Path, tmp_path: Path) -> None:
    first = checked("backup-create", audobon("backup", "create", "-m", "first", "--json"))
    assert not first["unchanged"]
    add(project, 2)
    foreseen = checked("backup-create", audobon("backup", "create", "--dry-run", "--json"))
    second = checked("backup-create", audobon("backup", "create", "--json"))
    assert 0 < second["stored_bytes"] <= foreseen["upload_bytes"] < first["stored_bytes"]
    listed = checked("backup-list", audobon("backup", "list", "--json"))
    assert [point["id"] for point in listed["points"]] == [second["point"]["id"], first["point"]["id"]]
    shown = checked("backup-show", audobon("backup", "show", first["point"]["id"][:8], "--files", "--json"))
    assert (len(shown["blobs"]), shown["note"]) == (12, "first")
    assert [file["path"] for file in shown["files_beside"]] == ["settings.toml"]
    diff = checked("backup-diff", audobon("backup", "diff", first["point"]["id"], "--json"))
    assert (len(diff["added"]), diff["removed"], diff["changed"]) == (3, [], [])
    assert checked("backup-verify", audobon("backup", "verify", "--read-data", "--json"))["read_bytes"] > 0
    assert checked("backup-verify", audobon("backup", "verify", "--read-data=1%", "--json"))["clean"]
    status = checked("backup-status", audobon("backup", "status", "--json"))["destinations"][0]
    assert (status["name"], status["reachable"], status["changed"]) == ("usb", True, False)
    restored = checked(
        "backup-restore", audobon("backup", "restore", "--to", str(tmp_path / "new"), "--json")
    )
    assert restored["written_files"] == 15
    assert audobon("assets", "list", "--library", str(tmp_path / "new"), "--json").data["total"] == 15
    assert (tmp_path / "new" / "restored" / "settings.toml").is_file()


def test_where_nothing_changed_the_key_must_serve_all_the_same(
    audobon: Audobon, project: Path, key: Path, tmp_path: Path
) -> None:
    created = audobon("backup", "create", "--json").data
    time.sleep(0.15)  # what was written in the last tick of the file system's clock is not trusted
    again = checked("backup-create", audobon("backup", "create", "--json"))
    assert again["unchanged"]
    assert again["point"]["id"] == created["point"]["id"]
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("not the passphrase\n")
    ran = audobon("backup", "create", "--passphrase-file", str(wrong), "--json")
    assert (error(ran), ran.status) == ("backup.key", 45)
    key.unlink()
    assert error(audobon("backup", "create", "--json")) == "backup.key"


def test_where_nothing_changed_the_key_is_derived_only_if_its_file_or_the_slots_changed(
    audobon: Audobon, project: Path, key: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    def create() -> tuple[Any, int]:
        """What came of it, and how often a key was derived for it."""
        derived.clear()
        time.sleep(0.15)
        ran = audobon("backup", "create", "--json")
        return (ran.data["unchanged"] if ran.status == 0 else error(ran)), len(derived)

    derived: list[object] = []
    unwrap = key_slots.unwrap
    monkeypatch.setattr(key_slots, "unwrap", lambda *given: derived.append(given) or unwrap(*given))
    assert create() == (False, 1)
    assert create() == (True, 0)
    right = key.read_text()
    key.write_text(right.swapcase())
    assert create() == ("backup.key", 1)
    key.write_text(right)
    assert [create(), create()] == [(True, 1), (True, 0)]
    (slot,) = (tmp_path / "usb" / "keys").iterdir()
    slot.rename(slot.with_name("0" * 32))
    assert create()[0] == "backup.damaged"
    slot.with_name("0" * 32).rename(slot)
    assert create() == (True, 0)
    monkeypatch.setattr(opener, "secret_state", lambda path: "")  # as of a passphrase that is in no file
    assert [create(), create()] == [(True, 1), (True, 1)]


def test_a_secret_file_that_was_written_just_now_vouches_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "passphrase.txt"
    file.write_text("a passphrase\n")
    os.mkfifo(tmp_path / "pipe")
    with monkeypatch.context() as now:
        now.setattr(change_cache.time, "time", lambda: file.stat().st_ctime)
        assert change_cache.secret_state(str(file)) == ""
    time.sleep(0.15)
    assert [change_cache.secret_state(str(path)) for path in (tmp_path / "pipe", tmp_path)] == ["", ""]
    assert change_cache.secret_state(str(file)) != ""
    assert change_cache.secret_state("") == ""


@pytest.mark.parametrize("is_gone", [True, False])
def test_where_nothing_changed_lost_packs_are_written_again(
    audobon: Audobon, project: Path, tmp_path: Path, is_gone: bool
) -> None:
    created = audobon("backup", "create", "--json").data
    time.sleep(0.15)
    assert audobon("backup", "create", "--json").data["unchanged"]
    for pack in (tmp_path / "usb" / "packs").rglob("*"):
        if pack.is_file():
            content = pack.read_bytes()
            pack.unlink()
            if not is_gone:
                pack.write_bytes(content[:-1])
    ran = audobon("backup", "create")
    assert ran.status == 0
    assert "had lost something" in ran.err
    assert not audobon("backup", "verify", "--read-data", "--json").json.get("data", {}).get("damaged")
    restored = audobon("backup", "restore", "--to", str(tmp_path / "new"), "--json")
    assert restored.status == 0
    assert restored.data["point"]["id"] == created["point"]["id"]


def test_everything_is_looked_at_once_in_a_while(
    audobon: Audobon, project: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    audobon("backup", "create")
    time.sleep(0.15)
    audobon("backup", "create")
    opened: list[object] = []
    whole = Repository.catalogue
    monkeypatch.setattr(Repository, "catalogue", lambda self: opened.append(self) or whole(self))
    assert audobon("backup", "create").status == 0
    assert not opened
    monkeypatch.setattr(change_cache, "LOOK_DAYS", 0.0)
    assert audobon("backup", "create", "--json").data["unchanged"]
    assert opened


def test_a_missing_bucket_or_folder_is_no_missing_repository(audobon: Audobon, project: Path) -> None:
    for words in (("create",), ("list",), ("verify",), ("restore", "--to", "new"), ("show",), ("repair",)):
        ran = audobon("backup", *words, "--dest", str(project / "not-mounted"), "--json")
        assert (error(ran), ran.status) == ("remote.missing", 43), words


def test_the_point_of_a_cache_must_still_be_there(audobon: Audobon, project: Path, tmp_path: Path) -> None:
    audobon("backup", "create")
    time.sleep(0.15)
    audobon("backup", "create")
    (point,) = (tmp_path / "usb" / "points").iterdir()
    point.unlink()
    assert not audobon("backup", "create", "--json").data["unchanged"]


def test_settings_and_presets_count_as_changes(audobon: Audobon, project: Path) -> None:
    audobon("backup", "create")
    presets = Path(os.environ["HOME"]) / ".config" / "audobon" / "presets" / "styles"
    presets.mkdir(parents=True)
    (presets / "mine.toml").write_text('prompt = "{prompt}, mine"\n')
    created = audobon("backup", "create", "--json").data
    assert not created["unchanged"]
    shown = audobon("backup", "show", "--json").data
    assert "presets/styles/mine.toml" in {file["path"] for file in shown["files_beside"]}


def test_models_go_along_when_asked(audobon: Audobon, project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    header = json.dumps({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
    (folder / "ink.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 16)
    assert audobon("models", "add", str(folder / "ink.safetensors"), "--name", "ink").status == 0
    created = checked("backup-create", audobon("backup", "create", "--models", "--json"))
    assert created["point"]["models"] == ["ink"]
    audobon("backup", "restore", "--to", str(tmp_path / "new"))
    again = tmp_path / "new" / "restored" / "models" / "ink" / "ink.safetensors"
    assert again.read_bytes() == (folder / "ink.safetensors").read_bytes()


def test_prune_copy_repair_and_keys(audobon: Audobon, project: Path, tmp_path: Path, key: Path) -> None:
    for seed in (2, 3, 4):
        audobon("backup", "create")
        add(project, seed)
    planned = checked("backup-prune", audobon("backup", "prune", "--keep-last", "1", "--dry-run", "--json"))
    assert (len(planned["removed"]), len(planned["kept"])) == (2, 1)
    assert error(audobon("backup", "prune", "--keep-last", "1", "--json")) == "usage.invalid"
    assert len(audobon("backup", "list", "--json").data["points"]) == 3
    other = ("backup", "init", str(tmp_path / "nas"), "--name", "nas", "--no-encryption", "--json")
    made = audobon(*other)
    assert not made.data["encrypted"]
    copied = checked("backup-sync", audobon("backup", "sync", "usb", "nas", "--json"))
    assert len(copied["copied"]) == 3
    done = checked(
        "backup-prune", audobon("backup", "prune", "--keep-last", "1", "--grace", "0", "--yes", "--json")
    )
    assert len(done["removed"]) == 2
    assert len(audobon("backup", "list", "--json").data["points"]) == 1
    gone = audobon("backup", "list", "--json").data["points"][0]["id"]
    forgotten = audobon("backup", "prune", "--forget", gone[:8], "--yes", "--json")
    assert [point["id"] for point in checked("backup-prune", forgotten)["removed"]] == [gone]
    audobon("backup", "create")
    checked("backup-repair", audobon("backup", "repair", "--json"))
    checked("backup-unlock", audobon("backup", "unlock", "--json"))
    new = tmp_path / "new.key"
    made_key = checked(
        "backup-key-add", audobon("backup", "key", "add", "--new-key-file", str(new), "--json")
    )
    assert len(checked("backup-key-list", audobon("backup", "key", "list", "--json"))["keys"]) == 2
    used = next(
        key["name"]
        for key in audobon("backup", "key", "list", "--json").data["keys"]
        if key["name"] != made_key["key"]["name"]
    )
    refused = audobon("backup", "key", "remove", used, "--yes", "--key-file", str(new), "--json")
    assert error(refused) == "usage.invalid"
    assert "later backups would fail" in refused.json["error"]["message"]
    removed = audobon("backup", "key", "remove", made_key["key"]["name"][:8], "--yes", "--json")
    checked("backup-key-remove", removed)
    last = audobon("backup", "key", "list", "--json").data["keys"][0]["name"]
    assert error(audobon("backup", "key", "remove", last, "--yes", "--json")) == "usage.invalid"
    rotated = audobon("backup", "key", "rotate", "--new-key-file", str(new), "--yes", "--json")
    changed = checked("backup-key-rotate", rotated)["settings"]
    assert str(new) in Path(changed).read_text()
    assert audobon("backup", "list", "--json").status == 0
    assert error(audobon("backup", "list", "--key-file", str(key), "--json")) == "backup.key"


def test_a_passphrase_opens_it(audobon: Audobon, project: Path, tmp_path: Path, monkeypatch: Any) -> None:
    file, place = tmp_path / "pass.txt", str(tmp_path / "p")
    monkeypatch.setenv("AUDOBON_PASSPHRASE", "correct horse battery")
    assert audobon("backup", "init", place).status == 0
    monkeypatch.delenv("AUDOBON_PASSPHRASE")
    assert error(audobon("backup", "create", "--dest", place, "--json")) == "backup.key"
    monkeypatch.setenv("AUDOBON_PASSPHRASE", "correct horse battery")
    assert audobon("backup", "create", "--dest", place).status == 0
    monkeypatch.setenv("AUDOBON_PASSPHRASE", "wrong horse")
    ran = audobon("backup", "list", "--dest", place, "--json")
    assert (ran.status, error(ran)) == (45, "backup.key")
    file.write_text("short\n")
    short = audobon("backup", "init", str(tmp_path / "q"), "--passphrase-file", str(file), "--json")
    assert error(short) == "backup.key"
    assert not (tmp_path / "q").exists()


def test_the_first_repository_is_where_backups_go(audobon: Audobon, isolation: Path, tmp_path: Path) -> None:
    file = tmp_path / "pass.txt"
    file.write_text("correct horse battery\n")
    assert audobon("init").status == 0
    assert error(audobon("backup", "create", "--json")) == "backup.not_found"
    made = audobon("backup", "init", str(tmp_path / "first"), "--passphrase-file", str(file), "--json")
    assert made.data["name"] == "main"
    assert audobon("backup", "create").status == 0
    second = audobon("backup", "init", str(tmp_path / "second"), "--no-encryption", "--json")
    assert second.data["name"] is None
    assert len(audobon("backup", "list", "--json").data["points"]) == 1
    by_address = audobon("backup", "list", "--dest", f"{tmp_path}/first/", "--json")
    assert len(by_address.data["points"]) == 1


def test_restoring_into_the_library(audobon: Audobon, project: Path) -> None:
    audobon("backup", "create")
    add(project, 9)
    assert error(audobon("backup", "restore", "--into-library", "--json")) == "usage.invalid"
    checked("backup-restore", audobon("backup", "restore", "--into-library", "--yes", "--json"))
    listed = audobon("assets", "list", "--json").data
    assert listed["total"] == 12
    one = listed["assets"][0]
    audobon("assets", "trash", one["id"])
    back = checked("backup-restore", audobon("backup", "restore", "--asset", one["id"], "--json"))
    assert [asset["id"] for asset in back["assets"]] == [one["id"]]
    assert audobon("assets", "list", "--json").data["total"] == 12


def test_the_library_is_healed(audobon: Audobon, project: Path) -> None:
    audobon("backup", "create")
    (bad, *_) = (project / ".audobon" / "objects").glob("*/*")
    bad.chmod(0o644)
    bad.write_bytes(b"rotten")
    assert audobon("assets", "verify").status == 21
    healed = audobon("assets", "verify", "--repair-from", "usb", "--json")
    assert (healed.status, healed.data["healed"]) == (0, 1)


def test_damage_is_named(audobon: Audobon, project: Path, tmp_path: Path) -> None:
    audobon("backup", "create")
    for pack in (tmp_path / "usb" / "packs").glob("*/*"):
        content = bytearray(pack.read_bytes())
        content[60] ^= 1
        pack.chmod(0o644)
        pack.write_bytes(content)
    ran = audobon("backup", "verify", "--read-data", "--json")
    assert (ran.status, error(ran)) == (27, "backup.damaged")
    assert checked("backup-verify", ran, 27)["damaged_points"]
    assert checked("backup-repair", audobon("backup", "repair", "--json"))["after"]["clean"]


@pytest.mark.parametrize(
    ("words", "code", "status"),
    [
        (("create", "--dest", "./nowhere"), "remote.missing", 43),
        (("list", "--dest", "unknown"), "backup.not_found", 10),
        (("show", "0000"), "backup.point_not_found", 11),
        (("restore", "--to", "."), "backup.point_not_found", 11),
        (("restore",), "usage.invalid", 2),
        (("verify", "--read-data=200%"), "usage.invalid", 2),
        (("prune", "--keep-last", "0", "--forget", "abcd", "--yes"), "backup.point_not_found", 11),
        (("create", "--dest", "ftp://x/y"), "usage.invalid", 2),
        (("create", "--dest", "gs://bucket/x", "--offline"), "source.offline", 47),
        (("init", ".audobon/backup", "--no-encryption"), "usage.invalid", 2),
        (("sync", "usb", "usb"), "usage.invalid", 2),
        (("key", "remove", "abcd", "--yes"), "backup.point_not_found", 11),
        (("schedule", "--at", "25:00"), "usage.invalid", 2),
    ],
)
def test_mistakes_are_explained(
    audobon: Audobon, project: Path, words: tuple[str, ...], code: str, status: int
) -> None:
    ran = audobon("backup", *words, "--json")
    assert (error(ran), ran.status) == (code, status)


def test_a_place_that_is_taken_is_left_alone(audobon: Audobon, project: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    for place in ("full", "usb"):
        ran = audobon("backup", "init", str(tmp_path / place), "--no-encryption", "--json")
        assert (ran.status, error(ran)) == (51, "backup.exists")
    assert (tmp_path / "full" / "letter.txt").read_text() == "dear"


def test_a_repository_without_encryption_is_not_taken_for_one_with_it(
    audobon: Audobon, project: Path, tmp_path: Path
) -> None:
    audobon("backup", "create")
    (tmp_path / "usb").rename(tmp_path / "away")
    assert audobon("backup", "init", str(tmp_path / "usb"), "--no-encryption").status == 0
    assert "NOT ENCRYPTED" in audobon("backup", "init", str(tmp_path / "x"), "--no-encryption").err
    add(project, 4)
    ran = audobon("backup", "create", "--json")
    assert error(ran) == "backup.damaged"
    assert not (tmp_path / "usb" / "packs").exists()


def test_a_point_from_the_future_stops_a_prune(audobon: Audobon, project: Path, monkeypatch: Any) -> None:
    from datetime import UTC, datetime, timedelta

    from audobon_cli.backup.create import point as creating

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Tomorrow":
            return super().now(tz) + timedelta(days=400)

    audobon("backup", "create")
    with monkeypatch.context() as patch:
        patch.setattr(creating, "datetime", Tomorrow)
        add(project, 3)
        future = audobon("backup", "create", "--json").data["point"]
    assert future["time"] > datetime.now(UTC).isoformat()
    ran = audobon("backup", "prune", "--keep-last", "1", "--yes", "--json")
    assert (ran.status, error(ran)) == (55, "backup.clock")
    add(project, 6)
    warned = audobon("backup", "create")
    assert "future" in warned.err
    assert audobon("backup", "prune", "--forget", future["id"], "--yes").status == 0
    assert len(audobon("backup", "list", "--json").data["points"]) == 2


def test_schedules(audobon: Audobon, project: Path) -> None:
    for system, word in (
        ("systemd", "OnCalendar=*-*-* 03:17:00"),
        ("cron", "17 3 * * *"),
        ("launchd", "<key>Hour</key><integer>3</integer>"),
        ("windows", "schtasks /Create"),
    ):
        data = checked("backup-schedule", audobon("backup", "schedule", "--for", system, "--json"))
        assert word in data["text"]
    assert "audobon_cli backup create" in audobon("backup", "schedule", "--dest", "usb").out


@pytest.mark.parametrize("system", ["systemd", "cron", "launchd", "windows"])
def test_schedules_verify_and_prune_when_told(audobon: Audobon, project: Path, system: str) -> None:
    words = ("--verify", "5%", "--keep-daily", "7", "--keep-last", "2", "--dest", "usb")
    text = audobon("backup", "schedule", "--for", system, *words, "--json").data["text"].replace("\\%", "%")
    places = [text.index(f"audobon_cli backup {word}") for word in ("create", "verify", "prune")]
    assert places == sorted(places)
    for word in ("--read-data=5%", "--keep-last 2", "--keep-daily 7", "--yes"):
        assert word in text.replace("%%", "%")
    assert audobon("backup", "schedule", "--verify", "much").status == 2


def test_schedules_ask_for_a_file_where_none_is_named(audobon: Audobon, project: Path, key: Path) -> None:
    assert "Nobody is there" not in audobon("backup", "schedule").err
    for option in ("--passphrase-file", "--key-file"):
        assert "Nobody is there" not in audobon("backup", "schedule", "--dest", "/x", option, str(key)).err
    assert "Nobody is there" in audobon("backup", "schedule", "--dest", "/x").err


def test_progress_has_bytes(audobon: Audobon, project: Path) -> None:
    ran = audobon("backup", "create", "--events")
    last = [event for event in ran.events if event["event"] == "progress"][-1]
    assert last["unit"] == "bytes"
    assert last["done"] == last["total"] > 0


def test_a_busy_repository(audobon: Audobon, project: Path, tmp_path: Path) -> None:
    audobon("backup", "create")
    remote = DirectoryRemote(tmp_path / "usb")
    remote.compare_and_swap(
        "lease", json.dumps({"host": "elsewhere", "what": "prune", "seconds": 120}).encode(), None
    )
    ran = audobon("backup", "prune", "--keep-last", "1", "--yes", "--json")
    assert (ran.status, error(ran)) == (55, "backup.busy")
    add(project, 3)
    assert audobon("backup", "create").status == 0  # writers wait for nobody
    assert audobon("backup", "unlock", "--json").data["host"] == "elsewhere"
    assert audobon("backup", "prune", "--keep-last", "1", "--yes").status == 0


FULL = """
import json, os, sys
from pathlib import Path
from audobon_cli.cli.main import run
from audobon_cli.library.store.library import Library
from audobon_cli.backup.repository import repository
from tests.backup.workshop import add_pictures

os.environ["HOME"] = sys.argv[2]
repository.RESERVE_BYTES = 400_000
place, library = Path(sys.argv[1]) / "backup", Library.create(Path(sys.argv[2]) / "library")
words = ["--library", str(library.root), "--dest", str(place)]
add_pictures(library, 30, seed=1, size=20_000)
assert run(["backup", "init", str(place), "--no-encryption"]) == 0
assert run(["backup", "create", *words]) == 0
add_pictures(library, 30, seed=2, size=20_000)
assert run(["backup", "create", *words]) == 0
add_pictures(library, 200, seed=3, size=20_000)
print(run(["backup", "create", *words]))
filler = Path(sys.argv[1]) / "filler"
with filler.open("wb", buffering=0) as file:
    try:
        while file.write(b"x" * 4096): pass
    except OSError: pass
print(run(["backup", "verify", "--dest", str(place)]))
print(run(["backup", "prune", "--keep-last", "1", "--grace", "0", "--yes", "--dest", str(place)]))
filler.unlink()
print(run(["backup", "verify", "--read-data", "--dest", str(place)]))
"""


@needs_mounts
def test_a_full_destination(tmp_path: Path) -> None:
    place, home = tmp_path / "disk", tmp_path / "h"
    place.mkdir()
    home.mkdir()
    out = run_mounted(f"mount -t tmpfs -o size=3m none {place}", FULL, str(place), str(home))
    numbers = [int(line) for line in out.splitlines() if line.isdigit() and len(line) < 4]
    assert numbers == [31, 0, 0, 0]


READ_ONLY = """
import os, sys
from audobon_cli.cli.main import run
os.environ["HOME"] = sys.argv[1]
words = ["--dest", sys.argv[2], "--key-file", sys.argv[3]]
print(run(["backup", "create", *words, "--library", sys.argv[4]]))
print(run(["backup", "list", *words]))
print(run(["backup", "verify", "--read-data", *words]))
print(run(["backup", "restore", *words, "--to", sys.argv[1] + "/new"]))
"""


@needs_mounts
def test_a_read_only_destination(audobon: Audobon, project: Path, tmp_path: Path, key: Path) -> None:
    audobon("backup", "create")
    add(project, 3)
    place = str(tmp_path / "usb")
    home = tmp_path / "other-home"
    home.mkdir()
    setup = f"mount --bind {place} {place}; mount -o remount,ro,bind {place}"
    out = run_mounted(setup, READ_ONLY, str(home), place, str(key), str(project / ".audobon"))
    numbers = [int(line) for line in out.splitlines() if line.isdigit() and len(line) < 4]
    assert numbers == [49, 0, 0, 0]
