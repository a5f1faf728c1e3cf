"""``audobon privacy erase``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.privacy.sources import privacy_sources
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session


@command("erase", examples=["audobon privacy erase --dry-run", "audobon privacy erase --yes"])
def erase(
    session: Session,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")
    ] = False,
) -> None:
    """Erase logs, metrics, caches, old jobs and calls.

    What is in use stays: jobs that wait, calls that are open. Assets, commits, recovery points and settings stay, too;
    the list says why, and which command removes them. Deleted files may be found on a disk that is not encrypted.
    """
    from audobon_cli.privacy.erase import STAYING, erase_private

    sources = privacy_sources(session)
    if not dry_run:
        what = "logs, metrics, caches, ended jobs and settled calls"
        session.confirm(yes, f"Erase {what} for good?", f"This erases {what} for good")
    parts = erase_private(sources, dry_run)
    data = {
        "dry_run": dry_run,
        "erased": [{"part": one.name, "count": one.count, "what": one.what} for one in parts],
        "staying": [{"what": one.what, "why": one.why, "command": one.command or None} for one in STAYING],
    }

    def view() -> None:
        columns = (
            Column("would go" if dry_run else "erased"),
            Column("count", Kind.NUMBER),
            Column("what", Kind.PROSE),
        )
        session.out.table(columns, [(one.name, one.count, one.what) for one in parts])
        stays = (Column("stays", Kind.PROSE), Column("why", Kind.PROSE), Column("removed by", Kind.PROSE))
        session.out.table(stays, [(one.what, one.why, one.command) for one in STAYING])

    session.out.result(data, view)
    if dry_run:
        session.out.note("Nothing was erased: --dry-run.")
    else:
        session.out.note("The end of this command is the first line of the new log.")
