"""``audobon version undo``."""

from typing import Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session

COLUMNS = (
    Column("number", Kind.NUMBER),
    Column("time", Kind.TIME),
    Column("operation", Kind.NAME),
    Column("state"),
)


@command("undo", examples=["audobon version undo", "audobon version undo --list"])
def undo(
    session: Session,
    list_all: Annotated[bool, typer.Option("--list", help="List the operations that can be undone.")] = False,
) -> None:
    """Undo the last `version` command.

    Again: the one before it. Nothing is lost. `audobon undo` undoes the last change of any kind.
    """
    from audobon_cli.history import undo as undoing

    library = session.workspace.library
    if list_all:
        found = undoing.operations(library)
        data = {"operations": [_operation(entry) for entry in found]}
        rows = [
            (
                entry.number,
                entry.time,
                entry.command,
                "undone" if entry.undone else "",
            )
            for entry in found
        ]
        session.out.listing(data, lambda: session.out.table(COLUMNS, rows))
        return
    taken_back = undoing.undo(library)
    session.out.result({"operation": _operation(taken_back)}, lambda: None)
    session.out.note(f"Undid {taken_back.command}.")


def _operation(entry: Any) -> dict[str, Any]:
    return {
        "number": entry.number,
        "time": entry.time.isoformat(),
        "command": entry.command,
        "undone": entry.undone,
    }
