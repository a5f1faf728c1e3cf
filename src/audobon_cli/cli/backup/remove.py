"""``audobon backup remove``."""

from typing import Annotated

import typer

from audobon_cli.cli.backup.options import DryRun
from audobon_cli.cli.backup.prune import remove_points
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import RepositoryOptions, Yes
from audobon_cli.cli.session import Session


@command(
    "remove",
    examples=["audobon backup remove 3f2a --dry-run", "audobon backup remove 3f2a 713c --repo usb --yes"],
)
def remove(
    session: Session,
    place: RepositoryOptions,
    points: Annotated[
        list[str], typer.Argument(metavar="POINT...", help="Recovery points, by id or its first characters.")
    ],
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Permanently remove recovery points.

    What only they needed is marked, and deleted by the first `backup prune` that runs 24 hours later.
    """
    remove_points(session, place, None, points, 24.0, dry_run=dry_run, yes=yes)
