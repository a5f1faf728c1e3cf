"""``audobon assets note``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import Assets
from audobon_cli.cli.assets.views import changed_result
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


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
