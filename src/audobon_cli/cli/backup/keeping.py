"""``audobon backup``: pruning, copying, mending, keys and schedules."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.backup.schedules import Every, Schedule, Scheduler, parse_time, schedule_text
from audobon_cli.cli.backup.backup import Models, app
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import (
    Keep,
    RepositoryOptions,
    Unlock,
    Yes,
    ask_passphrase,
    confirm,
    opened,
)
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes

if TYPE_CHECKING:
    from audobon_cli.backup.prune.prune import PruneReport

DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Only show what would be done.")]


@command(
    app,
    "prune",
    examples=[
        "audobon backup prune --keep-daily 7 --keep-weekly 4 --keep-monthly 12 --dry-run",
        "audobon backup prune --keep-last 10 --yes",
        "audobon backup prune --forget 3f2a --yes",
    ],
)
def prune(
    session: Session,
    place: RepositoryOptions,
    keep: Keep,
    forget: Annotated[
        list[str] | None, typer.Option("--forget", metavar="POINT", help="Remove this recovery point.")
    ] = None,
    grace: Annotated[
        float,
        typer.Option(
            "--grace", min=0, metavar="HOURS", help="How long what is no longer needed stays nevertheless."
        ),
    ] = 24.0,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Remove recovery points that need not be kept, then what no other one needs; safe beside running backups."""
    from audobon_cli.backup.opener import find_point
    from audobon_cli.backup.prune.prune import PruneRequest
    from audobon_cli.backup.prune.prune import prune as remove
    from audobon_cli.cli.listening import listening

    retention = keep.retention
    with opened(session, place) as repository:
        named = tuple(find_point(repository, text).point.id for text in forget or ())
        done = remove(repository, PruneRequest(retention, named, grace, dry_run=True))
        if not dry_run:
            if done.removed:
                count = len(done.removed)
                confirm(
                    yes,
                    f"Remove {count} recovery points for good, and keep {len(done.kept)}?",
                    f"This removes {count} recovery points for good",
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
    rows = [("remove", s.point.short, f"{s.point.time:%Y-%m-%d %H:%M:%S}", "") for s in done.removed]
    rows += [
        ("keep", s.point.short, f"{s.point.time:%Y-%m-%d %H:%M:%S}", ", ".join(why)) for s, why in done.kept
    ]
    session.out.result(data, lambda: session.out.table(("", "point", "time (UTC)", "why"), rows))
    would = "would be " if done.dry_run else ""
    session.out.note(
        f"{len(done.removed)} recovery points {would}removed; {format_bytes(found.deleted_bytes)} {would}deleted, "
        f"{format_bytes(found.marked_bytes)} {would}marked for deletion."
    )
    if found.waiting_until is not None:
        session.out.note(
            f"What is marked may go from {found.waiting_until:%Y-%m-%d %H:%M} UTC on: run prune again then."
        )
    if address.startswith("gs://") and found.deleted_packs:
        session.out.note(
            "Buckets with soft delete keep deleted objects, and bill them, for 7 days by default."
        )


@command(
    app,
    "sync",
    examples=["audobon backup sync usb gs://my-bucket/art", "audobon backup sync usb nas --dry-run"],
)
def sync(
    session: Session,
    unlock: Unlock,
    source: Annotated[str, typer.Argument(metavar="FROM", help="A destination to copy from.")],
    target: Annotated[
        str, typer.Argument(metavar="TO", help="A destination to copy to; a repository is there.")
    ],
    from_passphrase_file: Annotated[
        str,
        typer.Option(
            "--from-passphrase-file", metavar="FILE", help="The passphrase of FROM, if it is another."
        ),
    ] = "",
    from_key_file: Annotated[
        str, typer.Option("--from-key-file", metavar="FILE", help="The key file of FROM, if it is another.")
    ] = "",
    dry_run: DryRun = False,
) -> None:
    """Copy the recovery points that TO lacks; what is there already is not sent again."""
    from audobon_cli.backup.opener import SecretFiles
    from audobon_cli.backup.sync import sync as copy
    from audobon_cli.cli.listening import listening

    opener, places = session.workspace.backup, session.workspace.destinations
    theirs = SecretFiles(from_passphrase_file, from_key_file)
    given = theirs if from_passphrase_file or from_key_file else unlock.files
    before = opener.open(places.find(source), given, ask_passphrase)
    after = opener.open(places.find(target), unlock.files, ask_passphrase)
    try:
        with listening(session.out) as listen:
            done = copy(before, after, dry_run, listen)
    finally:
        before.remote.close()
        after.remote.close()
    data = {
        "dry_run": dry_run,
        "copied": [point.summary() for point in done.copied],
        "present": done.present,
        "stored_bytes": done.stored_bytes,
        "failed": [{"id": point.id if point else None, "why": why} for point, why in done.failed],
    }
    session.finish(data, lambda: session.out.lines(point.id for point in done.copied), done.error())
    would = "would be copied" if dry_run else "copied"
    session.out.note(
        f"{len(done.copied)} recovery points {would}, {done.present} were there; "
        f"{format_bytes(done.stored_bytes)} sent."
    )


@command(app, "repair", examples=["audobon backup repair", "audobon backup repair --drop-damaged --json"])
def repair(
    session: Session,
    place: RepositoryOptions,
    models: Models = False,
    drop_damaged: Annotated[
        bool, typer.Option("--drop-damaged", help="Remove recovery points that cannot be read at all.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Read everything, and put back what is damaged or missing as far as the library still has it."""
    from audobon_cli.backup.check.repair import RepairRequest
    from audobon_cli.backup.check.repair import repair as mend
    from audobon_cli.cli.backup.checking import verify_data
    from audobon_cli.cli.listening import listening

    if drop_damaged:
        confirm(yes, "Remove recovery points that cannot be read?", "This removes recovery points for good")
    workspace = session.workspace
    request = RepairRequest(workspace.backup.extras(models), drop_damaged)
    with opened(session, place) as repository, listening(session.out) as listen:
        done = mend(repository, workspace.library, request, workspace.working_folder, listen)
    data = {
        "before": verify_data(done.before),
        "after": verify_data(done.after),
        "replaced_packs": done.replaced_packs,
        "stored_bytes": done.stored_bytes,
        "dropped": list(done.dropped_points),
    }

    def view() -> None:
        for problem in done.before.problems:
            session.out.line(f"{problem.key}: {problem.why}")
        for bad in done.after.damaged:
            session.out.line(f"recovery point {bad.point.point.short} still loses {len(bad.blobs)} pictures")
            session.out.lines(f"  {what}" for what in bad.other)

    session.finish(data, view, done.error())
    session.out.note(
        "All is well." if done.before.clean else f"{format_bytes(done.stored_bytes)} written anew."
    )


@command(app, "unlock", examples=["audobon backup unlock"])
def unlock(session: Session, place: RepositoryOptions) -> None:
    """End the lease of a process that died; never necessary, as leases end by themselves, and never harmful."""
    from audobon_cli.backup.repository.lease import break_lease

    remote = session.workspace.backup.remote(place.destination(session))
    holder = break_lease(remote)
    remote.close()
    data = {
        "held": holder is not None,
        "host": holder.host if holder else None,
        "what": holder.what if holder else None,
    }
    words = f"The lease of {holder.what} on {holder.host} is ended." if holder else "Nobody held a lease."
    session.out.result(data, lambda: session.out.line(words))


@command(
    app,
    "schedule",
    examples=["audobon backup schedule", "audobon backup schedule --for cron --every hourly --dest usb"],
)
def schedule(
    session: Session,
    place: RepositoryOptions,
    scheduler: Annotated[
        Scheduler | None, typer.Option("--for", help="Whose entry; the system's own otherwise.")
    ] = None,
    every: Annotated[Every, typer.Option("--every", help="How often.")] = Every.DAILY,
    at: Annotated[str, typer.Option("--at", metavar="HH:MM", help="At what time of day.")] = "03:17",
) -> None:
    """Print an entry for the system's scheduler that runs `backup create`; nothing is installed."""
    own = {"darwin": Scheduler.LAUNCHD, "win32": Scheduler.WINDOWS}.get(sys.platform, Scheduler.SYSTEMD)
    options = [
        ("--dest", place.dest),
        ("--passphrase-file", place.passphrase_file),
        ("--key-file", place.key_file),
    ]
    words = [sys.executable, "-m", "audobon_cli", "backup", "create", "--quiet"]
    for option, value in options:
        if value:
            is_path = option != "--dest" or Path(value).expanduser().exists()
            words += [option, str(Path(value).expanduser().absolute()) if is_path else value]
    chosen = scheduler or own
    text = schedule_text(Schedule(tuple(words), str(Path.cwd()), every, *parse_time(at)), chosen)
    session.out.result({"for": chosen.value, "text": text}, lambda: session.out.line(text.rstrip()))
    session.out.note(
        "Nobody is there to type a passphrase: name a --passphrase-file or --key-file here or in the settings."
    )
