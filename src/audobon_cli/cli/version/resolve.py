"""``audobon version resolve``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version.views import finish_merge
from audobon_cli.domain.errors import InvalidInput


@command(
    "resolve",
    examples=[
        "audobon version resolve k3f9x2ab --theirs",
        "audobon version resolve k3f9x2ab --field note=final",
    ],
)
def resolve(
    session: Session,
    assets: Annotated[list[str], typer.Argument(help="Assets in conflict, by id or name.")],
    ours: Annotated[bool, typer.Option("--ours", help="Take this branch's version.")] = False,
    theirs: Annotated[bool, typer.Option("--theirs", help="Take the merged branch's version.")] = False,
    both: Annotated[bool, typer.Option("--both", help="Keep both; theirs becomes a separate asset.")] = False,
    field: Annotated[
        list[str] | None,
        typer.Option(
            "--field", metavar="NAME=VALUE", help="Set a field: name, category, note, rating, tags=a,b."
        ),
    ] = None,
) -> None:
    """Resolve conflicts of the unfinished merge.

    Resolving the last one completes the merge.
    """
    from audobon_cli.history import merge as merging
    from audobon_cli.history.arguments import find_conflict, parse_fields
    from audobon_cli.history.model.merge import Resolution, Side

    if ours + theirs + both > 1 or not (ours or theirs or both or field):
        raise InvalidInput(
            "Say how to resolve it.", hint="give one of --ours, --theirs, --both, or --field NAME=VALUE"
        )
    library = session.workspace.library
    waiting = merging.conflicts(library)
    choice = Resolution(Side.THEIRS if theirs else Side.OURS, parse_fields(field or []), both)
    decisions = {find_conflict(waiting, reference): choice for reference in assets}
    finish_merge(session, merging.decide(library, decisions, session.workspace.author))
