"""``audobon init``: make a project's library."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("init", examples=["audobon init", "audobon init ~/games/dungeon"])
def init(
    session: Session,
    folder: Annotated[Path, typer.Argument(help="The project's folder.")] = Path("."),
) -> None:
    """Create a library for the project in a folder.

    It lies in `.audobon`; commands that run in the folder, or below it, use it.
    """
    from audobon_cli.library.init import initialise

    made = initialise(folder.expanduser())
    words = "Made the library" if made.created else "There was a library already:"
    session.out.result(
        {"path": str(made.path), "created": made.created},
        view=lambda: session.out.line(f"{words} {made.path}"),
    )
