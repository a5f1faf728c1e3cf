"""Encrypted libraries at the command line: everything works on them, and nothing lies anywhere in the clear."""

import os
import time
from pathlib import Path

import pytest
from PIL import Image

from audobon_cli.library.store.library import Library
from audobon_cli.storage.sqlite import has_cipher
from audobon_cli.workspace import Workspace
from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine

pytestmark = pytest.mark.skipif(not has_cipher(), reason="apsw is installed in the place of apsw-sqlite3mc")

NAME, PROMPT, TAG, NOTE = "zanzibarian", "marmalade", "quokkas", "parsnips"
WORDS = (NAME, PROMPT, TAG, NOTE)


@pytest.fixture
def key(audobon: Audobon, isolation: Path, tmp_path: Path) -> Path:
    """The key file of an encrypted library in the current folder, which the settings name."""
    file = tmp_path / "library.key"
    made = audobon("init", "--encrypted", "--key-file", str(file), "--json")
    assert made.data["encrypted"]
    assert made.data["key_file"] == str(file)
    assert audobon("config", "set", "encryption_key_file", str(file)).status == 0
    return file


def _forms(told: bytes) -> tuple[bytes, bytes]:
    """As it may stand in a file whose letters were made small: as it is, and in UTF-16."""
    return told.lower(), b"\0".join(told.lower()[place : place + 1] for place in range(len(told)))


def _scan(folders: list[Path], told: list[bytes]) -> list[tuple[Path, bytes]]:
    """The files below ``folders`` in whose names or bytes something of ``told`` stands, as it is or as UTF-16."""
    found = []
    for folder in folders:
        for path in folder.rglob("*"):
            data = str(path.relative_to(folder)).encode() + (path.read_bytes() if path.is_file() else b"")
            lowered = data.lower()
            found += [(path, each) for each in told if any(form in lowered for form in _forms(each))]
    return found


def test_nothing_of_a_library_lies_in_the_clear_after_all_kinds_of_work(
    audobon: Audobon, fake_engine: FakeEngine, isolation: Path, key: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    start = outside / f"{NAME}.png"
    Image.effect_noise((48, 48), 90).convert("RGBA").save(start)
    library = Library(isolation / ".audobon")

    def run(*words: str, status: int = 0) -> dict[str, object]:
        ran = audobon(*words, "--json")
        assert ran.status == status, (words, ran.out, ran.err)
        return ran.data if status == 0 else {}

    run("assets", "import", str(start), "--tag", TAG)
    run("assets", "note", NAME, "--message", NOTE)
    drawn = run("generate", PROMPT, "--seed", "3", "--quality", "draft", "--out", str(outside / "drawn.png"))
    again = run(
        "generate", PROMPT, "--seed", "4", "--init-image", NAME, "--quality", "draft", "--library-only"
    )
    run("queue", "add", PROMPT, "--init-image", NAME, "--seed", "5", "--quality", "draft")
    run("queue", "run")
    assert Workspace(isolation, os.environ).queue_log == Path(os.devnull)  # workers say prompts
    run("assets", "thumbnails")
    assert len(run("assets", "search", PROMPT)["assets"]) == 3  # type: ignore[arg-type]
    run("version", "commit", "-m", NOTE)
    run("assets", "rename", NAME, NAME + "2")
    run("undo", "--yes")
    run("assets", "trash", str(again["assets"][0]["id"]))  # type: ignore[index]
    run("assets", "verify")
    run("assets", "prune", "--grace", "0")
    run("doctor")
    run("assets", "stats")
    run("backup", "init", str(outside / "backup"), "--key-file", str(outside / "backup.key"))
    run("backup", "create")
    run("backup", "verify")
    run("backup", "restore", "--into-library", "--yes")
    run("backup", "restore", "--asset", NAME, "--out", str(outside / "restored"))
    run("assets", "export", NAME, "--out", str(outside / "exported"))
    assert audobon("assets", "show", NAME).status == 0
    assert audobon("assets", "show", "nothing-like-" + NAME).status == 11
    assert audobon("assets", "open", NAME).status == 2  # it would leave a copy behind
    refused = audobon("train", "lora", NAME, "--name", "mine", "--json")
    assert "this library is encrypted" in refused.json["error"]["message"]

    pixels = Image.open(start).tobytes()
    shown = Path(str(drawn["assets"][0]["path"])).read_bytes()  # type: ignore[index]
    told = [word.encode() for word in WORDS]
    told += [
        start.read_bytes()[64:128],
        pixels[:64],
        shown[64:128],
        b"SQLite format 3",
        b"\x89PNG\r\n",
        b"RIFF",
    ]
    blobs = {asset["blob"] for asset in run("assets", "list")["assets"]}  # type: ignore[union-attr]
    told += [blob[:24].encode() for blob in blobs] + [bytes.fromhex(blob) for blob in blobs]
    home = tmp_path / "home"
    assert _scan([outside], told)  # the scanner finds what is there
    assert _scan([library.root, home], told) == []


def test_bad_keys_are_told_with_the_next_command_and_harm_nothing(
    audobon: Audobon, isolation: Path, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert audobon("assets", "list").status == 0
    files = {path: path.read_bytes() for path in (isolation / ".audobon").rglob("*") if path.is_file()}
    other = tmp_path / "other.key"
    other.write_bytes(b"another" * 10)
    monkeypatch.setenv("AUDOBON_ENCRYPTION_KEY_FILE", str(other))
    began = time.process_time()
    refused = audobon("assets", "list", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (54, "library.key")
    assert "library key list" in refused.json["error"]["hint"]
    assert time.process_time() - began < 5
    assert audobon("library", "key", "list").status == 0
    monkeypatch.setenv("AUDOBON_ENCRYPTION_KEY_FILE", str(tmp_path / "nothing.key"))
    assert audobon("assets", "list").status == 54
    monkeypatch.delenv("AUDOBON_ENCRYPTION_KEY_FILE")
    assert files == {path: path.read_bytes() for path in files}
    assert audobon("assets", "list").status == 0
    assert audobon("init", "--keyring").status == 2
    assert audobon("init", str(tmp_path / "new"), "--encrypted").status == 54  # nobody is there to ask
    assert not (tmp_path / "new").exists()


def test_keys_are_listed_added_rotated_and_removed(audobon: Audobon, key: Path, tmp_path: Path) -> None:
    spare = tmp_path / "spare.key"
    added = audobon("library", "key", "add", "--key-file", str(spare), "-m", "spare", "--json")
    listed = audobon("library", "key", "list", "--json")
    assert {one["label"] for one in listed.data["keys"]} == {"", "spare"}
    assert audobon("library", "key", "remove", added.data["key"]["name"][:8], "--yes").status == 0
    rotated = audobon("library", "key", "rotate", "--key-file", str(spare), "--yes", "--json")
    assert len(rotated.data["removed"]) == 1
    assert audobon("assets", "list").status == 54
    audobon("config", "set", "encryption_key_file", str(spare))
    assert audobon("assets", "list").status == 0


def test_a_library_is_encrypted_into_a_new_folder_and_erased_from(
    audobon: Audobon, isolation: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "knight.png"
    Image.effect_noise((16, 16), 50).convert("RGBA").save(picture)
    audobon("init")
    asset = audobon("assets", "import", str(picture), "--json").data["files"][0]["asset"]
    audobon("assets", "trash", asset)
    refused = audobon("assets", "purge", asset, "--erase", "--yes", "--json")
    assert refused.status == 2
    assert "library encrypt" in refused.json["error"]["hint"]
    key = tmp_path / "library.key"
    made = audobon("library", "encrypt", str(tmp_path / "new"), "--key-file", str(key), "--json")
    assert made.data["files"] == 1
    audobon("config", "set", "encryption_key_file", str(key))
    there = ("--library", str(tmp_path / "new"))
    audobon("backup", "init", str(tmp_path / "usb"), "--name", "usb", "--key-file", str(tmp_path / "usb.key"))
    audobon("backup", "create", *there)
    erased = audobon("assets", "purge", asset, "--erase", "--yes", *there, "--json")
    validator("assets-purge").validate(erased.data)
    assert len(erased.data["erased"]) == 1
    assert [one["repository"] for one in erased.data["recovery_points"]] == ["usb"]
    assert audobon("assets", "verify", *there).status == 0
    refused = audobon("backup", "restore", "--out", str(tmp_path / "open"), *there)
    assert refused.status == 2
    assert audobon("backup", "restore", "--out", str(tmp_path / "open"), "--decrypted", *there).status == 0
    bare = audobon("backup", "init", str(tmp_path / "bare"), "--name", "bare", "--no-encryption")
    assert bare.status == 0
    assert audobon("backup", "create", "--repo", "bare", *there).status == 2
