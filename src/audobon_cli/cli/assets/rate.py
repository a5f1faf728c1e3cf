"""``audobon assets rate`` and ``note``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import Assets
from audobon_cli.cli.assets.views import changed_result
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput


@command(
    "rate",
    examples=["audobon assets rate red_dragon --stars 5", "audobon assets rate tag:wip --stars none"],
)
def rate(
    session: Session,
    assets: Assets,
    stars: Annotated[str, typer.Option("--stars", help="0 to 5, or none.")],
) -> None:
    """Rate assets from 0 to 5."""
    from audobon_cli.library.organize import rate as rate_assets
    from audobon_cli.library.select import select_assets

    if stars != "none" and not (stars.isascii() and stars.isdigit() and len(stars) == 1):
        raise InvalidInput(f"{stars!r} is no rating.", hint="rate from 0 to 5, or `none`")
    library = session.workspace.library
    rating = None if stars == "none" else int(stars)
    changed_result(session, rate_assets(library, select_assets(library, assets), rating), "rated")


@command("note", examples=['audobon assets note red_dragon -m "for the second level"'])
def note(
    session: Session,
    assets: Assets,
    text: Annotated[str, typer.Option("--message", "-m", help="The note; empty removes it.")],
) -> None:
    """Write a note on assets; searches find its words."""
    from audobon_cli.library.organize import annotate
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    changed_result(session, annotate(library, select_assets(library, assets), text), "noted")
