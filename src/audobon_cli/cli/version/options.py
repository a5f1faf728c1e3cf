"""The arguments and options that commands of ``audobon version`` share."""

from pathlib import Path
from typing import Annotated

import typer

Message = Annotated[str, typer.Option("--message", "-m", help="What changed, and why.")]
Report = Annotated[
    Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML report with the pictures.")
]
Preview = Annotated[
    bool, typer.Option("--preview", help="Show changed pictures in the terminal: before, after, difference.")
]
Revision = Annotated[str, typer.Argument(help="HEAD, a branch, a tag or a commit; REVISION~1 is its parent.")]
