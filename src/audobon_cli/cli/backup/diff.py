"""``audobon backup diff``."""

from audobon_cli.cli.backup import views
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import PointArgument, RepositoryOptions, opened
from audobon_cli.cli.session import Session


@command("diff", examples=["audobon backup diff 3f2a latest", "audobon backup diff 3f2a --json"])
def diff(
    session: Session, place: RepositoryOptions, before: PointArgument, after: PointArgument = "latest"
) -> None:
    """Compare two recovery points."""
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
