"""What goes into the blob store comes out the same, or not at all."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audobon_cli.domain.errors import BlobCorrupt, BlobMissing
from audobon_cli.domain.ids import BlobId, blob_id
from audobon_cli.library.store import blobs
from audobon_cli.library.store.blobs import SINGLE_SYNC_LIMIT, BlobStore
from tests.library.samples import picture

ABSENT = BlobId("0" * 64)


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    store = BlobStore(tmp_path)
    store.create()
    return store


def _temporary_left(store: BlobStore) -> list[str]:
    return os.listdir(store.root / "tmp")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(contents=st.lists(st.binary(max_size=200), max_size=2 * SINGLE_SYNC_LIMIT))
def test_any_bytes_come_back_as_they_were(store: BlobStore, contents: list[bytes]) -> None:
    ids = store.put_many(contents)
    assert ids == [blob_id(content) for content in contents]
    assert [store.read(blob) for blob in ids] == contents
    assert set(ids) <= set(store)
    assert _temporary_left(store) == []


@pytest.mark.posix
def test_a_blob_lies_read_only_under_the_hash_of_its_bytes(store: BlobStore) -> None:
    blob = store.put(b"dragon")
    path = store.root / "objects" / blob[:2] / blob[2:]
    assert store.path(blob) == path
    assert path.read_bytes() == b"dragon"
    assert stat.S_IMODE(path.stat().st_mode) & 0o222 == 0


@pytest.mark.parametrize(("files", "size_bytes"), [(100, blobs.BATCH_BYTES), (blobs.BATCH_FILES, 640)])
def test_more_files_than_one_batch_are_all_there(
    store: BlobStore, monkeypatch: pytest.MonkeyPatch, files: int, size_bytes: int
) -> None:
    monkeypatch.setattr(blobs, "BATCH_FILES", files)
    monkeypatch.setattr(blobs, "BATCH_BYTES", size_bytes)
    ids = store.put_many(picture(number) for number in range(130))
    assert list(store) == sorted(ids)
    assert dict(store.sizes()) == dict.fromkeys(ids, 64)


def test_memory_holds_one_picture_at_a_time(store: BlobStore) -> None:
    written = []

    def contents() -> object:
        for number in range(20):
            written.append(len(list((store.root / "tmp").rglob("?" * 64))))
            yield picture(number)

    store.put_many(contents())  # type: ignore[arg-type]
    assert written == list(range(20))


def test_a_blob_that_is_there_is_not_written_again(store: BlobStore) -> None:
    path = store.path(store.put(b"dragon"))
    before = path.stat()
    store.put(b"dragon")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("damage", [b"", b"dra", b"DRAGON", b"dragon and more"])
def test_a_damaged_blob_is_healed_by_storing_it_again(store: BlobStore, damage: bytes) -> None:
    path = store.path(store.put(b"dragon"))
    path.chmod(0o644)
    path.write_bytes(damage)
    assert store.read(store.put(b"dragon")) == b"dragon"


def test_a_missing_blob_is_named(store: BlobStore) -> None:
    with pytest.raises(BlobMissing) as caught:
        store.read(ABSENT)
    assert caught.value.details["blob"] == ABSENT
    assert ABSENT not in store


def test_a_changed_blob_is_never_handed_out(store: BlobStore) -> None:
    blob = store.put(b"dragon")
    store.path(blob).chmod(0o644)
    store.path(blob).write_bytes(b"dragoN")
    with pytest.raises(BlobCorrupt) as caught:
        store.read(blob)
    assert caught.value.details["blob"] == blob


def test_strange_files_among_the_objects_are_passed_over(store: BlobStore) -> None:
    blob = store.put(b"dragon")
    (store.root / "objects" / "00" / ".DS_Store").write_bytes(b"x")
    (store.root / "objects" / "readme").write_bytes(b"x")
    assert list(store) == [blob]


def test_lost_empty_folders_are_made_again(store: BlobStore) -> None:
    for folder in (store.root / "objects").iterdir():
        folder.rmdir()
    (store.root / "tmp").rmdir()
    assert store.read(store.put(b"dragon")) == b"dragon"
    assert len(store.put_many(picture(number) for number in range(20))) == 20


def test_a_failure_in_the_middle_leaves_nothing_under_a_blobs_name(store: BlobStore) -> None:
    def contents() -> object:
        yield from (picture(number) for number in range(12))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.put_many(contents())  # type: ignore[arg-type]
    assert list(store) == []
    assert _temporary_left(store) == []


def test_what_a_killed_writer_left_is_cleared_by_the_next(store: BlobStore) -> None:
    dead = store.root / "tmp" / "0123456789abcdef"
    dead.mkdir()
    (dead / "half").write_bytes(b"x")
    store.put(b"dragon")
    assert _temporary_left(store) == []
