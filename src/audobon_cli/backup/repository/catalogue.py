"""What a repository holds: every object, with the pack that it lies in."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from audobon_cli.backup.repository import index
from audobon_cli.backup.repository.crypto import Keys, ObjectId, RecordKind
from audobon_cli.backup.repository.deletion_marks import read_marks
from audobon_cli.backup.repository.location_table import LocationTable
from audobon_cli.backup.repository.packs import PREFIX, PackContents, is_pack_name, read_contents
from audobon_cli.backup.repository.problems import Problem, damaged
from audobon_cli.domain.errors import AudobonError, BackupDamaged, RemoteObjectMissing, RemoteObjectShort
from audobon_cli.remotes.base import ObjectStat, Remote

T = TypeVar("T")
R = TypeVar("R")
READERS = 8


class Location(NamedTuple):
    """Where the record of an object lies."""

    pack: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class StoredPack:
    """A pack at the destination: what it holds and what the remote says of it."""

    contents: PackContents
    stat: ObjectStat


@dataclass(slots=True)
class Catalogue:
    """All objects of a repository, as of one moment.

    Objects in marked packs can be found, for reading; ``has`` knows only those that will stay. Memory: about 50
    bytes an object.
    """

    packs: dict[str, StoredPack] = field(default_factory=dict)
    marked: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)
    unindexed: list[PackContents] = field(default_factory=list)
    indexes: dict[str, ObjectStat] = field(default_factory=dict)
    absent: dict[str, PackContents] = field(default_factory=dict)
    """Packs that an index names and that are not there: pruned since that index was written, or lost."""
    cut: dict[str, StoredPack] = field(default_factory=dict)
    """Packs that have another size than the index says: nothing is found in them."""
    sizes: dict[str, int] = field(default_factory=dict)
    """The size in bytes that each pack must have in which something is found."""
    _names: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)
    _locations: LocationTable = field(default_factory=LocationTable)

    def find(self, identity: ObjectId) -> Location | None:
        """Where an object lies; where it will stay, if it lies in several packs."""
        location = self._locations.get(identity)
        if location is None:
            return None
        number, offset, length = location
        return Location(self._names[number], offset, length)

    def has(self, identity: ObjectId) -> bool:
        """Whether the object is in a pack that is not to be deleted."""
        location = self._locations.get(identity)
        return location is not None and self._names[location[0]] not in self.marked

    @property
    def unusable(self) -> frozenset[str]:
        """Names that no new pack may have: of packs that will be deleted, and of damaged ones."""
        return self.marked.union(
            problem.key.rpartition("/")[2] for problem in self.problems if problem.key.startswith(PREFIX)
        )

    def stays(self, pack: str) -> bool:
        """Whether a pack is not to be deleted."""
        return pack not in self.marked

    def add(self, contents: PackContents) -> None:
        """Take in a pack; objects that are found already in one that stays are not moved."""
        if contents.name not in self._numbers:
            self._numbers[contents.name] = len(self._names)
            self._names.append(contents.name)
        self.sizes[contents.name] = contents.size_bytes
        number = self._numbers[contents.name]
        locations, stays = self._locations, contents.name not in self.marked
        for _, identity, offset, length in contents.entries():
            found = locations.get(identity)
            if found is None or (stays and self._names[found[0]] in self.marked):
                locations.put(identity, (number, offset, length))

    def mark_lost(self, packs: Iterable[str]) -> None:
        """Treat packs as gone: they were deleted or marked by somebody else."""
        self.marked = self.marked | frozenset(packs)


def load_catalogue(remote: Remote, keys: Keys) -> Catalogue:
    """Read marks, index and the list of packs; and the trailers of packs that no index names.

    In this order: a pack that is listed and was not marked before is one that will stay. What is damaged is noted in
    ``problems``, and passed over.
    """
    catalogue = Catalogue()
    catalogue.marked = frozenset(pack for mark in read_marks(remote, keys) for pack in mark.packs)
    indexed = _read_indexes(remote, keys, catalogue)
    listed = {stat.key.rpartition("/")[2]: stat for stat in remote.list(PREFIX)}
    catalogue.absent = {name: contents for name, contents in indexed.items() if name not in listed}
    found: list[PackContents] = []
    unknown: list[ObjectStat] = []
    for name, stat in listed.items():
        contents = indexed.get(name)
        if contents is not None and contents.size_bytes == stat.size_bytes:
            found.append(contents)
        elif contents is not None:
            catalogue.cut[name] = StoredPack(contents, stat)
            catalogue.problems.append(
                Problem(stat.key, f"it has {stat.size_bytes} bytes, not {contents.size_bytes}")
            )
        elif is_pack_name(name):
            unknown.append(stat)
    catalogue.unindexed = list(_read_trailers(remote, keys, unknown, catalogue))
    # Packs that stay come first, and greater ones before smaller ones, so that objects are found there.
    found.extend(catalogue.unindexed)
    found.sort(key=lambda pack: (pack.size_bytes, pack.name), reverse=True)
    for contents in sorted(found, key=lambda pack: pack.name in catalogue.marked):
        catalogue.packs[contents.name] = StoredPack(contents, listed[contents.name])
        catalogue.add(contents)
    return catalogue


def _read_indexes(remote: Remote, keys: Keys, catalogue: Catalogue) -> dict[str, PackContents]:
    found: dict[str, PackContents] = {}
    stats = list(remote.list(index.PREFIX))

    def read(stat: ObjectStat) -> list[PackContents] | Problem | None:
        try:
            content = remote.get(stat.key)
            if keys.name(content) != stat.key.removeprefix(index.PREFIX):
                raise damaged("It is not, byte for byte, what was written.")
            return list(index.decode_index(keys.open(RecordKind.INDEX, content)))
        except (
            RemoteObjectMissing
        ):  # another process has merged it into a new one: the packs tell all the same
            return None
        except (BackupDamaged, RemoteObjectShort) as error:
            return Problem(stat.key, error.message)

    for stat, packs in zip(stats, in_parallel(read, stats), strict=True):
        if isinstance(packs, Problem):
            catalogue.problems.append(packs)
        elif packs is not None:
            catalogue.indexes[stat.key] = stat
            found.update((pack.name, pack) for pack in packs)
    return found


def _read_trailers(
    remote: Remote, keys: Keys, stats: list[ObjectStat], catalogue: Catalogue
) -> Iterator[PackContents]:
    def read(stat: ObjectStat) -> PackContents | Problem | None:
        try:
            return read_contents(remote, keys, stat.key.rpartition("/")[2], stat.size_bytes)
        except RemoteObjectMissing:
            return None
        except AudobonError as error:
            if not isinstance(error, BackupDamaged | RemoteObjectShort):
                raise
            return Problem(stat.key, error.message)

    for contents in in_parallel(read, stats):
        if isinstance(contents, Problem):
            catalogue.problems.append(contents)
        elif contents is not None:
            yield contents


def in_parallel(work: Callable[[T], R], items: Sequence[T], threads: int = READERS) -> Iterator[R]:
    """Results in order; by threads where there are several items, which get only a little ahead of the caller."""
    if len(items) < 2:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(min(threads, len(items))) as pool:
        running: deque[Future[R]] = deque()
        try:
            for item in items:
                running.append(pool.submit(work, item))
                if len(running) > 2 * threads:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
