"""Deleting packs that no recovery point needs: marked first, deleted after a grace by a run that has looked again."""

import contextlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from audobon_cli.backup.create.publish import lost_packs
from audobon_cli.backup.prune.reachable import Needs
from audobon_cli.backup.repository import index
from audobon_cli.backup.repository.catalogue import Catalogue, StoredPack
from audobon_cli.backup.repository.cleanup import discard
from audobon_cli.backup.repository.crypto import ObjectId
from audobon_cli.backup.repository.deletion_marks import Mark, drop_mark, put_mark, read_marks
from audobon_cli.backup.repository.inventory import read_roster, write_roster
from audobon_cli.backup.repository.lease import Lease
from audobon_cli.backup.repository.pack_writer import PackWriter
from audobon_cli.backup.repository.packs import TARGET_BYTES, pack_key
from audobon_cli.backup.repository.problems import Problem
from audobon_cli.backup.repository.repository import INTENTS, POINTS, Repository, StoredPoint
from audobon_cli.backup.repository.whole_objects import put_whole
from audobon_cli.domain.errors import BackupDamaged, RemoteRefused
from audobon_cli.domain.events import Listener, Warned, ignore

LEAST_NEEDED = 0.5
"""A pack of which less than this is needed is written anew with what is needed of it."""
SMALL_BYTES = TARGET_BYTES // 4
MOST_SMALL = 16
"""When there are more small packs than this, they are joined."""
LONGEST_GRACE = timedelta(days=365_000)
"""A thousand years: a much longer one would end beyond the calendar."""


@dataclass(frozen=True, slots=True)
class GcReport:
    """What was deleted and marked. ``waiting_until``: when the first of the marked ones may be deleted.

    ``retained_packs``: the destination's own retention rules forbid their deletion for now.
    """

    deleted_packs: int = 0
    deleted_bytes: int = 0
    copied_bytes: int = 0
    marked_packs: int = 0
    marked_bytes: int = 0
    waiting_packs: int = 0
    waiting_until: datetime | None = None
    retained_packs: int = 0


class Collector:
    """One collection. ``now`` is by the remote's clock, as all times here."""

    def __init__(
        self,
        repository: Repository,
        now: datetime,
        grace_hours: float,
        lease: Lease | None = None,
        listen: Listener = ignore,
    ) -> None:
        self._repository, self._now, self._lease, self._listen = repository, now, lease, listen
        self._grace = min(timedelta(hours=grace_hours), LONGEST_GRACE)
        self._done = GcReport()

    def foresee(self, points: Sequence[StoredPoint]) -> GcReport:
        """What collecting would do if only ``points`` were left; deletes of earlier marks left out."""
        catalogue = self._repository.catalogue()
        needed = self._needed(catalogue, points)
        chosen = self._superfluous(catalogue, needed)
        size = sum(pack.stat.size_bytes for pack in chosen)
        due = [
            mark for mark in read_marks(self._repository.remote, self._repository.keys) if self._is_due(mark)
        ]
        packs = {name for mark in due for name in mark.packs} & catalogue.packs.keys()
        gone = sum(catalogue.packs[name].stat.size_bytes for name in packs)
        return GcReport(len(packs), gone, 0, len(chosen), size)

    def collect(self) -> GcReport:
        """Delete what earlier runs marked and is due, mark what is superfluous now; without a grace delete it, too."""
        self._delete_due()
        catalogue = self._repository.catalogue()
        chosen = self._superfluous(catalogue, self._needed(catalogue, self._roots()))
        if chosen:
            self._check_lease()
            put_mark(
                self._repository.remote,
                self._repository.keys,
                {pack.contents.name: pack.stat.version for pack in chosen},
            )
            size = sum(pack.stat.size_bytes for pack in chosen)
            self._done = replace(self._done, marked_packs=len(chosen), marked_bytes=size)
            self._delete_due()
        waiting = read_marks(self._repository.remote, self._repository.keys)
        if waiting:
            until = min(mark.since for mark in waiting) + self._grace
            packs = {name for mark in waiting for name in mark.packs}
            self._done = replace(self._done, waiting_packs=len(packs), waiting_until=until)
        return self._done

    def _is_due(self, mark: Mark) -> bool:
        return self._now - mark.since >= self._grace or not self._grace

    def _roots(self) -> list[StoredPoint]:
        """All recovery points. Raises BackupDamaged if one cannot be read: what it needs would be deleted."""
        roots = []
        for found in self._repository.points():
            if isinstance(found, Problem):
                raise BackupDamaged(
                    f"{found.key} cannot be read, so what it needs is not known: {found.why}",
                    hint="`audobon backup repair --drop-damaged` removes recovery points that cannot be read",
                    object=found.key,
                )
            roots.append(found)
        return roots

    def _intents(self) -> list[StoredPoint]:
        return [one for one in self._repository.points(INTENTS) if isinstance(one, StoredPoint)]

    def _needed(self, catalogue: Catalogue, points: Iterable[StoredPoint]) -> set[ObjectId]:
        """Ids of all objects that ``points`` and intents need. Raises BackupDamaged when a list of a point is lost."""
        needs = Needs(self._repository.reader(catalogue))
        object_id = self._repository.keys.object_id
        needed = {object_id(*wanted) for wanted in needs.of(stored.point for stored in points)}
        for intent in self._intents():
            # One whose lists are lost will be found incomplete by its own writer, who puts everything anew.
            with contextlib.suppress(BackupDamaged):
                needed.update([object_id(*wanted) for wanted in Needs(needs.reader).of([intent.point])])
        return needed

    def _superfluous(self, catalogue: Catalogue, needed: Collection[ObjectId]) -> list[StoredPack]:
        """Packs to delete: of which little or nothing is needed, and many small ones. None younger than the grace."""
        chosen, small = [], []
        for name, pack in sorted(catalogue.packs.items()):
            if name in catalogue.marked or self._now - pack.stat.modified < self._grace:
                continue
            used = sum(
                entry.length
                for entry in pack.contents.entries()
                if entry.id in needed
                and (location := catalogue.find(entry.id)) is not None
                and location.pack == name
            )
            if used < pack.contents.size_bytes * LEAST_NEEDED:
                # A small pack is mostly its own list: nothing is gained by writing it anew alone.
                if used == 0 or pack.contents.size_bytes >= SMALL_BYTES:
                    chosen.append(pack)
                else:
                    small.append(pack)
            elif pack.contents.size_bytes < SMALL_BYTES:
                small.append(pack)
        return chosen + small if len(small) > MOST_SMALL else chosen

    def _delete_due(self) -> None:
        marks = [
            mark for mark in read_marks(self._repository.remote, self._repository.keys) if self._is_due(mark)
        ]
        if not marks:
            return
        # After the marks, and before anything is deleted: see docs/backup-format.md.
        roots = self._roots()
        catalogue = self._repository.catalogue()
        needed = self._needed(catalogue, roots)
        versions = {name: version for mark in marks for name, version in mark.packs.items()}
        there = {name: catalogue.packs[name] for name in versions if name in catalogue.packs}
        last = {name for name, pack in there.items() if self._is_last(catalogue, pack, needed)}
        self._delete(there, versions, sorted(there.keys() - last))
        if last:
            self._copy(catalogue, [there[name] for name in sorted(last)], needed)
            self._delete(there, versions, sorted(last))
        self._check_lease()
        renew_index(self._repository)
        for mark in marks:
            if all(self._repository.remote.stat(pack_key(name)) is None for name in mark.packs):
                drop_mark(self._repository.remote, mark)

    def _is_last(self, catalogue: Catalogue, pack: StoredPack, needed: Collection[ObjectId]) -> bool:
        """Whether the pack holds something needed that is in none that stays."""
        return any(entry.id in needed and not catalogue.has(entry.id) for entry in pack.contents.entries())

    def _copy(self, catalogue: Catalogue, packs: list[StoredPack], needed: Collection[ObjectId]) -> None:
        """Write what is needed of ``packs`` into new ones. Raises BackupDamaged, and nothing is deleted then."""
        remote = self._repository.remote
        with self._repository.writer(catalogue) as writer:
            for pack in packs:
                self._check_lease()
                copy_needed(remote.get(pack_key(pack.contents.name)), pack, needed, writer, self._repository)
            writer.flush()
            self._done = replace(
                self._done, copied_bytes=self._done.copied_bytes + writer.written.stored_bytes
            )

    def _delete(self, there: dict[str, StoredPack], versions: dict[str, str], names: list[str]) -> None:
        for name in names:
            self._check_lease()
            try:
                # Only the object that was marked: another one of that name may have come since.
                deleted = self._repository.remote.delete(pack_key(name), versions[name])
            except RemoteRefused as error:
                self._listen(Warned(f"{pack_key(name)} is kept for now: {error.message}"))
                self._done = replace(self._done, retained_packs=self._done.retained_packs + 1)
                continue
            size = there[name].stat.size_bytes
            if deleted:
                self._done = replace(
                    self._done,
                    deleted_packs=self._done.deleted_packs + 1,
                    deleted_bytes=self._done.deleted_bytes + size,
                )

    def finish_intents(self) -> None:
        """Publish what a killed backup was about to publish, if all of it is there; else remove it after the grace."""
        remote = self._repository.remote
        removed = read_roster(remote, self._repository.keys).removed
        for stored in self._intents():
            if self._now - stored.stat.modified < self._grace:
                continue
            if POINTS + stored.name in removed:  # its point was pruned; a retention rule kept the intent
                discard(remote, INTENTS + stored.name, stored.stat.version)
                continue
            catalogue = self._repository.catalogue()
            try:
                wanted = Needs(self._repository.reader(catalogue)).of([stored.point])
                locations = [catalogue.find(self._repository.keys.object_id(*one)) for one in wanted]
            except BackupDamaged:
                locations = [None]
            packs = frozenset(location.pack for location in locations if location is not None)
            if None not in locations and not lost_packs(self._repository, packs, catalogue.sizes):
                put_whole(remote, POINTS + stored.name, remote.get(INTENTS + stored.name))
            elif None not in locations:
                continue  # what is marked will be copied, because the intent needs it
            discard(remote, INTENTS + stored.name, stored.stat.version)

    def _check_lease(self) -> None:
        if self._lease is not None:
            self._lease.check()


def copy_needed(
    content: bytes, pack: StoredPack, needed: Collection[ObjectId], writer: PackWriter, repository: Repository
) -> list[ObjectId]:
    """Add the records of a pack that are needed and nowhere else to ``writer``. Raises BackupDamaged."""
    copied = []
    view = memoryview(content)
    for entry in pack.contents.entries():
        if entry.id in needed and not writer.has(entry.id):
            sealed = bytes(view[entry.offset : entry.offset + entry.length])
            repository.keys.open(entry.kind, sealed, entry.id)
            writer.add_sealed(entry.kind, entry.id, sealed)
            copied.append(entry.id)
    return copied


def renew_index(repository: Repository) -> None:
    """Put one index of all packs in the place of those that are there; damaged ones go, too."""
    remote, keys = repository.remote, repository.keys
    catalogue = repository.catalogue()
    fresh = set()
    for name, sealed in index.sealed_indexes(
        keys, (pack.contents for _, pack in sorted(catalogue.packs.items()))
    ):
        put_whole(remote, index.PREFIX + name, sealed)
        fresh.add(index.PREFIX + name)
    damaged = [problem.key for problem in catalogue.problems if problem.key.startswith(index.PREFIX)]
    old = [key for key in (*catalogue.indexes, *damaged) if key not in fresh]
    write_roster(remote, keys, old)
    for key in old:
        discard(remote, key)
