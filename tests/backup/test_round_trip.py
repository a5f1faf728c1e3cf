"""What was backed up comes back, byte for byte."""

import hashlib
import os
from pathlib import Path

import pytest

from audobon_cli.backup.check.verify import verify_repository
from audobon_cli.backup.create.point import Purpose, create_backup
from audobon_cli.backup.extras import Extras
from audobon_cli.backup.opener import find_point
from audobon_cli.backup.point_contents import PointContents
from audobon_cli.backup.repository import lists
from audobon_cli.backup.repository.crypto import RecordKind, public_keys
from audobon_cli.backup.repository.packs import PackBuilder, parse_pack
from audobon_cli.backup.restore.into_library import restore_assets, restore_into
from audobon_cli.backup.restore.to_folder import MARKER, restore_to
from audobon_cli.domain.errors import BackupExists
from audobon_cli.library.store.library import Library
from audobon_cli.library.trash import purge_assets, trash_assets
from tests.backup.workshop import (
    add_pictures,
    back_up,
    copy_all,
    folder_repository,
    memory_repository,
    restored_state,
    state_of,
)
from tests.fakes.memory_remote import MemoryRemote


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library.create(tmp_path / "library")
    add_pictures(made, 30, seed=1, size=3000)
    return made


def test_every_point_brings_back_its_own_moment(library: Library, tmp_path: Path) -> None:
    repository = folder_repository(tmp_path / "backup")
    states = {}
    for number in range(4):
        states[back_up(repository, library).point.id] = state_of(library)
        add_pictures(library, 3, seed=10 + number)
    for point, state in states.items():
        assert restored_state(repository, find_point(repository, point), tmp_path / point) == state


def test_a_restored_library_works(library: Library, tmp_path: Path) -> None:
    repository = memory_repository()
    back_up(repository, library)
    restore_to(PointContents(repository.reader(), find_point(repository).point), tmp_path / "again")
    again = Library.open(tmp_path / "again")
    assert again.database.problems() == ()
    add_pictures(again, 2, seed=5)
    assert again.assets.count() == 32


def test_nothing_is_stored_twice(library: Library) -> None:
    repository = memory_repository()
    first = back_up(repository, library)
    again = create_backup(repository, library, Purpose(Extras(), previous=find_point(repository)))
    assert again.unchanged
    assert again.point.id == first.point.id
    library.database.close()
    add_pictures(library, 1, seed=7)
    more = back_up(repository, library)
    assert more.stored_bytes < first.stored_bytes / 2


def test_a_sync_makes_the_same_points_under_other_keys(library: Library, tmp_path: Path) -> None:
    source, target = memory_repository(), folder_repository(tmp_path / "other")
    for number in range(3):
        back_up(source, library)
        add_pictures(library, 2, seed=20 + number)
    assert len(copy_all(source, target).copied) == 3
    assert copy_all(source, target).stored_bytes == 0
    for stored in source.points():
        there = find_point(target, stored.point.id)
        a = restored_state(source, stored, tmp_path / f"a{stored.name}")
        assert restored_state(target, there, tmp_path / f"b{stored.name}") == a
    assert {stat.key for stat in source.remote.list("packs/")}.isdisjoint(
        stat.key for stat in target.remote.list("packs/")
    )


def test_large_files_go_in_pieces(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("backup.create.upload", "backup.point_contents", "backup.restore.to_folder"):
        monkeypatch.setattr(f"audobon_cli.{module}.PIECE_BYTES", 256)
    monkeypatch.setattr("audobon_cli.backup.restore.into_library.PIECE_BYTES", 256)
    repository = memory_repository()
    back_up(repository, library)
    state = state_of(library)
    assert restored_state(repository, find_point(repository), tmp_path / "again") == state
    assert verify_repository(repository, 1.0, tmp_path).clean
    assert back_up(repository, library).added_files == 0


def test_the_library_goes_back_and_keeps_what_it_was(library: Library, tmp_path: Path) -> None:
    repository = memory_repository()
    point = back_up(repository, library).point
    before = {asset.id for asset in library.assets.matching("")}
    add_pictures(library, 5, seed=3)
    lost = next(iter(library.blobs))
    library.blobs.path(lost).unlink()
    done = restore_into(PointContents(repository.reader(), point), library)
    assert done.written_files == 1
    assert {asset.id for asset in library.assets.matching("")} == before
    assert library.blobs.read(lost)
    assert (library.root / "audobon.db.before-restore").is_file()
    assert library.database.problems() == ()


def test_one_asset_comes_back_under_its_id(library: Library) -> None:
    repository = memory_repository()
    point = back_up(repository, library).point
    gone = library.assets.matching("")[:2]
    trash_assets(library, gone)
    purge_assets(library, gone)
    for asset in gone:
        library.blobs.path(asset.blob).unlink()
    back = restore_assets(PointContents(repository.reader(), point), library, gone[0].id)
    assert [asset.id for asset in back] == [gone[0].id]
    assert library.blobs.read(library.assets.get(gone[0].id).blob)
    assert library.assets.count() == 29


def test_a_killed_restore_goes_on(library: Library, tmp_path: Path) -> None:
    repository = memory_repository()
    point = back_up(repository, library).point
    folder = tmp_path / "again"
    contents = PointContents(repository.reader(), point)
    restore_to(contents, folder)
    # As a kill leaves it: no database yet, one picture torn, one not written.
    (folder / "audobon.db").unlink()
    (folder / MARKER).write_text(point.id)
    torn, absent = list(library.blobs)[:2]
    (folder / "objects" / torn[:2] / torn[2:]).chmod(0o644)
    (folder / "objects" / torn[:2] / torn[2:]).write_bytes(b"")
    (folder / "objects" / absent[:2] / absent[2:]).unlink()
    done = restore_to(contents, folder)
    assert done.written_files == 2
    assert Library.open(folder).assets.count() == 30
    with pytest.raises(BackupExists):
        restore_to(contents, folder)


def test_a_damaged_library_is_backed_up_as_far_as_it_goes(library: Library, tmp_path: Path) -> None:
    repository = memory_repository()
    lost, bad = list(library.blobs)[:2]
    library.blobs.path(lost).unlink()
    library.blobs.path(bad).chmod(0o644)
    library.blobs.path(bad).write_bytes(b"other")
    created = back_up(repository, library)
    assert set(created.point.missing) == {lost, bad}
    assert created.error() is not None
    assert verify_repository(repository, 1.0, tmp_path).clean


def test_a_picture_that_the_backup_has_is_not_missed(library: Library, tmp_path: Path) -> None:
    repository = memory_repository()
    back_up(repository, library)
    state = state_of(library)
    library.blobs.path(next(iter(library.blobs))).unlink()
    created = back_up(repository, library)
    assert created.point.missing == ()
    assert restored_state(repository, find_point(repository, created.point.id), tmp_path / "x") == state


def test_the_latest_point_is_that_of_the_own_library(library: Library, tmp_path: Path) -> None:
    repository = memory_repository()
    mine = back_up(repository, library).point.id
    other = Library.create(tmp_path / "other")
    theirs = back_up(repository, other).point.id
    assert find_point(repository).point.id == theirs
    assert find_point(repository, library=library.root).point.id == mine
    assert find_point(repository, library=tmp_path / "new").point.id == theirs


def test_the_same_records_give_the_same_pack() -> None:
    keys = public_keys(b"r" * 16)

    def make(avoid: frozenset[str] = frozenset()) -> tuple[str, bytes]:
        builder = PackBuilder(keys)
        for number in range(5):
            content = bytes([number]) * 1000
            digest = hashlib.sha256(content).digest()
            identity = keys.object_id(RecordKind.FILE, digest)
            builder.add(RecordKind.FILE, identity, keys.seal(RecordKind.FILE, content, digest, identity))
        contents, data = builder.finish(avoid)
        return contents.name, bytes(data)

    name, data = make()
    assert make() == (name, data)
    other, salted = make(frozenset({name}))
    assert other != name
    assert parse_pack(keys, other, salted).count == 5


def test_a_change_of_one_picture_changes_few_pages() -> None:
    entries = sorted(lists.file_entry(os.urandom(32), 5) for _ in range(20_000))
    before = {page.digest for page in lists.cut_pages([b"".join(entries)])}
    chunks = (b"".join(entries[start : start + 999]) for start in range(0, 20_000, 999))
    assert {page.digest for page in lists.cut_pages(chunks)} == before
    entries.insert(7000, entries[7000][:31] + b"\x01" + entries[7000][32:])
    after = {page.digest for page in lists.cut_pages([b"".join(entries)])}
    assert len(before) > 40
    assert len(after - before) <= 2


def test_names_at_the_destination_reveal_nothing(library: Library) -> None:
    repository = memory_repository()
    back_up(repository, library)
    remote = repository.remote
    assert isinstance(remote, MemoryRemote)
    everything = b"".join(stat.key.encode() + remote.get(stat.key) for stat in remote.list())
    for blob in library.blobs:
        assert blob.encode() not in everything
        assert bytes.fromhex(blob) not in everything
        content = library.blobs.read(blob)
        assert len(content) < 16 or content not in everything
