"""``audobon assets open``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import One
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("open", examples=["audobon assets open red_dragon", "audobon assets open red_dragon --print"])
def open_(
    session: Session,
    asset: One,
    show: Annotated[bool, typer.Option("--print", help="Print the path of the copy; open nothing.")] = False,
) -> None:
    """Open a copy of an asset in its usual program."""
    from audobon_cli.library.export import copy_to_open
    from audobon_cli.library.select import select_one

    library = session.workspace.library
    path = copy_to_open(library, select_one(library, asset), session.workspace.locations.cache / "opened")
    if not show and typer.launch(str(path)) != 0:
        session.out.warn("no program here opens it; the copy lies at the path above")
    session.out.result({"path": str(path)}, view=lambda: session.out.line(str(path)))
