"""``audobon assets thumbnails``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import QUERY_HELP
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import plural


@command("thumbnails", examples=["audobon assets thumbnails", "audobon assets thumbnails tag:boss"])
def thumbnails(
    session: Session, assets: Annotated[list[str] | None, typer.Argument(help=QUERY_HELP)] = None
) -> None:
    """Create the small pictures that grids show.

    They are created when they are first needed anyway; this does it ahead of time.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.select import select_assets
    from audobon_cli.library.thumbnails import make_thumbnails

    library = session.workspace.library
    chosen = select_assets(library, assets) if assets else library.assets.matching("")
    with listening(session.out) as listen:
        made, failed = make_thumbnails(library, chosen, listen)
    words = f"{plural(made, 'thumbnail')} are there" + (
        f"; {plural(failed, 'picture')} cannot have one." if failed else "."
    )
    session.out.result({"made": made, "failed": failed}, view=lambda: session.out.line(words))
