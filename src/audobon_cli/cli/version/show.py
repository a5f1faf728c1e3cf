"""``audobon version show``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version import views
from audobon_cli.cli.version.options import Revision
from audobon_cli.domain.units import format_exact_time, plural


@command("show", examples=["audobon version show HEAD", "audobon version show v1 --json"])
def show(session: Session, revision: Revision = "HEAD") -> None:
    """Show a commit and what it changed."""
    from audobon_cli.history import commits

    found = commits.show(session.workspace.library, revision)
    logged = found.logged
    data = {
        "commit": views.commit_data(logged.id, logged.commit, logged.refs),
        "assets": found.assets,
        "changes": [views.change_data(change) for change in found.changes],
    }

    def view() -> None:
        session.out.line(f"commit {logged.id}")
        session.out.line(f"by {logged.commit.author}, {format_exact_time(logged.commit.time)}")
        session.out.line(f"{plural(found.assets, 'asset')}, {len(found.changes)} changed")
        session.out.line(logged.commit.message)
        views.show_changes(session.out, found.changes)

    session.out.result(data, view)
