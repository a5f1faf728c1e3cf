"""``audobon assets list``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import After, Grid, Limit
from audobon_cli.cli.assets.pages import find_page, next_page, say_how_many, show_assets
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.library.paging import Order


@command(
    "list",
    examples=[
        "audobon assets list",
        "audobon assets list tag:boss --sort rating --grid",
        "audobon assets list --limit 5 --json",
    ],
)
def list_(
    session: Session,
    query: Annotated[list[str] | None, typer.Argument(help="A query; without one, everything.")] = None,
    limit: Limit = 20,
    after: After = None,
    sort: Annotated[Order, typer.Option("--sort", help="Sort order.")] = Order.NEWEST,
    grid: Grid = False,
) -> None:
    """List assets, newest first."""
    text = " ".join(query or ())
    page = find_page(session, text, sort, limit, after, meaning=False)
    data = {"assets": [asset.summary() for asset in page.assets], "total": page.total, "after": page.after}
    data["total_is_exact"] = page.total_is_exact
    session.out.listing(data, view=lambda: show_assets(session, page.assets, grid))
    if not page.assets and not text:
        session.out.note('The library is empty. Make something: audobon generate "cute dragon"')
    elif page.after is not None or text:
        say_how_many(session, page, next_page("list", query or (), sort, Order.NEWEST, limit))
