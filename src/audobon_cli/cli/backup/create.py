"""``audobon backup create``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.backup import views
from audobon_cli.cli.backup.options import Models
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import RepositoryOptions, ask_passphrase, opened
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, format_seconds, plural

if TYPE_CHECKING:
    from audobon_cli.backup.create.point import BackupReport


@command(
    "create",
    examples=["audobon backup create", "audobon backup create --dest /mnt/usb/audobon --models --json"],
)
def create(
    session: Session,
    place: RepositoryOptions,
    models: Models = False,
    note: Annotated[str, typer.Option("--message", "-m", help="A note, shown by `backup list`.")] = "",
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", "-n", help="Show what would be sent and what it would cost; send nothing."),
    ] = False,
) -> None:
    """Back up the whole library as it is now.

    Nothing is sent twice, and nothing at all where nothing has changed.
    """
    from audobon_cli.backup.create.backup import BackupRequest, back_up, precheck, still_serves

    opener, destination = session.workspace.backup, place.destination(session)
    remote = opener.remote(destination)
    try:
        standing = precheck(opener, remote, session.workspace.existing_library_path, models)
    finally:
        remote.close()
    if dry_run:
        _foresee(session, place, models)
        return
    from audobon_cli.cli.listening import listening

    request = BackupRequest(destination, place.files, models, note)
    opening = opener.unlocking(destination, place.files, ask_passphrase)
    try:
        if standing.unchanged is not None and still_serves(opener, opening, standing):
            _show_unchanged(session, standing.unchanged)
            return
        with listening(session.out) as listen:
            created = back_up(opener, request, opening, session.workspace.library, standing, listen)
    finally:
        opening.close()
    if created.unchanged:
        _show_unchanged(session, created.point.summary(), created.stored_bytes)
        return
    _show_created(session, created)


def _foresee(session: Session, place: RepositoryOptions, models: bool) -> None:
    from audobon_cli.backup.create.dry_run import foresee_backup
    from audobon_cli.cli.listening import listening

    workspace = session.workspace
    with opened(session, place) as repository, listening(session.out) as listen:
        found = foresee_backup(repository, workspace.library, workspace.backup.extras(models), listen)
    session.out.result(views.foreseen_data(found), lambda: views.show_foreseen(session.out, found))


def _show_unchanged(session: Session, summary: dict[str, Any], stored_bytes: int = 0) -> None:
    data = {
        "point": summary,
        "unchanged": True,
        "added_files": 0,
        "added_bytes": 0,
        "stored_bytes": stored_bytes,
        "seconds": 0.0,
    }
    if stored_bytes:
        session.out.warn(
            f"The destination had lost something of it; {format_bytes(stored_bytes)} were written again."
        )
    session.out.result(data, lambda: session.out.line(summary["id"]))
    session.out.note(
        f"Nothing has changed since {summary['time'][:19]} UTC; that recovery point holds everything."
    )


def _show_created(session: Session, created: "BackupReport") -> None:
    data = {
        "point": created.point.summary(),
        "unchanged": False,
        "added_files": created.added_files,
        "added_bytes": created.added_bytes,
        "stored_bytes": created.stored_bytes,
        "seconds": round(created.seconds, 3),
    }
    session.finish(data, lambda: session.out.line(created.point.id), created.error())
    session.out.note(
        f"{plural(created.point.blob_count, 'file')}, {format_bytes(created.point.size_bytes)}; "
        f"{format_bytes(created.stored_bytes)} were new, in {format_seconds(created.seconds)}."
    )
