"""With `library.private` nobody else reads a library's files; what was open is closed."""

import os
import stat
from pathlib import Path

import pytest

from audobon_cli.library.add import add_asset
from audobon_cli.library.modes.private import LibraryModes, keep_from_others, may_be_entered
from audobon_cli.library.store.library import Library
from tests.conftest import Audobon
from tests.foreign.readers import picture
from tests.library.samples import draft

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")


def _open(root: Path) -> set[str]:
    found = [root, *root.rglob("*")]
    return {
        str(path) for path in found if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077
    }


def test_what_was_open_is_closed_and_still_serves(library: Library, tmp_path: Path) -> None:
    asset = add_asset(library, draft("a"), b"a").asset
    outside = tmp_path / "outside"
    outside.write_text("x")
    (library.root / "link").symlink_to(outside)
    library.root.chmod(0o755)
    assert may_be_entered(library.root)
    tried = keep_from_others(library.root, dry_run=True)
    assert tried.files >= 2
    assert _open(library.root)
    assert keep_from_others(library.root) == tried
    assert _open(library.root) == set()
    assert stat.S_IMODE(library.blobs.path(asset.blob).stat().st_mode) == 0o400
    assert stat.S_IMODE(outside.stat().st_mode) & 0o004, "links are passed by"
    assert not may_be_entered(library.root)
    assert keep_from_others(library.root) == LibraryModes()
    assert library.blobs.read(asset.blob) == b"a"
    add_asset(library, draft("b"), b"b")


def test_init_and_the_command_and_doctor(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    audobon("init")
    root = Path(".audobon")
    root.chmod(0o755)
    monkeypatch.setenv("AUDOBON_LIBRARY_PRIVATE", "true")
    assert audobon("library", "modes", "--read-only").status == 16
    assert audobon("library", "modes", "--dry-run", "--json").data["files"] > 0
    assert may_be_entered(root)
    assert audobon("library", "modes", "--json").data["inherited"] is False
    assert _open(root) == set()
    assert audobon("library", "modes", "--json").data["files"] == 0
    audobon("init", "other")
    assert _open(Path("other/.audobon")) == set()
    Path("good.png").write_bytes(picture("PNG"))
    audobon("assets", "import", "good.png", "--library", "other/.audobon")
    stored = [path for path in Path("other/.audobon/objects").rglob("*") if path.is_file()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in stored] == [0o400]


def test_whatever_makes_a_library_makes_it_so(
    audobon: Audobon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"0123456789abcdef" * 4)
    audobon("init")
    Path("good.png").write_bytes(picture("PNG"))
    audobon("assets", "import", "good.png")
    audobon("version", "commit", "-m", "one")
    place, with_key = str(tmp_path / "place"), ("--key-file", str(key))
    audobon("library", "push", place, *with_key)
    audobon("backup", "init", str(tmp_path / "usb"), "--name", "usb", *with_key)
    audobon("backup", "create")
    monkeypatch.setenv("AUDOBON_LIBRARY_PRIVATE", "true")
    made = {
        tmp_path / "twin" / ".audobon": ("library", "clone", place, str(tmp_path / "twin"), *with_key),
        tmp_path / "sealed": ("library", "encrypt", str(tmp_path / "sealed"), *with_key),
        tmp_path / "restored": ("backup", "restore", "--to", str(tmp_path / "restored")),
        tmp_path / "new" / ".audobon": ("init", str(tmp_path / "new"), "--encrypted", *with_key),
    }
    for root, words in made.items():
        ran = audobon(*words)
        assert ran.status == 0, ran.err
        later = {str(root / "pin")}  # a lock, which is made when it is needed
        assert _open(root) <= later, words
        assert not may_be_entered(root)
        stored = [path for path in (root / "objects").rglob("*") if path.is_file()]
        assert {stat.S_IMODE(path.stat().st_mode) for path in stored} <= {0o400}
