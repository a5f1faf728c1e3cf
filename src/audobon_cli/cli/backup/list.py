"""``audobon backup list``."""

from audobon_cli.cli.backup import views
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import RepositoryOptions, opened
from audobon_cli.cli.session import Session


@command("list", examples=["audobon backup list", "audobon backup list --json --dest /mnt/usb/audobon"])
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
