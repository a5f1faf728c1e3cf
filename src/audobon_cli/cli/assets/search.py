"""``audobon assets search``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import After, Grid, Limit
from audobon_cli.cli.assets.pages import find_page, say_how_many, show_assets
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.library.paging import Order


@command(
    "search",
    examples=[
        "audobon assets search red dragon",
        "audobon assets search dragon -- -tag:wip",
        'audobon assets search "(boss OR enemy) kind:sprite size:>=512 created:2026-10.. rating:>3"',
        'audobon assets search "palette:#3a9d23 in:characters/** \\"red dragon\\""',
    ],
)
def search(
    session: Session,
    query: Annotated[
        list[str], typer.Argument(help="Words or their beginnings, and fields such as tag:boss.")
    ],
    limit: Limit = 20,
    after: After = None,
    sort: Annotated[Order, typer.Option("--sort", help="Sort order.")] = Order.RELEVANCE,
    exact: Annotated[bool, typer.Option("--exact", help="Match words only; no semantic search.")] = False,
    grid: Grid = False,
) -> None:
    """Find assets by words, fields and meaning.

    Words are looked for in names, prompts, tags and notes; then come assets with a similar meaning. Fields: tag
    kind model style quality format size rating created in palette id name derived-from
    variant-of part-of-sheet. A minus sign excludes, OR and brackets choose, quotes keep words together, * stands
    for anything in the text fields.
    """
    page = find_page(session, " ".join(query), sort, limit, after, meaning=not exact)
    data = {
        "assets": [{**asset.summary(), "by_meaning": asset.id in page.near} for asset in page.assets],
        "total": page.total,
        "total_is_exact": page.total_is_exact,
        "after": page.after,
    }
    session.out.result(data, view=lambda: show_assets(session, page.assets, grid))
    say_how_many(session, page)
