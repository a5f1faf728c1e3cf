"""Whatever is damaged or missing at the destination is found, named, never restored silently, and mended."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from audobon_cli.backup.check.repair import RepairRequest, heal_library, repair
from audobon_cli.backup.check.verify import RepositoryVerifyReport, verify_repository
from audobon_cli.backup.extras import Extras
from audobon_cli.backup.opener import find_point
from audobon_cli.backup.point_contents import PointContents
from audobon_cli.backup.repository import config, key_slots
from audobon_cli.backup.repository.inventory import write_roster
from audobon_cli.backup.repository.key_slots import UnlockSecret
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.backup.restore.to_folder import restore_to
from audobon_cli.domain.errors import (
    AudobonError,
    BackupDamaged,
    BackupKeyRefused,
    BackupNewer,
    BackupNotFound,
)
from audobon_cli.library.store.library import Library
from audobon_cli.library.verify import verify_library
from tests.backup.workshop import (
    SECRET,
    State,
    add_pictures,
    back_up,
    new_repository,
    restored_state,
    state_of,
)
from tests.fakes.memory_remote import MemoryRemote

COPIED = ("packs/", "index/", "points/", "keys/", "config", "roster/")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library.create(tmp_path / "library")
    add_pictures(made, 25, seed=2)
    return made


@pytest.fixture
def original(library: Library) -> dict[str, bytes]:
    """A repository with two points, as its objects."""
    remote = MemoryRemote()
    repository = new_repository(remote)
    back_up(repository, library)
    add_pictures(library, 5, seed=3)
    back_up(repository, library)
    return {stat.key: remote.get(stat.key) for stat in remote.list() if stat.key.startswith(COPIED)}


def _remote(objects: dict[str, bytes]) -> MemoryRemote:
    remote = MemoryRemote()
    for key, content in objects.items():
        remote.put(key, content)
    return remote


def _verify(objects: dict[str, bytes], working: Path) -> RepositoryVerifyReport:
    """The report, or the error with which opening already ends."""
    return verify_repository(Repository.open(_remote(objects), SECRET), 1.0, working)


def _is_found(objects: dict[str, bytes], working: Path) -> bool:
    try:
        return not _verify(objects, working).clean
    except (BackupDamaged, BackupNewer, BackupKeyRefused, BackupNotFound):
        return True


def check_flips(original: dict[str, bytes], working: Path, count: int, seed: int) -> None:
    draw = random.Random(seed)
    for number in range(count):
        # Every kind of object gets its share, however small it is.
        prefix = COPIED[number % len(COPIED)]
        key = draw.choice([key for key in original if key.startswith(prefix)])
        content = bytearray(original[key])
        place = draw.randrange(len(content))
        content[place] ^= 1 << draw.randrange(8)
        assert _is_found({**original, key: bytes(content)}, working), (key, place)


def test_every_flipped_byte_is_found(original: dict[str, bytes], tmp_path: Path) -> None:
    assert not _is_found(original, tmp_path)
    check_flips(original, tmp_path, 60, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_five_hundred_flipped_bytes_are_found(original: dict[str, bytes], tmp_path: Path) -> None:
    check_flips(original, tmp_path, 500, seed=2)


def test_every_truncation_is_found(original: dict[str, bytes], tmp_path: Path) -> None:
    draw = random.Random(4)
    for key, content in original.items():
        for end in (0, draw.randrange(len(content)), len(content) - 1):
            assert _is_found({**original, key: content[:end]}, tmp_path), (key, end)


def test_every_deleted_object_is_named(original: dict[str, bytes], tmp_path: Path) -> None:
    for gone in original:
        left = {key: content for key, content in original.items() if key != gone}
        if gone.startswith("roster/"):
            continue  # it is what remembers; without it nothing is missing
        try:
            report = _verify(left, tmp_path)
        except BackupNotFound:
            assert gone == "config"
        except BackupDamaged:
            assert gone.startswith("keys/")
        else:
            assert gone in {problem.key for problem in report.problems}, gone


def test_swapped_objects_are_found(original: dict[str, bytes], tmp_path: Path) -> None:
    for prefix in ("packs/", "points/", "index/"):
        one, other = sorted(key for key in original if key.startswith(prefix))[:2]
        assert _is_found({**original, one: original[other], other: original[one]}, tmp_path)


def test_damage_is_named_by_asset_and_never_restored(
    original: dict[str, bytes], library: Library, tmp_path: Path
) -> None:
    draw = random.Random(7)
    state = state_of(library)
    for number in range(25):
        key = draw.choice([key for key in original if key.startswith("packs/")])
        content = bytearray(original[key])
        content[draw.randrange(len(content))] ^= 0x10
        repository = Repository.open(_remote({**original, key: bytes(content)}), SECRET)
        report = verify_repository(repository, 1.0, tmp_path)
        assert key in {problem.key for problem in report.problems}
        named = {asset for bad in report.damaged for _, assets in bad.blobs for asset in assets}
        folder = tmp_path / f"again{number}"
        try:
            done = restore_to(PointContents(repository.reader(), find_point(repository).point), folder)
        except BackupDamaged:
            assert any(bad.other for bad in report.damaged)
            continue
        assert {asset for _, assets in done.lost for asset in assets} <= named
        kept = {path.parent.name + path.name for path in (folder / "objects").glob("*/*")}
        assert kept == state.blobs - {blob for blob, _ in done.lost}


def test_repair_puts_back_what_the_library_has(
    original: dict[str, bytes], library: Library, tmp_path: Path
) -> None:
    draw = random.Random(9)
    state = state_of(library)
    for number, (key, content) in enumerate(sorted(original.items())):
        if key.startswith(("config", "keys/", "points/", "roster/")):
            continue
        damaged = bytearray(content)
        damaged[draw.randrange(len(content))] ^= 0x40
        for changed in ({**original, key: bytes(damaged)}, {k: v for k, v in original.items() if k != key}):
            repository = Repository.open(_remote(changed), SECRET)
            done = repair(repository, library, RepairRequest(Extras()), tmp_path)
            assert not done.before.clean
            report = verify_repository(repository, 1.0, tmp_path)
            newest = find_point(repository)
            assert newest.point.id not in {bad.point.point.id for bad in report.damaged}
            assert not report.problems
            folder = tmp_path / f"again{number}-{len(changed)}"
            assert restored_state(repository, newest, folder) == state


def test_points_that_cannot_be_read_are_dropped_when_told(
    original: dict[str, bytes], library: Library, tmp_path: Path
) -> None:
    key = min(key for key in original if key.startswith("points/"))
    repository = Repository.open(_remote({**original, key: b"nothing"}), SECRET)
    assert repair(repository, library, RepairRequest(Extras()), tmp_path).error() is not None
    done = repair(repository, library, RepairRequest(Extras(), drop_damaged=True), tmp_path)
    assert done.error() is None
    assert done.dropped_points == (key,)
    assert verify_repository(repository, 1.0, tmp_path).points == 1


def test_a_library_is_healed_from_its_backup(library: Library) -> None:
    repository = new_repository(MemoryRemote())
    back_up(repository, library)
    gone, bad, lost = list(library.blobs)[:3]
    add_pictures(library, 1, seed=77)
    (new,) = set(library.blobs) - state_blobs(repository)
    for blob in (gone, new):
        library.blobs.path(blob).unlink()
    library.blobs.path(bad).chmod(0o644)
    library.blobs.path(bad).write_bytes(b"?")
    healed, still = heal_library(repository, library)
    assert (healed, still) == (2, (new,))
    report = verify_library(library)
    assert [damage.blob for damage in report.missing] == [new]
    assert lost in library.blobs


def state_blobs(repository: Repository) -> set[str]:
    """The pictures in the newest point."""
    contents = PointContents(repository.reader(), find_point(repository).point)
    return {file.digest.hex() for file in contents.blobs()}


def test_wrong_and_missing_keys(original: dict[str, bytes]) -> None:
    remote = _remote(original)
    for secret in (None, UnlockSecret(passphrase="wrong passphrase"), UnlockSecret(key_file=b"x" * 32)):
        with pytest.raises(BackupKeyRefused):
            Repository.open(remote, secret)


def test_newer_formats_are_refused(original: dict[str, bytes]) -> None:
    opened = config.read_config(_remote(original))
    newer = config.encode_config(replace(opened, format=config.FORMAT + 1))
    with pytest.raises(BackupNewer):
        Repository.open(_remote({**original, "config": newer}), SECRET)
    (key,) = (key for key in original if key.startswith("keys/"))
    content = original[key].replace(b'"format":1', b'"format":2')
    name = key_slots.PREFIX + key_slots.slot_name(content)
    objects = {k: v for k, v in original.items() if k != key} | {name: content}
    with pytest.raises(AudobonError):
        Repository.open(_remote(objects), SECRET)


def test_a_vanished_point_is_missed_until_it_is_pruned(original: dict[str, bytes], tmp_path: Path) -> None:
    remote = _remote(original)
    repository = Repository.open(remote, SECRET)
    key = min(key for key in original if key.startswith("points/"))
    remote.delete(key)
    assert key in {problem.key for problem in verify_repository(repository, 0.0, tmp_path).problems}
    write_roster(remote, repository.keys)
    assert key in {problem.key for problem in verify_repository(repository, 0.0, tmp_path).problems}
    write_roster(remote, repository.keys, forgive=True)
    assert verify_repository(repository, 0.0, tmp_path).clean


def test_states_differ(library: Library) -> None:
    """The yardstick of these tests sees a change."""
    before = state_of(library)
    add_pictures(library, 1, seed=55)
    assert isinstance(before, State)
    assert state_of(library) != before
