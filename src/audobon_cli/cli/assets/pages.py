"""A page of what a query finds: ``audobon assets list`` and ``search``."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from audobon_cli.cli.assets.views import asset_grid, asset_table
from audobon_cli.cli.session import Session
from audobon_cli.library.paging import Order

if TYPE_CHECKING:
    from audobon_cli.domain.asset import Asset
    from audobon_cli.library.select import AssetPage

USUAL_LIMIT = 20
ALL = 2**31
"""What --limit 0 stands for: more than any library holds."""


def find_page(
    session: Session, text: str, sort: Order, limit: int, after: str | None, *, meaning: bool
) -> "AssetPage":
    """What the query ``text`` finds, and with ``meaning`` what is like it. Raises QueryInvalid."""
    from audobon_cli.library.paging import Paging
    from audobon_cli.library.select import find_assets

    library = session.workspace.library
    paging = Paging(sort, limit or ALL, after)
    if "palette:" in text.lower():
        _look(session)
    if not meaning:
        return find_assets(library, text, paging)
    from audobon_cli.library.semantic_search import WordTable

    return find_assets(library, text, paging, WordTable())


def _look(session: Session) -> None:
    """Look at the pixels that were not looked at yet: colours can be asked for only then."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.similar import index_appearances

    with listening(session.out) as listen:
        index_appearances(session.workspace.library, listen)


def next_page(
    command: str, query: Sequence[str], sort: Order, usual: Order, limit: int, exact: bool = False
) -> str:
    """The command line that shows the next page, but for its cursor."""
    words = ["audobon", "assets", command, *query]
    words += ["--sort", sort.value] if sort is not usual else []
    words += ["--limit", str(limit)] if limit != USUAL_LIMIT else []
    words += ["--exact"] if exact else []
    return shlex.join(words)


def say_how_many(session: Session, page: "AssetPage", again: str) -> None:
    """Tell how many were found, and the command that shows more: ``again`` with the cursor of the page."""
    words, near = len(page.assets) - len(page.near), len(page.near)
    if not page.assets:
        session.out.note("Nothing matches. Fields: `audobon assets search --help`")
        return
    like = f"{near} with a similar meaning" if near else ""
    if page.after is None:
        matches = f"{page.total:,} {'match' if page.total == 1 else 'matches'}"
        session.out.note(f"{matches}, then {like}." if like else f"{matches}.")
        return
    of = f"{'' if page.total_is_exact else 'more than '}{page.total:,}"
    like = f", and {like}" if like else ""
    session.out.note(f"Showing {words} of {of}{like}; -n 0 shows all. More:\n  {again} --after {page.after}")


def show_assets(session: Session, assets: "tuple[Asset, ...]", grid: bool) -> None:
    """A line for each, or with ``grid`` their pictures."""
    asset_grid(session, assets) if grid else asset_table(session, assets)
