"""``audobon assets rename``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import One
from audobon_cli.cli.assets.views import changed_result
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput


@command("rename", examples=["audobon assets rename k3f9x2 --to fire_dragon"])
def rename(
    session: Session,
    asset: One,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="The new name.")] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="NAME", help="The new name, as an option.")
    ] = None,
) -> None:
    """Rename an asset."""
    from audobon_cli.library.organize import rename as rename_asset
    from audobon_cli.library.select import select_one

    new = name if to is None else to
    if new is None or (name is not None and to is not None):
        raise InvalidInput("Give one new name.", hint=f"audobon assets rename {asset} --to NAME")
    library = session.workspace.library
    changed_result(session, rename_asset(library, select_one(library, asset), new), "renamed")
