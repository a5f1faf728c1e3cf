"""The arguments and options that commands of ``audobon assets`` share."""

from typing import Annotated

import typer

QUERY_HELP = "Ids, first characters of ids, names, or queries such as tag:boss."
Assets = Annotated[list[str], typer.Argument(help=QUERY_HELP)]
One = Annotated[str, typer.Argument(help="An id, its first characters, a name, or a query that finds one.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=0, metavar="N", help="Show at most N; 0 shows all.")]
After = Annotated[
    str | None,
    typer.Option("--after", metavar="CURSOR", help="Continue from the `after` cursor of the previous page."),
]
Grid = Annotated[bool, typer.Option("--grid", help="Show pictures side by side.")]
Tags = Annotated[list[str], typer.Option("--tag", "-t", help="The tag; repeatable.")]
