"""An encrypted library: what opens it, what its files tell, and what is left of what was erased."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from audobon_cli.domain.errors import (
    BlobCorrupt,
    BlobErased,
    EncryptionUnavailable,
    InvalidInput,
    KeyringUnavailable,
    LibraryCorrupt,
    LibraryKeyRefused,
    LibraryKeysDamaged,
    OutputExists,
)
from audobon_cli.domain.ids import BlobId, blob_id
from audobon_cli.encryption.secret_files import SecretFiles
from audobon_cli.history.commits import commit
from audobon_cli.library.add import add_asset
from audobon_cli.library.encryption.access import LibraryAccess
from audobon_cli.library.encryption.create import create_encrypted
from audobon_cli.library.encryption.encrypt import encrypt_library
from audobon_cli.library.encryption.erase import erase_assets
from audobon_cli.library.encryption.keys import NewSecret, add_key, list_keys, remove_key, rotate_keys
from audobon_cli.library.store.encryption.keys import LibraryKeys, Unsealable
from audobon_cli.library.store.encryption.unlock import LibraryUnlock
from audobon_cli.library.store.library import Library
from audobon_cli.library.thumbnails import thumbnail, thumbnail_path
from audobon_cli.library.trash import collect_garbage, purge_assets, trash_assets
from audobon_cli.library.verify import verify_library
from audobon_cli.media.image.png import encode_png
from audobon_cli.settings.settings import Settings
from audobon_cli.storage import sqlite
from tests.fault_injection import child_environment
from tests.library.samples import draft, found, picture, recipe

needs_cipher = pytest.mark.skipif(
    not sqlite.has_cipher(), reason="apsw is installed in the place of apsw-sqlite3mc"
)
KEYS, OTHER = LibraryKeys(bytes(32)), LibraryKeys(bytes(31) + b"\1")
PASSPHRASE = "correct horse battery"


@dataclass
class Keyring:
    """A keyring in memory. Implements TokenStore."""

    kept: dict[str, str] = field(default_factory=dict)
    broken: bool = False

    def get(self, service: str) -> str | None:
        return None if self.broken else self.kept.get(service)

    def put(self, service: str, token: str) -> None:
        if self.broken:
            raise KeyringUnavailable("There is no keyring here.")
        self.kept[service] = token

    def drop(self, service: str) -> bool:
        return self.kept.pop(service, None) is not None


def _made(root: Path, **secret: object) -> Library:
    keyring = Keyring()
    create_encrypted(root, NewSecret(**{"passphrase": PASSPHRASE, **secret}), keyring)  # type: ignore[arg-type]
    return _opened(root)


def _opened(root: Path, passphrase: str = PASSPHRASE) -> Library:
    return Library.open(root, keys=LibraryUnlock(passphrase=passphrase, keyring=Keyring()).open(root)[1])


@given(st.binary(min_size=32, max_size=32))
def test_names_are_a_permutation_that_the_key_alone_takes_back(digest: bytes) -> None:
    blob = BlobId(digest.hex())
    assert KEYS.blob(KEYS.name(blob)) == blob
    assert OTHER.name(blob) != KEYS.name(blob) != blob


@given(st.binary(max_size=200), st.integers(0, 10_000), st.integers(1, 255))
def test_a_sealed_file_opens_only_as_it_was_written(content: bytes, place: int, flip: int) -> None:
    blob = blob_id(content)
    sealed = KEYS.seal(blob, content)
    assert KEYS.open(blob, sealed) == content
    assert content not in sealed or len(content) < 8
    bent = bytearray(sealed)
    bent[place % len(sealed)] ^= flip
    for keys, name, data in (
        (KEYS, blob, bytes(bent)),
        (KEYS, blob, sealed[: place % len(sealed)]),
        (OTHER, blob, sealed),
        (KEYS, blob_id(b"another"), sealed),
    ):
        with pytest.raises(Unsealable):
            keys.open(name, data)


@needs_cipher
def test_everything_of_a_library_is_there_with_the_key_and_nothing_without(tmp_path: Path) -> None:
    library = _made(tmp_path)
    filed = add_asset(library, draft("zanzibar", prompt="marmalade", tags=("quokka",)), picture(7)).asset
    assert [asset.id for asset in found(library, "marmalade tag:quokka").assets] == [filed.id]
    assert set(library.blobs) == {filed.blob}
    assert filed.blob in library.blobs
    assert library.blobs.at(library.blobs.path(filed.blob)) == filed.blob
    assert verify_library(library).clean
    library.close()
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    names = "".join(path.as_posix() for path in tmp_path.rglob("*"))
    for told in (
        b"zanzibar",
        b"marmalade",
        b"quokka",
        b"SQLite format",
        picture(7)[:16],
        filed.blob.encode(),
    ):
        assert told not in everything, told
    assert filed.blob[2:] not in names
    for keys in (None, OTHER):
        with pytest.raises((LibraryKeyRefused, LibraryCorrupt)):
            Library.open(tmp_path, keys=keys).assets.count()
    assert _opened(tmp_path).assets.count() == 1


@needs_cipher
def test_a_wrong_passphrase_is_told_at_once_and_nobody_is_asked_where_one_was_given(
    tmp_path: Path,
) -> None:
    _made(tmp_path).close()
    asked: list[str] = []

    def ask() -> str:
        asked.append("asked")
        return PASSPHRASE

    began = time.process_time()
    with pytest.raises(LibraryKeyRefused, match="opens none of the keys") as refused:
        LibraryUnlock(passphrase="wrong", keyring=Keyring(), ask=ask).open(tmp_path)
    assert time.process_time() - began < 5  # one scrypt, on a slow machine
    assert (asked, refused.value.exit_status) == ([], 54)
    with pytest.raises(LibraryKeyRefused, match="no passphrase, key file or keyring entry"):
        LibraryUnlock(keyring=Keyring()).open(tmp_path)
    access = LibraryAccess(Settings(), {}, ask)
    assert access.open(tmp_path, 1.0).assets.count() == 0
    assert access.for_workers == {"AUDOBON_LIBRARY_PASSPHRASE": PASSPHRASE}


@needs_cipher
def test_keys_are_added_changed_and_removed_without_touching_what_is_stored(tmp_path: Path) -> None:
    root, keyring = tmp_path / "library", Keyring()
    create_encrypted(root, NewSecret(in_keyring=True), keyring)
    own = LibraryUnlock(keyring=keyring)
    library = Library.open(root, keys=own.open(root)[1])
    add_asset(library, draft("one"), picture(1))
    library.close()
    before = {path: path.read_bytes() for path in (root / "objects").rglob("*") if path.is_file()}

    file = tmp_path / "spare.key"
    spare, made = add_key(root, own, NewSecret(SecretFiles(key_file=str(file))), "spare")
    ways = {slot.way: slot.name for slot in list_keys(root)}
    assert (made, set(ways)) == (file, {"keyring", "key-file"})
    with pytest.raises(InvalidInput, match="opened with just now"):
        remove_key(root, own, ways["keyring"])
    by_file = LibraryUnlock(SecretFiles(key_file=str(file)), keyring=Keyring())
    lost = LibraryUnlock(keyring=Keyring())
    with pytest.raises(LibraryKeyRefused):  # the keyring lost its entry
        lost.open(root)
    assert by_file.open(root)[0] == spare.name

    rotate_keys(root, by_file, NewSecret(passphrase="another passphrase"))
    for old in (own, by_file):
        with pytest.raises(LibraryKeyRefused):
            old.open(root)
    assert _opened(root, "another passphrase").assets.count() == 1
    with pytest.raises(InvalidInput, match="only key"):
        remove_key(root, by_file, list_keys(root)[0].name)
    assert {path: path.read_bytes() for path in (root / "objects").rglob("*") if path.is_file()} == before


@needs_cipher
def test_what_cannot_be_made_whole_is_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "library"
    with pytest.raises(KeyringUnavailable):
        create_encrypted(root, NewSecret(in_keyring=True), Keyring(broken=True))
    with pytest.raises(LibraryKeyRefused, match="has 5 characters"):
        create_encrypted(root, NewSecret(passphrase="short"), Keyring())
    assert not root.exists()
    with monkeypatch.context() as patch:
        patch.delattr(sqlite.apsw, "mc_version")
        with pytest.raises(EncryptionUnavailable):
            create_encrypted(root, NewSecret(passphrase=PASSPHRASE), Keyring())
        assert not root.exists()
    _made(root).close()
    with monkeypatch.context() as patch:
        patch.delattr(sqlite.apsw, "mc_version")
        with pytest.raises(EncryptionUnavailable, match="cannot encrypt"):
            _opened(root).assets.count()
    # Begun and killed: keys, and no database.
    begun = tmp_path / "begun"
    (begun / "keys").mkdir(parents=True)
    with pytest.raises(LibraryKeyRefused, match="never finished"):
        Library.create(begun)
    assert _made(begun).assets.count() == 0
    # The keys of another library; and none.
    for slot in (root / "keys").iterdir():
        slot.unlink()
    with pytest.raises(LibraryKeysDamaged, match="its keys are gone"):
        _opened(root)
    for slot in (begun / "keys").iterdir():
        (root / "keys" / slot.name).write_bytes(slot.read_bytes())
    with pytest.raises(LibraryCorrupt) as foreign:
        _opened(root).assets.count()
    assert "keys/" in (foreign.value.hint or "")


@needs_cipher
def test_damage_is_found_file_by_file(tmp_path: Path) -> None:
    library = _made(tmp_path)
    one, two = (add_asset(library, draft(str(n)), picture(n)).asset for n in range(2))
    path = library.blobs.path(one.blob)
    path.chmod(0o600)
    path.write_bytes(library.blobs.path(two.blob).read_bytes())  # a whole file in another's place
    with pytest.raises(BlobCorrupt):
        library.blobs.read(one.blob)
    report = verify_library(library)
    assert [damaged.blob for damaged in (*report.corrupted, *report.missing)] == [one.blob]
    assert add_asset(library, draft("again"), picture(0)).asset.blob == one.blob  # and mended
    assert verify_library(library).clean


@needs_cipher
def test_what_is_erased_is_gone_but_for_what_others_hold_and_history_says_so(tmp_path: Path) -> None:
    library = _made(tmp_path)
    pictures = [encode_png(Image.new("RGBA", (8, 8), (value, 9, 9, 255)), recipe(value)) for value in (9, 99)]
    one, other = (add_asset(library, draft(str(n)), data).asset for n, data in enumerate(pictures))
    twin = add_asset(library, draft("twin", recipe=recipe(2)), pictures[1]).asset
    assert thumbnail(library, one) is not None
    commit(library, "all of it", "me")
    before = library.blobs.path(one.blob).read_bytes()
    trash_assets(library, [one, other])
    plain = Library.create(tmp_path / "plain")
    with pytest.raises(InvalidInput, match="is not encrypted"):
        erase_assets(plain, [])
    report = erase_assets(library, [one, other])
    assert (report.blobs, report.in_history) == ((one.blob,), (one.blob,))
    assert report.shared == (other.blob,) == (twin.blob,)
    with pytest.raises(BlobErased):
        library.blobs.read(one.blob)
    assert library.blobs.path(one.blob).read_bytes()[:60] != before[:60]
    assert not thumbnail_path(library, one.blob).exists()
    assert library.blobs.read(twin.blob)
    verified = verify_library(library)
    assert (verified.clean, verified.erased, verified.missing) == (True, (one.blob,), ())
    collect_garbage(library, 0)
    assert verify_library(library).erased == (one.blob,)  # history names it still
    again = add_asset(library, draft("again"), pictures[0]).asset  # whoever has it may file it again
    assert library.blobs.read(again.blob) == pictures[0]


ENCRYPT = """
import os, signal, sys
from pathlib import Path
from audobon_cli.library.encryption.encrypt import encrypt_library
from audobon_cli.library.encryption.keys import NewSecret
from audobon_cli.library.store.library import Library
from tests.library.test_encryption import Keyring, PASSPHRASE
left = int(sys.argv[3])
def listen(event):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
library = Library.open(Path(sys.argv[1]))
encrypt_library(library, Path(sys.argv[2]), NewSecret(passphrase=PASSPHRASE), Keyring(), listen)
"""


def _killed_after(root: Path, folder: Path, events: int) -> bool:
    words = [sys.executable, "-c", ENCRYPT, str(root), str(folder), str(events)]
    return subprocess.run(words, env=child_environment()).returncode == -signal.SIGKILL


@needs_cipher
def test_encrypting_a_library_goes_on_after_kills_and_leaves_the_old_one(tmp_path: Path) -> None:
    library, folder = Library.create(tmp_path / "old"), tmp_path / "new"
    for number in range(150):
        asset = add_asset(library, draft(f"name{number}"), picture(number)).asset
    commit(library, "all of it", "me")
    trash_assets(library, [asset])
    old = {path: path.read_bytes() for path in library.root.rglob("*") if path.is_file()}
    for events in (1, 3):
        assert _killed_after(library.root, folder, events)
        if not (folder / "audobon.db").exists():
            with pytest.raises(LibraryKeyRefused, match="did not come to its end"):
                Library.open(folder, keys=KEYS)
    secret = NewSecret(passphrase=PASSPHRASE)
    report = encrypt_library(library, folder, secret, Keyring())
    assert (report.assets, report.files) == (149, 150)
    made = _opened(folder)
    assert (verify_library(made).clean, made.survey.count_trashed()) == (True, 1)
    assert [a.id for a in made.assets.matching("")] == [a.id for a in library.assets.matching("")]
    with made.database.read() as mine, library.database.read() as theirs:
        rows = "SELECT id FROM history_commits ORDER BY id"
        assert mine.rows(rows) == theirs.rows(rows)
    (folder / "encrypting").write_text(str(library.root.resolve()))  # as a kill after the last step leaves it
    with pytest.raises(OutputExists, match="There is a library"):
        encrypt_library(library, folder, secret, Keyring())
    with pytest.raises(InvalidInput, match="encrypted already"):
        encrypt_library(made, tmp_path / "third", secret, Keyring())
    library.close()
    now = {path: path.read_bytes() for path in library.root.rglob("*") if path.is_file()}
    assert {path: data for path, data in now.items() if path in old and path.suffix != ".db-wal"}
    assert all(now.get(path) == data for path, data in old.items() if "objects" in path.parts)


FILE_FOR_EVER = """
import sys
from pathlib import Path
from audobon_cli.library.add import add_asset
from audobon_cli.library.store.encryption.keys import LibraryKeys
from audobon_cli.library.store.library import Library
from tests.library.samples import draft, picture
library = Library.create(Path(sys.argv[1]), keys=LibraryKeys(bytes(32)))
for number in range(int(sys.argv[2]), 10**9):
    print(add_asset(library, draft(str(number)), picture(number)).asset.id, flush=True)
"""


@needs_cipher
@pytest.mark.parametrize("count", [5, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_kills_lose_nothing(tmp_path: Path, count: int) -> None:
    acknowledged: set[str] = set()
    for trial in range(count):
        words = [sys.executable, "-c", FILE_FOR_EVER, str(tmp_path / "library"), str(trial * 10_000)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=child_environment()) as child:
            assert child.stdout is not None
            told = [child.stdout.readline()]
            time.sleep(trial * 0.037 % 0.3)
            child.kill()
            told += child.stdout.readlines()
        acknowledged |= {line.strip() for line in told if line.endswith("\n")}
        library = Library.open(tmp_path / "library", keys=KEYS)
        assert verify_library(library).clean
        assert acknowledged <= {asset.id for asset in library.assets.matching("")}
        library.close()
    assert len(acknowledged) >= count


@needs_cipher
def test_purging_without_erasing_leaves_files_to_gc(tmp_path: Path) -> None:
    library = _made(tmp_path)
    asset = add_asset(library, draft("one"), picture(1)).asset
    trash_assets(library, [asset])
    purge_assets(library, [asset])
    assert collect_garbage(library, 0).deleted == 1
    assert not any(path.is_file() for path in (tmp_path / "objects").rglob("*"))
    assert os.listdir(tmp_path / "keys")
