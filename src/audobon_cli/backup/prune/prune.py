"""Removing recovery points, and then what no other one needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from audobon_cli.backup.prune.collect import Collector, GcReport
from audobon_cli.backup.repository.cleanup import discard
from audobon_cli.backup.repository.disk_reserve import ReserveRemote
from audobon_cli.backup.repository.inventory import write_roster
from audobon_cli.backup.repository.lease import leased, remote_now
from audobon_cli.backup.repository.problems import Problem
from audobon_cli.backup.repository.repository import POINTS, Repository, StoredPoint
from audobon_cli.backup.retention import Retention, points_to_keep
from audobon_cli.domain.errors import BackupClock, BackupDamaged, InvalidInput, RemoteFull, RemoteRefused
from audobon_cli.domain.events import Listener, Warned, ignore
from audobon_cli.remotes.base import Remote

CLOCK_TOLERANCE = timedelta(days=1)
DEFAULT_GRACE_HOURS = 24.0


@dataclass(frozen=True, slots=True)
class PruneRequest:
    """What to keep: by ``retention``, less the points ``forget`` names. ``grace_hours``: how long what is no longer
    needed stays, so that a mistake is noticed in time and slow stores settle."""

    retention: Retention | None = None
    forget: tuple[str, ...] = ()
    grace_hours: float = DEFAULT_GRACE_HOURS
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class PruneReport:
    """What a prune did, or with ``dry_run`` would do."""

    removed: tuple[StoredPoint, ...]
    kept: tuple[tuple[StoredPoint, tuple[str, ...]], ...]
    collected: GcReport
    dry_run: bool


def _about_now(remote: Remote) -> datetime:
    """The time for finding out what would be deleted; where nothing can be written by this computer's clock."""
    try:
        return remote_now(remote)
    except (RemoteRefused, RemoteFull):
        return datetime.now(UTC)


def prune(repository: Repository, request: PruneRequest, listen: Listener = ignore) -> PruneReport:
    """Remove recovery points, delete what earlier runs marked, and mark what is no longer needed.

    Safe beside backups, restores and other prunes, and to be killed at any moment. Needs no free space where there is
    a reserve. Raises BackupBusy, BackupClock, BackupDamaged when something that must be known cannot be read, and what
    the remote raises.
    """
    if request.retention is not None and request.retention.keeps_nothing:
        raise InvalidInput("That would keep no recovery point at all.", hint="add --keep-last 1, or more")
    repository = replace(repository, remote=ReserveRemote(repository.remote))
    remote = repository.remote
    if request.dry_run:
        points = readable_points(repository)
        removed, kept = _choose(points, request)
        collector = Collector(repository, _about_now(remote), request.grace_hours)
        return PruneReport(tuple(removed), tuple(kept), collector.foresee(_without(points, removed)), True)
    with leased(remote, "prune") as lease:
        now = remote_now(remote)
        collector = Collector(repository, now, request.grace_hours, lease, listen)
        collector.finish_intents()
        points = readable_points(repository)
        removed, kept = _choose(points, request)
        refuse_future((stored for stored in points if stored.point.id not in request.forget), now)
        if removed:
            keys = [POINTS + stored.name for stored in removed]
            write_roster(remote, repository.keys, keys)
            for key in keys:
                lease.check()
                if not discard(remote, key) and remote.stat(key) is not None:
                    listen(Warned(f"{key} stays for now: a retention rule of the destination keeps it."))
        collected = collector.collect()
        try:
            if repository.reserve:
                repository.refill_reserve()
        except RemoteFull:
            listen(Warned("There is no room to put the reserve back; the next prune tries again."))
    return PruneReport(tuple(removed), tuple(kept), collected, False)


def readable_points(repository: Repository) -> list[StoredPoint]:
    """All recovery points. Raises BackupDamaged if one cannot be read: what it needs would be deleted."""
    points = []
    for found in repository.points():
        if isinstance(found, Problem):
            raise BackupDamaged(
                f"{found.key} cannot be read, so what it needs is not known: {found.why}",
                hint="`audobon backup repair --drop-damaged` removes recovery points that cannot be read",
                object=found.key,
            )
        points.append(found)
    return points


def refuse_future(points: Iterable[StoredPoint], now: datetime) -> None:
    """Raise BackupClock if a recovery point is from the future, or this machine's clock contradicts the remote's."""
    here = datetime.now(UTC)
    if abs(here - now) > CLOCK_TOLERANCE:
        raise BackupClock(
            f"The clock of this machine says {here:%Y-%m-%d %H:%M} UTC, that of the destination {now:%Y-%m-%d %H:%M}.",
            hint="set the clock that is wrong, then run the same command again; nothing was removed",
        )
    for stored in points:
        if stored.point.time - now > CLOCK_TOLERANCE:
            raise BackupClock(
                f"The recovery point {stored.point.short} is from the future ({stored.point.time:%Y-%m-%d %H:%M} UTC).",
                hint="set this machine's clock; if the point was made by a wrong one, "
                f"`audobon backup remove {stored.point.short}`",
                point=stored.point.id,
            )


def _choose(
    points: list[StoredPoint], request: PruneRequest
) -> tuple[list[StoredPoint], list[tuple[StoredPoint, tuple[str, ...]]]]:
    """The points to remove, and those to keep with the reasons."""
    forget = set(request.forget)
    if request.retention is None:
        reasons: dict[str, tuple[str, ...]] = {stored.point.id: ("not named",) for stored in points}
    else:
        reasons = points_to_keep(
            request.retention, (stored.point for stored in points if stored.point.id not in forget)
        )
    removed = [stored for stored in points if stored.point.id not in reasons or stored.point.id in forget]
    gone = {stored.name for stored in removed}
    return removed, [(stored, reasons[stored.point.id]) for stored in points if stored.name not in gone]


def _without(points: Sequence[StoredPoint], removed: Sequence[StoredPoint]) -> list[StoredPoint]:
    gone = {stored.name for stored in removed}
    return [stored for stored in points if stored.name not in gone]
