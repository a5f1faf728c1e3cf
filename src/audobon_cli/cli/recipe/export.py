"""``audobon recipe export``."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.recipe.options import Source, find_source, source_data
from audobon_cli.cli.session import Session


@command(
    "export",
    examples=["audobon recipe export dragon --out dragon.toml", "audobon recipe export dragon.png --out -"],
)
def export(
    session: Session,
    source: Source,
    to: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE|-", help="File or folder to write to; - is stdout.")
    ] = "-",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")] = False,
) -> None:
    """Write a recipe as a TOML file.

    `audobon recipe run` draws the picture from it, here or on another machine.
    """
    from audobon_cli.reproduction.recipe_files import recipe_toml, write_recipe

    found = find_source(session, source)
    found.drawn()
    if to == "-":
        session.out.result(source_data(found), lambda: session.out.line(recipe_toml(found).rstrip("\n")))
        return
    path = Path(to).expanduser()
    write_recipe(found, path, overwrite)
    session.out.result({**source_data(found), "path": str(path)}, lambda: session.out.line(str(path)))
