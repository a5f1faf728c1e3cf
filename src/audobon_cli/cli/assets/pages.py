"""A page of what a query finds: ``audobon assets list`` and ``search``."""

from typing import TYPE_CHECKING

from audobon_cli.cli.assets.views import asset_grid, asset_table
from audobon_cli.cli.session import Session
from audobon_cli.library.paging import Order

if TYPE_CHECKING:
    from audobon_cli.domain.asset import Asset
    from audobon_cli.library.select import AssetPage


def find_page(
    session: Session, text: str, sort: Order, limit: int, after: str | None, *, meaning: bool
) -> "AssetPage":
    """What the query ``text`` finds, and with ``meaning`` what is like it. Raises QueryInvalid."""
    from audobon_cli.library.paging import Paging
    from audobon_cli.library.select import find_assets
    from audobon_cli.library.semantic_search import WordTable

    library = session.workspace.library
    if "palette:" in text.lower():
        _look(session)
    return find_assets(library, text, Paging(sort, limit, after), WordTable() if meaning else None)


def _look(session: Session) -> None:
    """Look at the pixels that were not looked at yet: colours can be asked for only then."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.similar import index_appearances

    with listening(session.out) as listen:
        index_appearances(session.workspace.library, listen)


def say_how_many(session: Session, page: "AssetPage") -> None:
    """Tell how many were found, and how to go on."""
    words = len(page.assets) - len(page.near)
    more = "" if page.total_is_exact else "more than "
    near = f", and {len(page.near)} by meaning" if page.near else ""
    go_on = f"; go on with --after {page.after}" if page.after is not None else ""
    session.out.note(f"{words} of {more}{page.total} found{near}{go_on}.")


def show_assets(session: Session, assets: "tuple[Asset, ...]", grid: bool) -> None:
    """A line for each, or with ``grid`` their pictures."""
    asset_grid(session, assets) if grid else asset_table(session, assets)
