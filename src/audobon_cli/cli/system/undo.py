"""``audobon undo``."""

from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import Yes
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_time

if TYPE_CHECKING:
    from audobon_cli.history.last_change import LastChange


@command("undo", examples=["audobon undo", "audobon undo --dry-run", "audobon undo --yes"])
def undo(
    session: Session,
    yes: Yes = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")
    ] = False,
) -> None:
    """Undo the last change of the library, after asking.

    That is the last command that trashed, restored, renamed, moved, tagged, rated or noted assets, or the last
    `version` command, such as a commit. Again: the one before it. Nothing is deleted by it.
    """
    from audobon_cli.history.last_change import last_change, undo_last

    library = session.workspace.library
    change = last_change(library)
    words = _words(change)
    if not dry_run:
        session.confirm(yes, f"Undo {words}?", f"This undoes {words}")
        undo_last(library, change)
    data = {
        "undone": change.command,
        "time": change.time.isoformat(),
        "assets": list(change.names),
        "count": change.count,
        "dry_run": dry_run,
    }
    session.out.result(data, lambda: session.out.line(f"{'Would undo' if dry_run else 'Undid'} {words}."))


def _words(change: "LastChange") -> str:
    """The change by its command, its assets and its time."""
    more = change.count - len(change.names)
    names = [*change.names, *([f"{more} more"] if more > 0 else [])]
    listed = " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
    of = f" of {listed}" if listed else ""
    return f"`{change.command}`{of} ({format_time(change.time)})"
