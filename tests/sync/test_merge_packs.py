"""Many pushes leave few packs and indexes, and no object is lost by that, whoever merges at once or may not delete."""

import os
import random
from pathlib import Path

import pytest

from audobon_cli.backup.repository import index
from audobon_cli.backup.repository.config import new_config
from audobon_cli.backup.repository.crypto import RecordKind, public_keys
from audobon_cli.backup.repository.packs import PREFIX
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.domain.errors import RemoteRefused
from audobon_cli.history import commits
from audobon_cli.sync.merge_packs import MOST_ALIKE, merge_packs
from tests.fakes.memory_remote import MemoryRemote
from tests.history.workshop import AUTHOR, add
from tests.sync.workshop import Machine, check_same

PUSHES = 40


class CountedRemote(MemoryRemote):
    """Counts reads, and refuses to delete where ``keeps``."""

    reads = 0
    keeps = False

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        self.reads += 1
        return super().get(key, start, length)

    def delete(self, key: str, version: str | None = None) -> bool:
        if self.keeps:
            raise RemoteRefused("It is kept.", hint="wait")
        return super().delete(key, version)


@pytest.fixture
def repository() -> Repository:
    config = new_config(encrypted=False)
    return Repository(CountedRemote(), config, public_keys(config.repository))


def digest(number: int) -> bytes:
    return number.to_bytes(32, "big")


def store(repository: Repository, numbers: list[int], size_bytes: int = 300) -> None:
    """One push: these objects, in packs of their own, and an index."""
    with repository.writer(repository.catalogue()) as writer:
        for number in numbers:
            writer.add(RecordKind.FILE, digest(number), os.urandom(size_bytes))
            writer.add(RecordKind.HISTORY, digest(number), os.urandom(20))
        writer.flush()


def names(repository: Repository, prefix: str) -> list[str]:
    return [found.key for found in repository.remote.list(prefix)]


def missing(repository: Repository, count: int) -> list[int]:
    catalogue = repository.catalogue()
    assert catalogue.problems == []
    kinds = (RecordKind.FILE, RecordKind.HISTORY)
    return [
        number
        for number in range(count)
        if not all(catalogue.has(repository.keys.object_id(kind, digest(number))) for kind in kinds)
    ]


def test_many_pushes_leave_few_packs(repository: Repository) -> None:
    for number in range(PUSHES):
        store(repository, [number])
        merge_packs(repository)
        assert len(names(repository, PREFIX)) <= 2 * 3 * (MOST_ALIKE + 1)
        assert len(names(repository, index.PREFIX)) <= MOST_ALIKE + 1
    assert missing(repository, PUSHES) == []
    remote = repository.remote
    assert isinstance(remote, CountedRemote)
    remote.reads = 0
    repository.catalogue()
    assert remote.reads <= MOST_ALIKE + 1
    assert merge_packs(repository) == 0


def test_two_that_merge_at_once_lose_nothing(repository: Repository) -> None:
    """Each step of one may come between any two of the other: deletions by a catalogue that the other has outrun."""
    chance = random.Random(7)
    for round_number in range(6):
        for number in range(10):
            store(repository, [10 * round_number + number, chance.randrange(10 * round_number + number + 1)])
        ours = repository.catalogue()
        merge_packs(repository)  # the other, from beginning to end, after we looked
        outrun = Repository(repository.remote, repository.config, repository.keys)
        looks = iter((ours, ours))
        object.__setattr__(
            outrun, "catalogue", lambda looks=looks: next(looks, None) or repository.catalogue()
        )
        merge_packs(outrun)
        assert missing(repository, 10 * round_number + 10) == []


def test_what_may_not_be_deleted_is_not_copied_again(repository: Repository) -> None:
    remote = repository.remote
    assert isinstance(remote, CountedRemote)
    remote.keeps = True
    for number in range(MOST_ALIKE + 1):
        store(repository, [number])
    merge_packs(repository)
    there = names(repository, "")
    assert merge_packs(repository) <= 0
    assert names(repository, "") == there
    assert missing(repository, MOST_ALIKE + 1) == []


def test_a_damaged_pack_is_left_as_it_is(repository: Repository) -> None:
    for number in range(MOST_ALIKE + 2):
        store(repository, [number])
    remote = repository.remote
    victim = next(iter(remote.list(PREFIX)))
    content = bytearray(remote.get(victim.key))
    content[20] ^= 1
    assert remote.compare_and_swap(victim.key, bytes(content), victim.version) is not None
    merge_packs(repository)
    assert victim.key in names(repository, PREFIX)


def test_pushes_merge_and_a_clone_has_all(tmp_path: Path) -> None:
    place = tmp_path / "place"
    first = Machine(tmp_path / "first", str(place))
    library = first.create()
    for number in range(2 * MOST_ALIKE + 4):
        add(library, f"asset {number}", number)
        commits.commit(library, f"commit {number}", AUTHOR)
        first.push(library)
    packs = [path for path in (place / "packs").rglob("*") if path.is_file()]
    assert len(packs) <= 2 * 2 * (MOST_ALIKE + 1)
    assert len(list((place / "index").iterdir())) <= MOST_ALIKE + 2
    second = Machine(tmp_path / "second", str(place))
    second.clone()
    clone = second.library()
    check_same(clone, library)
    clone.close()
    library.close()
