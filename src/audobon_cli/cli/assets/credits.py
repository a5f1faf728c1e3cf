"""``audobon assets credits``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import QUERY_HELP
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command(
    "credits", examples=["audobon assets credits cute_dragon", "audobon assets credits tag:final --json"]
)
def credits_(
    session: Session,
    assets: Annotated[list[str], typer.Argument(metavar="ASSETS...", help=QUERY_HELP)],
) -> None:
    """List whose drawings pictures are composed of.

    With the licences of those drawings.

    MIT and Apache-2.0 ask that these lines go with copies of the drawings: put them into your game's credits. Pictures
    drawn from words alone owe what the card of their model says.
    """
    from audobon_cli.exemplars.credits import credits_of
    from audobon_cli.exemplars.store import ExemplarStore
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    chosen = select_assets(library, assets)
    found = credits_of(library, chosen, ExemplarStore())
    data = {
        "assets": [asset.id for asset in chosen],
        "credits": [
            {
                "hand": one.hand,
                "licence": one.licence,
                "attribution": one.attribution,
                "things": list(one.things),
                "assets": list(one.assets),
            }
            for one in found.owed
        ],
        "unread": list(found.unread),
    }

    def view() -> None:
        rows = [(one.attribution, one.licence, ", ".join(one.things)) for one in found.owed]
        session.out.table(("drawn by", "licence", "things"), rows)

    session.out.result(data, view)
    for asset in found.unread:
        session.out.note(f"{asset}: this version cannot read its recipe, so that what it owes is not known.")
