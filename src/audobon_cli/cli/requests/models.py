"""The option that says where the model of a recipe is."""

from typing import Annotated

import typer

ModelReference = Annotated[
    str | None,
    typer.Option("--model", metavar="MODEL|PATH", help="Where the model is, if its name is not known here."),
]
