"""In read-only mode everything is read, and whatever would change the library is refused before anything is done."""

import hashlib
from pathlib import Path

import pytest

from tests.conftest import Audobon
from tests.foreign.readers import picture

pytestmark = pytest.mark.usefixtures("fake_engine")

READING = (
    "assets list", "assets search fox", "assets show good", "assets stats", "assets similar good",
    "assets verify", "assets thumbnails", "assets trash good --dry-run", "assets export good --to {}/x/",
    "version log", "version status", "version verify", "queue list", "queue status",
    "backup create -d {}/repo", "cache list", "assets import good.png --dry-run", "status",
   
)  # fmt: skip
WRITING = (
    "assets tag good -t x", "assets protect good", "assets rename good better",
    "assets link good variant-of kept", "assets trash good", "assets restore thrown",
    "assets purge thrown --yes", "assets prune", "assets search fox --save f", "assets import other.png",
    "sprite outline good --color #fff", "generate fox --seed 1", "queue add fox", "queue clear", "queue run",
    "version commit -m two", "version branch flat", "version protect main", "version undo", "undo --yes",
    "version restore --all", "backup restore -d {}/repo --into-library -y", "library push {}/place --no-encryption",
    "init",
    "library clone {}/place {}/clone", "library key add --key-file k",
    "library encrypt {}/e --key-file k", "cache prune --all", "disk free --trash --yes", "privacy erase --yes",
    "quality score good --save",
)  # fmt: skip


def _files(library: Path) -> dict[str, str]:
    """Every file of the library by its content; SQLite's log and shared memory are no contents."""
    return {
        str(path.relative_to(library)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in library.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


@pytest.fixture
def filled(audobon: Audobon, tmp_path: Path) -> Audobon:
    """A project's library with a picture, one in the trash, a commit and a backup."""
    for name, form in (
        ("good.png", "PNG"),
        ("thrown.webp", "WEBP"),
        ("kept.gif", "GIF"),
        ("other.png", "PNG"),
    ):
        Path(name).write_bytes(picture(form) + (b"" if name != "other.png" else b" "))
    done = "assets import good.png thrown.webp kept.gif", "assets trash thrown", "version commit -m one"
    for words in ("init", *done, "queue add fox"):
        assert audobon(*words.split()).status == 0, words
    assert audobon("backup", "init", f"{tmp_path}/repo", "--no-encryption").status == 0
    return audobon


def test_everything_is_read_and_nothing_changes(
    filled: Audobon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Path(".audobon")
    before = _files(library)
    ran = {words: filled(*words.replace("{}", str(tmp_path)).split(), "--read-only") for words in READING}
    assert {words: one.err for words, one in ran.items() if one.status} == {}
    assert _files(library) == before
    assert list((tmp_path / "x").iterdir())
    monkeypatch.setenv("AUDOBON_READ_ONLY", "true")
    told = {}
    for words in WRITING:
        one = filled(*words.replace("{}", str(tmp_path)).split(), "--json")
        told[words] = (one.status, one.json["error"]["code"] if one.status else one.out)
    assert {words: said for words, said in told.items() if said != (16, "library.read_only")} == {}
    assert _files(library) == before
    assert not (tmp_path / "clone").exists()
    assert not (tmp_path / "place").exists()
    monkeypatch.delenv("AUDOBON_READ_ONLY")
    assert filled("assets", "tag", "good", "-t", "x").status == 0


def test_a_projects_file_can_ask_for_it_and_not_take_it_away(filled: Audobon, tmp_path: Path) -> None:
    Path("audobon.toml").write_text("read_only = true\n")
    assert filled("assets", "tag", "good", "-t", "x").status == 16
    Path("audobon.toml").write_text("read_only = false\n")
    assert filled("assets", "tag", "good", "-t", "x", "--read-only").status == 16
    assert filled("assets", "tag", "good", "-t", "x").status == 0


def test_where_there_is_no_library_none_is_made(
    audobon: Audobon,
) -> None:
    ran = audobon("assets", "list", "--read-only", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (10, "library.not_found")


def test_what_cannot_be_recorded_in_the_audit_log_is_not_done(
    filled: Audobon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDOBON_AUDIT_LOG", "true")
    ran = filled("assets", "export", "good", "--to", f"{tmp_path}/y/", "--read-only", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (16, "library.read_only")
    assert not (tmp_path / "y").exists()
    assert filled("assets", "list", "--read-only").status == 0
