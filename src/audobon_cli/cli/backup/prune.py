"""``audobon backup prune``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.backup.options import DryRun
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import Keep, RepositoryOptions, Yes, opened
from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, plural

if TYPE_CHECKING:
    from audobon_cli.backup.prune.prune import PruneReport
    from audobon_cli.backup.retention import Retention

COLUMNS = (Column(""), Column("point"), Column("made", Kind.TIME), Column("why", Kind.PROSE))


@command(
    "prune",
    examples=[
        "audobon backup prune --keep-daily 7 --keep-weekly 4 --keep-monthly 12 --dry-run",
        "audobon backup prune --keep-last 10 --yes",
    ],
)
def prune(
    session: Session,
    place: RepositoryOptions,
    keep: Keep,
    forget: Annotated[
        list[str] | None,
        typer.Option("--forget", metavar="POINT", help="Remove this recovery point.", hidden=True),
    ] = None,
    grace: Annotated[
        float,
        typer.Option("--grace", min=0, metavar="HOURS", help="Grace period: how long unused data stays."),
    ] = 24.0,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Remove old recovery points, then unused data.

    Safe beside running backups.
    """
    remove_points(session, place, keep.retention, forget or (), grace, dry_run=dry_run, yes=yes)


def remove_points(
    session: Session,
    place: RepositoryOptions,
    retention: "Retention | None",
    points: Sequence[str],
    grace: float,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    """Remove the recovery points that ``retention`` does not keep, and those in ``points``, once that is confirmed."""
    from audobon_cli.backup.opener import find_point
    from audobon_cli.backup.prune.prune import PruneRequest
    from audobon_cli.backup.prune.prune import prune as remove
    from audobon_cli.cli.listening import listening

    with opened(session, place) as repository:
        named = tuple(find_point(repository, text).point.id for text in points)
        done = remove(repository, PruneRequest(retention, named, grace, dry_run=True))
        if not dry_run:
            if done.removed:
                points = plural(len(done.removed), "recovery point")
                session.confirm(
                    yes,
                    f"Permanently remove {points}, and keep {len(done.kept)}?",
                    f"This permanently removes {points}",
                    hint="; --dry-run shows which",
                )
            with listening(session.out) as listen:
                done = remove(repository, PruneRequest(retention, named, grace), listen)
    _show_pruned(session, done, repository.remote.address)


def _show_pruned(session: Session, done: "PruneReport", address: str) -> None:
    found = done.collected
    data = {
        "dry_run": done.dry_run,
        "removed": [stored.point.summary() for stored in done.removed],
        "kept": [{**stored.point.summary(), "reasons": list(reasons)} for stored, reasons in done.kept],
        "deleted_packs": found.deleted_packs,
        "deleted_bytes": found.deleted_bytes,
        "copied_bytes": found.copied_bytes,
        "marked_packs": found.marked_packs,
        "marked_bytes": found.marked_bytes,
        "waiting_packs": found.waiting_packs,
        "waiting_until": found.waiting_until.isoformat() if found.waiting_until else None,
        "retained_packs": found.retained_packs,
    }
    verdicts = [("remove", stored, "") for stored in done.removed]
    verdicts += [("keep", stored, ", ".join(why)) for stored, why in done.kept]
    rows = [(word, Both(s.point.short, s.point.id), s.point.time, why) for word, s, why in verdicts]
    session.out.result(data, lambda: session.out.table(COLUMNS, rows, {"remove": "red"}))
    would = "would be " if done.dry_run else ""
    session.out.note(
        f"{plural(len(done.removed), 'recovery point')} {would}removed; "
        f"{format_bytes(found.deleted_bytes)} {would}deleted, "
        f"{format_bytes(found.marked_bytes)} {would}marked for deletion."
    )
    if found.waiting_until is not None:
        session.out.note(
            f"What is marked may go from {found.waiting_until.astimezone():%Y-%m-%d %H:%M} on: run prune again then."
        )
    if address.startswith("gs://") and found.deleted_packs:
        session.out.note(
            "Buckets with soft delete keep deleted objects, and bill them, for 7 days by default."
        )
