"""``audobon assets search``."""

from typing import Annotated, Any

import typer

from audobon_cli.cli.assets.options import After, Grid, Limit
from audobon_cli.cli.assets.pages import find_page, next_page, say_how_many, show_assets
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.library.paging import Order


@command(
    "search",
    examples=[
        "audobon assets search red dragon",
        "audobon assets search dragon -- -tag:wip",
        'audobon assets search "(boss OR enemy) kind:sprite size:>=512 created:2026-10.. rating:>3"',
        "audobon assets search made:yesterday -n 50",
        "audobon assets search tag:boss rating:4..5 --save bosses",
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
    save: Annotated[
        str | None,
        typer.Option("--save", metavar="NAME", help="Save the search; @NAME in a query stands for it."),
    ] = None,
) -> None:
    """Find assets by words, fields and meaning.

    Words are looked for in names, prompts, tags and notes; then come assets with a similar meaning. Fields: tag
    kind model style quality format provider size seed rating created (or made) in palette length loud pitch
    score id name derived-from variant-of part-of-sheet
    protected used used-in. A minus sign excludes, OR and brackets choose, quotes keep
    words together, * stands for anything in the text fields, @NAME is a saved search. `audobon help queries` explains
    them all.
    """
    text = " ".join(query)
    page = find_page(session, text, sort, limit, after, meaning=not exact)
    data: dict[str, Any] = {
        "assets": [{**asset.summary(), "by_meaning": asset.id in page.near} for asset in page.assets],
        "total": page.total,
        "total_is_exact": page.total_is_exact,
        "after": page.after,
    }
    if save is not None:
        from audobon_cli.library.saved_searches import save_search

        data["saved"] = {"name": save, "query": save_search(session.workspace.library, save, text)}
    session.out.listing(data, view=lambda: show_assets(session, page.assets, grid))
    say_how_many(session, page, next_page("search", query or (), sort, Order.RELEVANCE, limit, exact))
    if save is not None:
        session.out.note(f"Saved: @{save} in a query stands for it.")
