"""``audobon assets rename``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import One
from audobon_cli.cli.assets.views import changed_result
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("rename", examples=["audobon assets rename k3f9x2 fire_dragon"])
def rename(session: Session, asset: One, name: Annotated[str, typer.Argument(help="The new name.")]) -> None:
    """Give an asset another name."""
    from audobon_cli.library.organize import rename as rename_asset
    from audobon_cli.library.select import select_one

    library = session.workspace.library
    changed_result(session, rename_asset(library, select_one(library, asset), name), "renamed")
