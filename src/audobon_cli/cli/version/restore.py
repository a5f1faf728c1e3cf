"""``audobon version restore``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import plural


@command("restore", examples=["audobon version restore k3f9x2ab", "audobon version restore --all --from v1"])
def restore(
    session: Session,
    assets: Annotated[list[str] | None, typer.Argument(help="Assets, by id or name.")] = None,
    start: Annotated[
        str, typer.Option("--from", metavar="REVISION", help="The revision to take them from.")
    ] = "HEAD",
    everything: Annotated[bool, typer.Option("--all", help="The whole library.")] = False,
) -> None:
    """Bring assets back to what they were in a commit.

    Nothing is committed; `audobon undo` takes it back.
    """
    from audobon_cli.history import branches
    from audobon_cli.history.arguments import find_asset

    if bool(assets) == everything:
        raise InvalidInput("Say what to restore.", hint="name assets, or give --all")
    library = session.workspace.library
    wanted = None if everything else [find_asset(library, reference, start) for reference in assets or []]
    changed = branches.restore(library, wanted, start)
    session.out.result({"changed": changed}, lambda: None)
    session.out.note(f"{plural(changed, 'asset')} restored as in {start}.")
