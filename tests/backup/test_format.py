"""The format itself: old repositories stay readable, and nonsense is refused with a sentence."""

import contextlib
import hashlib
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audobon_cli.backup.check.verify import verify_repository
from audobon_cli.backup.create.point import Purpose, create_backup
from audobon_cli.backup.extras import Extras
from audobon_cli.backup.opener import find_point
from audobon_cli.backup.repository import compression, lists
from audobon_cli.backup.repository.catalogue import load_catalogue
from audobon_cli.backup.repository.config import read_config
from audobon_cli.backup.repository.crypto import Keys, RecordKind, public_keys
from audobon_cli.backup.repository.index import decode_index
from audobon_cli.backup.repository.key_slots import UnlockSecret, read_slot
from audobon_cli.backup.repository.packs import pack_key, parse_pack, read_contents
from audobon_cli.backup.repository.recovery_point import decode_point
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.domain.errors import BackupDamaged, BackupNewer
from audobon_cli.library.store.library import Library
from audobon_cli.remotes.directory.remote import DirectoryRemote
from tests.backup.workshop import State, add_pictures, back_up, memory_repository, restored_state
from tests.fakes.memory_remote import MemoryRemote

FIXTURE = Path(__file__).parent / "format1"
KEYS = Keys(b"r" * 16, b"m" * 32)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A copy of the repository that the first version wrote."""
    return Path(shutil.copytree(FIXTURE / "repository", tmp_path / "old"))


@pytest.mark.parametrize("way", ["key_file", "passphrase"])
def test_the_first_format_is_read(old: Path, way: str, tmp_path: Path) -> None:
    expected = json.loads((FIXTURE / "expected.json").read_text())
    secret = UnlockSecret(key_file=bytes.fromhex(expected["key_file"]))
    if way == "passphrase":
        secret = UnlockSecret(passphrase=expected["passphrase"])
    repository = Repository.open(DirectoryRemote(old), secret)
    assert verify_repository(repository, 1.0, tmp_path).clean
    for number, point in enumerate(expected["points"]):
        state = State(point["database"], frozenset(point["blobs"]))
        stored = find_point(repository, point["id"])
        assert stored.point.note == f"point {number}"
        assert [file.path for file in stored.point.files] == ["settings.toml"]
        assert restored_state(repository, stored, tmp_path / str(number)) == state
        assert (tmp_path / str(number) / "restored" / "settings.toml").read_text() == 'quality = "draft"\n'
    library = Library.open(tmp_path / "2")
    assert library.assets.count() == 9
    add_pictures(library, 2, seed=50)
    create_backup(repository, library, Purpose(Extras()))
    assert verify_repository(repository, 1.0, tmp_path).clean


def test_a_known_record() -> None:
    """Written down, so that a second implementation can be held against it."""
    content = b"the same content, the same record"
    digest = hashlib.sha256(content).digest()
    assert KEYS.object_id(RecordKind.FILE, digest).hex() == OBJECT_ID
    sealed = KEYS.seal(RecordKind.FILE, content, digest, KEYS.object_id(RecordKind.FILE, digest))
    assert sealed.hex() == RECORD
    assert KEYS.open(RecordKind.FILE, sealed, KEYS.object_id(RecordKind.FILE, digest)) == content
    assert KEYS.name(content) == NAME


OBJECT_ID = "47b9fb3f0d31c1f6410d2af437b70dbf"
RECORD = (
    "001ef06c18f8a39ff7be1f604bbb445a945934be1a38a16c8f46914603347d"
    "a5c81f8a28a9474c10d4760dbf5a91fa5af4f0c89aa8ce06f5c13105e77e42"
)
NAME = "8024d300c198fe639691be4e94534ba0"


def test_records_are_bound_to_kind_repository_and_object() -> None:
    identity = KEYS.object_id(RecordKind.FILE, b"d" * 32)
    sealed = KEYS.seal(RecordKind.FILE, b"content", None, identity)
    other = Keys(b"s" * 16, b"m" * 32)
    for keys, kind, bound in (
        (other, RecordKind.FILE, identity),
        (KEYS, RecordKind.LIST, identity),
        (KEYS, RecordKind.FILE, KEYS.object_id(RecordKind.FILE, b"e" * 32)),
    ):
        with pytest.raises(BackupDamaged):
            keys.open(kind, sealed, bound)


def test_compression_only_where_it_helps() -> None:
    assert len(KEYS.seal(RecordKind.EXTENT, bytes(32768))) < 200
    png = b"\x89PNG\r\n\x1a\n" + bytes(5000)
    assert len(KEYS.seal(RecordKind.FILE, png)) > 5000
    assert compression.compress(b"short") is None


@given(st.binary(max_size=300))
def test_nonsense_is_damage_and_nothing_else(content: bytes) -> None:
    remote = MemoryRemote()
    remote.put("config", content)
    remote.put("keys/" + "0" * 32, content)
    remote.put(pack_key("0" * 32), content)
    remote.put("index/" + "0" * 32, content)
    for read in (
        lambda: read_config(remote),
        lambda: read_slot(remote, "0" * 32),
        lambda: read_contents(remote, KEYS, "0" * 32, len(content)),
        lambda: parse_pack(KEYS, "0" * 32, content),
        lambda: list(decode_index(content)),
        lambda: KEYS.open(RecordKind.FILE, content),
        lambda: public_keys(b"r" * 16).open(RecordKind.FILE, content),
        lambda: decode_point(content),
        lambda: compression.decompress(content),
        lambda: list(lists.decode_page(content)),
        lambda: lists.decode_digests(content),
    ):
        with contextlib.suppress(BackupDamaged, BackupNewer):
            read()
    assert load_catalogue(remote, KEYS).problems


def test_points_of_a_newer_format_are_refused() -> None:
    with pytest.raises(BackupNewer):
        decode_point(b'{"format": 2}')


def test_packs_of_a_killed_run_are_used(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "library")
    add_pictures(library, 20, seed=1, size=4000)
    repository = memory_repository()
    first = back_up(repository, library)
    for prefix in ("points/", "index/", "roster/"):
        for stat in list(repository.remote.list(prefix)):
            repository.remote.delete(stat.key)
    again = back_up(repository, library)
    assert again.stored_bytes == 0
    assert again.point.same_content(first.point)
    assert verify_repository(repository, 1.0, tmp_path).clean
