"""Copying recovery points from one repository to another."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from audobon_cli.backup.create.progress import ByteProgress
from audobon_cli.backup.create.publish import Draft, publish
from audobon_cli.backup.list_points import list_points
from audobon_cli.backup.prune.reachable import Needs
from audobon_cli.backup.repository.inventory import write_roster
from audobon_cli.backup.repository.object_reader import Failed, ObjectReader, Wanted
from audobon_cli.backup.repository.pack_writer import PackWriter
from audobon_cli.backup.repository.recovery_point import RecoveryPoint
from audobon_cli.backup.repository.repository import Repository, StoredPoint
from audobon_cli.domain.errors import AudobonError, BackupDamaged, BackupIncomplete, InvalidInput
from audobon_cli.domain.events import Listener, Warned, ignore
from audobon_cli.domain.units import plural


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What was copied. ``failed`` are points that the source cannot give whole, and why."""

    copied: tuple[RecoveryPoint, ...]
    present: int
    stored_bytes: int
    failed: tuple[tuple[RecoveryPoint | None, str], ...]

    def error(self) -> AudobonError | None:
        """That some points could not be copied, or None."""
        if not self.failed:
            return None
        return BackupIncomplete(
            f"{plural(len(self.failed), 'recovery point')} cannot be copied, since the source is damaged. "
            f"The first: {self.failed[0][1]}",
            hint="`audobon backup verify --read-data` and `audobon backup repair` on the source, then sync again",
            points=[point.id if point else None for point, _ in self.failed],
        )


def sync(
    source: Repository, target: Repository, dry_run: bool = False, listen: Listener = ignore
) -> SyncReport:
    """Copy the recovery points that ``target`` lacks, oldest first; each is complete there or absent.

    What the target has is not sent again; what is missing there of points that it has is sent, too. The keys of both
    may differ: records are opened and sealed anew. Kill it and run it again: it goes on. Raises what the remotes
    raise.
    """
    if source.config.repository == target.config.repository:
        raise InvalidInput(
            "Both are the same repository.", hint="name two different ones: audobon backup sync FROM TO"
        )
    found, there = list_points(source), list_points(target)
    known = {stored.point.id for stored in there.points}
    missing = [stored for stored in reversed(found.points) if stored.point.id not in known]
    failed: list[tuple[RecoveryPoint | None, str]] = [(None, f"{p.key}: {p.why}") for p in found.problems]
    if dry_run:
        return SyncReport(tuple(s.point for s in missing), len(known), 0, tuple(failed))
    copied: list[RecoveryPoint] = []
    progress = ByteProgress(listen, "copying", sum(stored.point.size_bytes for stored in missing))
    stored_bytes = 0
    catalogue = target.catalogue()
    # What is damaged there would make points that it has lose something: they are looked through again.
    is_hurt = bool(catalogue.problems or catalogue.absent)
    hurt = [stored for stored in found.points if stored.point.id in known] if is_hurt else []
    for problem in catalogue.problems:
        listen(
            Warned(
                f"{problem.key} at {target.remote.address}: {problem.why} `audobon backup repair` removes it."
            )
        )
    with target.writer(catalogue) as writer:
        copying = _Copying(source.reader(), target, writer, progress)
        for stored in missing:
            try:
                copying.point(stored)
                copied.append(stored.point)
            except BackupDamaged as error:
                failed.append((stored.point, f"{stored.point.short}: {error.message}"))
        for stored in hurt:
            try:
                copying.mend(stored)
            except BackupDamaged as error:
                failed.append((stored.point, f"{stored.point.short}: {error.message}"))
        stored_bytes = writer.written.stored_bytes
    if copied or hurt:
        write_roster(target.remote, target.keys)
    progress.finish()
    return SyncReport(tuple(copied), len(known), stored_bytes, tuple(failed))


class _Copying:
    """Copies points one after another into one writer."""

    def __init__(
        self, reader: ObjectReader, target: Repository, writer: PackWriter, progress: ByteProgress
    ) -> None:
        self._reader, self._target, self._writer, self._progress = reader, target, writer, progress

    def point(self, stored: StoredPoint) -> None:
        """Copy one. Raises BackupDamaged, and the target has no such point then."""
        before = self._writer.written.stored_bytes
        draft = Draft(stored.point, self._copy(stored.point))
        added = self._writer.written.stored_bytes - before
        draft = replace(draft, point=replace(draft.point, added_bytes=added))
        publish(self._target, self._writer, draft, lambda: Draft(draft.point, self._copy(draft.point)))

    def mend(self, stored: StoredPoint) -> None:
        """Send what the target has lost of a point that it has. Raises BackupDamaged."""
        self._copy(stored.point)

    def _copy(self, point: RecoveryPoint) -> frozenset[str]:
        """Send what the target lacks; the packs in which everything of the point lies there."""
        object_id = self._target.keys.object_id
        wanted = list(dict.fromkeys(Needs(self._reader).of([point])))
        self._send([one for one in wanted if not self._writer.has(object_id(*one))])
        self._writer.flush()
        locations = (self._writer.catalogue.find(object_id(*one)) for one in wanted)
        return frozenset(location.pack for location in locations if location is not None)

    def _send(self, wanted: Iterable[Wanted]) -> None:
        # One thread reads, so that the same objects come in the same order after a kill.
        for done in self._reader.visit(wanted, self._take, readers=1):
            if isinstance(done, Failed):
                raise done.error

    def _take(self, wanted: Wanted, content: bytes) -> None:
        identity = self._target.keys.object_id(*wanted)
        digest = wanted.digest if wanted.kind is not wanted.kind.PIECES else None
        if not self._writer.has(identity):
            self._writer.add_sealed(
                wanted.kind, identity, self._target.keys.seal(wanted.kind, content, digest, identity)
            )
        self._progress.add(len(content))
