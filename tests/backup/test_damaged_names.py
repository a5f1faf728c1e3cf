"""What is damaged at the destination never passes for what should be written under its name."""

import random
from pathlib import Path

import pytest

from audobon_cli.backup import keys as repository_keys
from audobon_cli.backup.check.repair import RepairRequest, repair
from audobon_cli.backup.check.verify import verify_repository
from audobon_cli.backup.extras import Extras
from audobon_cli.backup.list_points import list_points
from audobon_cli.backup.repository.deletion_marks import put_mark
from audobon_cli.backup.repository.key_slots import UnlockSecret
from audobon_cli.backup.repository.repository import RESERVE, RESERVE_BYTES, Repository
from audobon_cli.backup.sync import sync
from audobon_cli.domain.errors import BackupDamaged
from audobon_cli.library.store.library import Library
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.directory.remote import DirectoryRemote
from tests.backup.workshop import SECRET, add_pictures, back_up, new_repository, restored_state, state_of
from tests.fakes.memory_remote import MemoryRemote


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library.create(tmp_path / "library")
    add_pictures(made, 25, seed=2)
    return made


@pytest.fixture(params=["memory", "folder"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Remote:
    return MemoryRemote() if request.param == "memory" else DirectoryRemote(tmp_path / "place", create=True)


def _replace(remote: Remote, key: str, content: bytes) -> None:
    remote.delete(key)
    assert remote.put(key, content)


def _keys(remote: Remote, prefix: str) -> list[str]:
    return [stat.key for stat in remote.list(prefix)]


def _cut(remote: Remote, key: str) -> None:
    content = remote.get(key)
    _replace(remote, key, content[: len(content) // 2])


def _assert_whole(repository: Repository, library: Library, working: Path, points: int) -> None:
    found = list_points(repository).points
    assert len(found) == points
    assert not verify_repository(repository, 1.0, working).damaged
    assert restored_state(repository, found[0], working / "again") == state_of(library)


@pytest.mark.parametrize("number", [0, 1])
def test_a_backup_writes_again_what_a_cut_pack_held(
    remote: Remote, library: Library, tmp_path: Path, number: int
) -> None:
    repository = new_repository(remote)
    back_up(repository, library)
    _cut(remote, _keys(remote, "packs/")[number])
    add_pictures(library, 1, seed=9)
    made = back_up(repository, library)
    assert made.stored_bytes > 0
    report = verify_repository(repository, 1.0, tmp_path)
    # Lists and database of an older point are nowhere but in their pack; pictures are in the library.
    assert made.point.id not in {bad.point.point.id for bad in report.damaged}
    done = repair(repository, library, RepairRequest(Extras()), tmp_path)
    newest = list_points(repository).points[0]
    assert restored_state(repository, newest, tmp_path / "again") == state_of(library)
    assert not done.after.problems


def test_an_unchanged_library_is_written_again_where_its_pack_is_cut(
    remote: Remote, library: Library, tmp_path: Path
) -> None:
    repository = new_repository(remote)
    back_up(repository, library)
    for key in _keys(remote, "packs/"):
        _cut(remote, key)
    assert back_up(repository, library).stored_bytes > 0
    _assert_whole(repository, library, tmp_path, points=2)


@pytest.mark.parametrize("is_there_already", [True, False])
def test_a_sync_sends_again_what_a_cut_pack_held(
    remote: Remote, library: Library, tmp_path: Path, is_there_already: bool
) -> None:
    source, target = new_repository(MemoryRemote()), new_repository(remote)
    back_up(source, library)
    sync(source, target)
    for key in _keys(remote, "packs/"):
        _cut(remote, key)
    if not is_there_already:
        add_pictures(library, 1, seed=9)
        back_up(source, library)
    assert sync(source, target).error() is None
    _assert_whole(target, library, tmp_path, points=1 if is_there_already else 2)


def test_repair_mends_everything_in_one_run(remote: Remote, library: Library, tmp_path: Path) -> None:
    draw = random.Random(3)
    repository = new_repository(remote)
    back_up(repository, library)
    add_pictures(library, 5, seed=3)
    back_up(repository, library)
    for prefix in ("packs/", "index/", "roster/"):
        for key in _keys(remote, prefix):
            content = bytearray(remote.get(key))
            flipped = bytes([*content[:-9], content[-9] ^ 4, *content[-8:]])
            for damaged in (flipped, bytes(content[: draw.randrange(len(content))]), b""):
                if key not in _keys(remote, prefix):
                    continue  # mended under another name
                _replace(remote, key, damaged)
                done = repair(repository, library, RepairRequest(Extras()), tmp_path)
                assert not done.before.clean
                assert done.error() is None, (key, len(damaged))
                assert verify_repository(repository, 1.0, tmp_path).clean
    _assert_whole(repository, library, tmp_path, points=2)


def test_repair_keeps_the_sound_records_of_a_cut_pack(
    remote: Remote, library: Library, tmp_path: Path
) -> None:
    repository = new_repository(remote)
    back_up(repository, library)
    state = state_of(library)
    (stored,) = list_points(repository).points
    key = max(_keys(remote, "packs/"), key=lambda each: len(remote.get(each)))
    content = remote.get(key)
    _replace(remote, key, content[:-20])  # only its trailer is hurt
    for blob in list(library.blobs):  # nothing can be had from the library
        library.blobs.path(blob).unlink()
    assert repair(repository, library, RepairRequest(Extras()), tmp_path).error() is None
    assert restored_state(repository, stored, tmp_path / "again") == state


def test_an_object_that_becomes_damaged_while_a_backup_runs(library: Library, tmp_path: Path) -> None:
    class Cutting(MemoryRemote):
        """Loses half of each first pack just before the intent is put, as a store does that acknowledged too early."""

        cut_before = False

        def put(self, key: str, content: bytes | memoryview) -> bool:
            if key.startswith("intents/") and not self.cut_before:
                self.cut_before = True
                _cut(self, _keys(self, "packs/")[0])
            return super().put(key, content)

    repository = new_repository(Cutting())
    back_up(repository, library)
    _assert_whole(repository, library, tmp_path, points=1)


def test_a_name_that_is_taken_by_other_bytes_is_not_trusted(library: Library, tmp_path: Path) -> None:
    """Between the look at what is there and the put: nothing but the answer of the put tells."""

    class Taken(MemoryRemote):
        left = 1

        def put(self, key: str, content: bytes | memoryview) -> bool:
            if key.startswith(("packs/", "index/", "points/")) and self.left:
                self.left -= 1
                assert super().put(key, bytes(len(content)))
            return super().put(key, content)

    for prior in range(3):
        remote = Taken()
        repository = new_repository(remote)
        remote.left = prior + 1
        back_up(repository, library)
        assert not verify_repository(repository, 1.0, tmp_path).damaged
        folder = tmp_path / f"again{prior}"
        assert restored_state(repository, list_points(repository).points[0], folder) == state_of(library)


def test_damaged_keys_and_marks_are_dropped_when_told(library: Library, tmp_path: Path) -> None:
    remote = MemoryRemote()
    repository = new_repository(remote)
    back_up(repository, library)
    extra = repository_keys.add_key(repository, UnlockSecret(key_file=b"x" * 32))
    _cut(remote, f"keys/{extra.name}")
    mark = f"marks/{put_mark(remote, repository.keys, {'0' * 32: '1'})}"
    _cut(remote, mark)
    with pytest.raises(BackupDamaged, match=r"The mark marks/.* makes no sense"):
        repair(repository, library, RepairRequest(Extras()), tmp_path)
    assert repair(repository, library, RepairRequest(Extras(), drop_damaged=True), tmp_path).error() is None
    assert verify_repository(Repository.open(remote, SECRET), 1.0, tmp_path).clean


def test_rotating_keys_removes_damaged_ones(library: Library, tmp_path: Path) -> None:
    remote = MemoryRemote()
    repository = new_repository(remote)
    back_up(repository, library)
    extra = repository_keys.add_key(repository, UnlockSecret(key_file=b"x" * 32))
    _cut(remote, f"keys/{extra.name}")
    repository_keys.rotate_keys(repository, UnlockSecret(key_file=b"n" * 32))
    assert verify_repository(repository, 1.0, tmp_path).clean


def test_a_reserve_that_is_cut_short_is_filled(library: Library) -> None:
    remote = MemoryRemote()
    repository = new_repository(remote)
    remote.put(RESERVE, b"short")
    assert repository.refill_reserve()
    found = remote.stat(RESERVE)
    assert found is not None
    assert found.size_bytes == RESERVE_BYTES
