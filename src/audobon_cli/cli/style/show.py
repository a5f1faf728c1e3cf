"""``audobon style show``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.style.views import Overwrite, Report, library_of


@command("show", examples=["audobon style show mine", "audobon style show mine --report mine.html"])
def show(
    session: Session,
    card: Annotated[str, typer.Argument(metavar="CARD", help="A style card: an asset, or its PNG file.")],
    report: Report = None,
    overwrite: Overwrite = False,
) -> None:
    """Show what a style card says."""
    from audobon_cli.cli.style.views import card_data, show_card
    from audobon_cli.derivations.run import write_result
    from audobon_cli.sprites.pictures import PictureReader
    from audobon_cli.sprites.style_cards import find_card
    from audobon_cli.sprites.style_pages import card_page

    found = find_card(card, library_of(session))
    if report is not None:
        library = session.workspace.library if found.source and found.source.asset else None
        page = card_page(found, PictureReader(library))
        write_result(report.expanduser(), page.encode(), overwrite)
    data = {**card_data(found), "report": None if report is None else str(report)}
    session.out.result(data, lambda: show_card(session, found))
