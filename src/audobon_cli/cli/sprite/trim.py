"""``audobon sprite trim``."""

from typing import Annotated

import typer

from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import Inputs, SpriteOutput, Together
from audobon_cli.cli.sprite.views import show_made


@command(
    "trim",
    examples=["audobon sprite trim dragon --padding 1", "audobon sprite trim walk_0 walk_1 --together"],
)
def trim(
    session: Session,
    inputs: Inputs,
    threshold: Annotated[
        int, typer.Option("--threshold", min=0, max=254, help="Alpha up to this counts as transparent.")
    ] = 0,
    padding: Annotated[int, typer.Option("--padding", min=0, help="Pixels to leave around it.")] = 0,
    square: Annotated[bool, typer.Option("--square", help="Make width and height equal.")] = False,
    multiple: Annotated[
        int, typer.Option("--multiple", min=1, help="Make both sides multiples of this.")
    ] = 1,
    together: Together = False,
    *,
    output: SpriteOutput,
) -> None:
    """Crop transparent margins.

    With --together all frames are cropped alike, so that nothing jumps.
    """
    from audobon_cli.derivations.run import make
    from audobon_cli.derivations.tasks import one_each
    from audobon_cli.sprites.operations.trim import Trim

    operation = Trim(threshold, padding, square, multiple)
    with operation_context(session, inputs, output) as (context, sources):
        made = make(one_each(operation, sources, context, output.name, together), context)
    show_made(session, made, output.dry_run)
