"""``audobon backup``: make a repository, back up to it, look at it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.backup import views as views
from audobon_cli.cli.backup.cloud_options import Cloud
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import (
    PointArgument,
    RepositoryOptions,
    Unlock,
    ask_new_passphrase,
    ask_passphrase,
    opened,
)
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, format_seconds

if TYPE_CHECKING:
    from audobon_cli.backup.create.point import BackupReport

app = typer.Typer(no_args_is_help=True, help="Back up the library to a folder or to Google Cloud Storage.")

Models = Annotated[
    bool,
    typer.Option(
        "--models", help="Also models: local ones with their files, others by where they come from."
    ),
]


@command(
    app,
    "create",
    examples=["audobon backup create", "audobon backup create --dest /mnt/usb/audobon --models --json"],
)
def create(
    session: Session,
    place: RepositoryOptions,
    models: Models = False,
    note: Annotated[str, typer.Option("--note", "-m", help="A word on why, shown in lists.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Only show what would be sent, and what it would cost.")
    ] = False,
) -> None:
    """Back up the whole library as it is now; nothing is sent twice, and nothing where nothing has changed."""
    from audobon_cli.backup.create.backup import BackupRequest, back_up, precheck

    opener, destination = session.workspace.backup, place.destination(session)
    remote = opener.remote(destination)
    try:
        standing = precheck(opener, remote, session.workspace.existing_library_path, models)
    finally:
        remote.close()
    if standing.unchanged is not None and not dry_run:
        _show_unchanged(session, standing.unchanged)
        return
    from audobon_cli.cli.listening import listening

    if dry_run:
        _foresee(session, place, models)
        return
    request = BackupRequest(destination, place.files, models, note)
    opening = opener.unlocking(destination, place.files, ask_passphrase)
    try:
        with listening(session.out) as listen:
            created = back_up(opener, request, opening, session.workspace.library, standing, listen)
    finally:
        opening.close()
    if created.unchanged:
        _show_unchanged(session, created.point.summary())
        return
    _show_created(session, created)


def _foresee(session: Session, place: RepositoryOptions, models: bool) -> None:
    from audobon_cli.backup.create.dry_run import foresee_backup
    from audobon_cli.cli.listening import listening

    workspace = session.workspace
    with opened(session, place) as repository, listening(session.out) as listen:
        found = foresee_backup(repository, workspace.library, workspace.backup.extras(models), listen)
    session.out.result(views.foreseen_data(found), lambda: views.show_foreseen(session.out, found))


def _show_unchanged(session: Session, summary: dict[str, Any]) -> None:
    data = {
        "point": summary,
        "unchanged": True,
        "added_files": 0,
        "added_bytes": 0,
        "stored_bytes": 0,
        "seconds": 0.0,
    }
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
        f"{created.point.blob_count} files, {format_bytes(created.point.size_bytes)}; "
        f"{format_bytes(created.stored_bytes)} were new, in {format_seconds(created.seconds)}."
    )


@command(app, "list", examples=["audobon backup list", "audobon backup list --json --dest /mnt/usb/audobon"])
def list_(session: Session, place: RepositoryOptions) -> None:
    """List recovery points, newest first."""
    from audobon_cli.backup.list_points import list_points

    with opened(session, place) as repository:
        found = list_points(repository)
    data = {
        "address": repository.remote.address,
        "points": [stored.point.summary() for stored in found.points],
        "problems": [{"object": problem.key, "why": problem.why} for problem in found.problems],
    }
    session.finish(data, lambda: views.show_points(session.out, found.points), found.error())
    if not found.points:
        session.out.note("No recovery point yet. `audobon backup create` makes one.")


@command(app, "show", examples=["audobon backup show", "audobon backup show 3f2a --files --json"])
def show(
    session: Session,
    place: RepositoryOptions,
    point: PointArgument = "latest",
    files: Annotated[bool, typer.Option("--files", help="Also list every stored picture.")] = False,
) -> None:
    """Show what a recovery point holds."""
    from audobon_cli.backup.list_points import look_into
    from audobon_cli.backup.opener import find_point

    with opened(session, place) as repository:
        stored = find_point(repository, point, session.workspace.library_path)
        blobs = look_into(repository, stored) if files else []
    data = {**stored.point.summary(), **views.point_details(stored.point)}
    if files:
        data["blobs"] = [{"blob": file.digest.hex(), "size_bytes": file.size_bytes} for file in blobs]

    def view() -> None:
        views.show_point(session.out, stored.point)
        session.out.lines(f"{file.digest.hex()}  {file.size_bytes}" for file in blobs)

    session.out.result(data, view)


@command(app, "diff", examples=["audobon backup diff 3f2a latest", "audobon backup diff 3f2a --json"])
def diff(
    session: Session, place: RepositoryOptions, before: PointArgument, after: PointArgument = "latest"
) -> None:
    """Show which assets differ between two recovery points."""
    from audobon_cli.backup.list_points import compare_points
    from audobon_cli.backup.opener import find_point

    with opened(session, place) as repository:
        working = session.workspace.working_folder
        library = session.workspace.library_path
        old, new = (find_point(repository, text, library) for text in (before, after))
        found = compare_points(repository, old, new, working)
    data = {
        "before": found.before.id,
        "after": found.after.id,
        "added": [views.asset_data(one) for one in found.added],
        "removed": [views.asset_data(one) for one in found.removed],
        "changed": [views.asset_data(one) for one in found.changed],
    }
    session.out.result(data, lambda: views.show_diff(session.out, found))
    session.out.note(f"{len(found.added)} added, {len(found.changed)} changed, {len(found.removed)} gone.")


@command(
    app,
    "init",
    examples=[
        "audobon backup init /mnt/usb/audobon --name usb",
        "audobon backup init gs://my-bucket/art --passphrase-file secret.txt",
        "audobon backup init ../backup --key-file backup.key",
    ],
)
def init(
    session: Session,
    unlock: Unlock,
    cloud: Cloud,
    dest: Annotated[str, typer.Argument(metavar="DEST", help="A folder, or gs://BUCKET/FOLDER.")],
    name: Annotated[
        str,
        typer.Option("--name", help="Keep it in the settings under this name; the first is called main."),
    ] = "",
    default: Annotated[bool, typer.Option("--default", help="With --name: make it the default one.")] = False,
    no_encryption: Annotated[
        bool, typer.Option("--no-encryption", help="Do not encrypt: whoever can read DEST reads everything.")
    ] = False,
) -> None:
    """Make a backup repository. Without its passphrase or key file nobody can ever read it: keep a copy of that."""
    from audobon_cli.backup.destinations import Destination
    from audobon_cli.backup.init import InitFiles, InitRequest, init_repository

    workspace = session.workspace
    destination = Destination(
        dest,
        name,
        storage_class=cloud.storage_class,
        kms_key=cloud.kms_key,
        project=cloud.project,
        impersonate=cloud.impersonate,
        credentials_file=cloud.credentials_file,
        bandwidth=cloud.bandwidth,
    )
    request = InitRequest(destination, default, unlock.files, not no_encryption, cloud.lifecycle)
    files = InitFiles(workspace.locations.settings_file, workspace.library_path)
    made = init_repository(workspace.backup, workspace.destinations, request, files, ask_new_passphrase)
    data = {
        "address": made.address,
        "repository": made.repository,
        "encrypted": made.encrypted,
        "name": made.name or None,
        "settings_file": str(made.settings_file) if made.settings_file else None,
        "key_file": str(made.key_file) if made.key_file else None,
        "lifecycle_rules_added": made.lifecycle_rules,
    }
    session.out.result(data, lambda: session.out.line(made.address))
    if made.key_file:
        session.out.note(f"Made the key file {made.key_file}: keep a copy of it elsewhere than the backup.")
    if not made.encrypted:
        session.out.warn(
            "NOT ENCRYPTED: whoever can read the destination can read every picture, prompt and setting."
        )
    if made.notes:
        for note in made.notes:
            session.out.note(note)
    if made.settings_file:
        session.out.note(f"{made.name} is in {made.settings_file}.")


@command(app, "status", examples=["audobon backup status", "audobon backup status --json"])
def status(session: Session, place: RepositoryOptions) -> None:
    """Show how old the last backup is and whether something has changed since, without opening the repository."""
    from audobon_cli.backup.status import destination_status

    workspace = session.workspace
    known = workspace.destinations
    chosen = (
        [place.destination(session)] if place.dest is not None or not known.named else [*known.named.values()]
    )
    library = workspace.existing_library_path
    found = [
        destination_status(workspace.backup, one, one.name == known.default != "", library) for one in chosen
    ]
    session.out.result(
        {"destinations": [views.status_data(one) for one in found]},
        lambda: views.show_status(session.out, found),
    )
