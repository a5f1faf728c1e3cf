"""Arguments that commands of ``audobon providers`` share."""

from typing import Annotated

import typer

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME...]", help="Providers; all if none is named.")
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A provider of `audobon providers list`.")]
