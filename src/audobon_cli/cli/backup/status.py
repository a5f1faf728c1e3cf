"""``audobon backup status``."""

from audobon_cli.cli.backup import views
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import RepositoryOptions
from audobon_cli.cli.session import Session


@command("status", examples=["audobon backup status", "audobon backup status --json"])
def status(session: Session, place: RepositoryOptions) -> None:
    """Show how old the last backup is.

    Says too whether something has changed since. The repository is not opened.
    """
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
        {"destinations": [one.to_dict() for one in found]},
        lambda: views.show_status(session.out, found),
    )
