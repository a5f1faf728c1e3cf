"""``audobon assets move``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import Assets
from audobon_cli.cli.assets.views import changed_result
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command(
    "move",
    examples=[
        "audobon assets move red_dragon --category characters/enemies",
        'audobon assets move in:old --category ""',
    ],
)
def move(
    session: Session,
    assets: Assets,
    to: Annotated[
        str,
        typer.Option("--category", "-c", metavar="CATEGORY", help='Such as characters/enemies; "" for none.'),
    ],
) -> None:
    """Put assets into a category."""
    from audobon_cli.library.organize import move as move_assets
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    changed_result(session, move_assets(library, select_assets(library, assets), to), "moved")
