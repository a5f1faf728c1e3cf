"""``audobon sprite outline``."""

from typing import Annotated

import typer

from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import Inputs, SpriteOutput
from audobon_cli.cli.sprite.views import show_made


@command("outline", examples=["audobon sprite outline dragon --color '#ffffff' --grow"])
def outline(
    session: Session,
    inputs: Inputs,
    color: Annotated[str, typer.Option("--color", metavar="COLOUR", help="Colour of the line.")] = "#000000",
    thickness: Annotated[
        int, typer.Option("--thickness", min=1, max=64, help="Thickness of the line, in pixels.")
    ] = 1,
    inner: Annotated[bool, typer.Option("--inner", help="Draw it on the figure's own edge.")] = False,
    corners: Annotated[bool, typer.Option("--corners", help="Join across corners (8-connected).")] = False,
    grow: Annotated[bool, typer.Option("--grow", help="Enlarge the canvas so that the line fits.")] = False,
    *,
    output: SpriteOutput,
) -> None:
    """Draw an outline around the figure, or on its edge."""
    from audobon_cli.derivations.run import make
    from audobon_cli.derivations.tasks import one_each
    from audobon_cli.sprites.operations.colors import parse_colour
    from audobon_cli.sprites.operations.outline import Outline

    operation = Outline(parse_colour(color), thickness, inner, corners, grow)
    with operation_context(session, inputs, output) as (context, sources):
        made = make(one_each(operation, sources, context, output.name), context)
    show_made(session, made, output.dry_run)
