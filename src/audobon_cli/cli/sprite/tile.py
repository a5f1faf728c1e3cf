"""``audobon sprite tile``."""

from typing import Annotated

import typer

from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import Inputs, SpriteOutput
from audobon_cli.cli.sprite.views import show_made
from audobon_cli.domain.errors import InvalidInput


@command(
    "tile",
    examples=["audobon sprite tile grass", "audobon sprite tile wall.png --axis horizontal --out wall_x.png"],
)
def tile(
    session: Session,
    inputs: Inputs,
    blend: Annotated[
        float, typer.Option("--blend", min=0.02, max=0.5, help="Share of the side over which to blend.")
    ] = 0.25,
    only: Annotated[
        str | None, typer.Option("--axis", help="Repeat in one direction only: horizontal or vertical.")
    ] = None,
    hard: Annotated[bool, typer.Option("--hard", help="Mix no colours (pixel art).")] = False,
    *,
    output: SpriteOutput,
) -> None:
    """Make a texture repeat without a seam.

    Its size stays; `sprite check` measures the seam.
    """
    from audobon_cli.derivations.run import make
    from audobon_cli.derivations.tasks import one_each
    from audobon_cli.sprites.operations.tile import Tile

    if only not in (None, "horizontal", "vertical"):
        raise InvalidInput(f"--axis {only!r} is no direction.", hint="write horizontal or vertical")
    operation = Tile(blend, only != "vertical", only != "horizontal", hard)
    with operation_context(session, inputs, output) as (context, sources):
        made = make(one_each(operation, sources, context, output.name), context)
    show_made(session, made, output.dry_run)
