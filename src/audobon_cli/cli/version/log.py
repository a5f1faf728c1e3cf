"""``audobon version log``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version import views
from audobon_cli.cli.version.options import Revision


@command("log", examples=["audobon version log", "audobon version log flat --limit 5 --json"])
def log(
    session: Session,
    revision: Revision = "HEAD",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Show at most this many.")] = 20,
    asset: Annotated[
        str | None, typer.Option("--asset", help="Only commits that changed this asset.")
    ] = None,
) -> None:
    """List commits, newest first."""
    from audobon_cli.history import commits
    from audobon_cli.history.arguments import find_asset

    library = session.workspace.library
    wanted = None if asset is None else find_asset(library, asset)
    found = commits.log(library, revision, limit, wanted)
    data = {"commits": [views.commit_data(entry.id, entry.commit, entry.refs) for entry in found]}
    session.out.listing(data, lambda: views.show_log(session.out, found))
    if not found:
        session.out.note("No commit yet. `audobon version commit -m TEXT` makes one.")
