"""``audobon sprite pixelate``."""

from typing import Annotated

import typer

from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import Inputs, SpriteOutput, Together, size_option
from audobon_cli.cli.sprite.views import show_made


@command(
    "pixelate",
    examples=[
        "audobon sprite pixelate fake_pixels",
        "audobon sprite pixelate painting.png --size 64 --out small.png",
    ],
)
def pixelate(
    session: Session,
    inputs: Inputs,
    scale: Annotated[
        float, typer.Option("--scale", min=0, help="Pixels per cell; 0 finds the grid.", show_default=False)
    ] = 0.0,
    size: Annotated[
        str | None, typer.Option("--size", metavar="SIZE", help="Reduce to this size: 64 or 64x96.")
    ] = None,
    method: Annotated[
        str, typer.Option("--method", help="majority, contrast (keeps thin lines), or auto.")
    ] = "auto",
    together: Together = False,
    *,
    output: SpriteOutput,
) -> None:
    """Snap pixel art to its grid, or reduce to a size."""
    from audobon_cli.derivations.run import make
    from audobon_cli.derivations.tasks import one_each
    from audobon_cli.sprites.operations.pixelate import Pixelate

    operation = Pixelate(scale, *size_option(size, "--size"), method)
    with operation_context(session, inputs, output) as (context, sources):
        made = make(one_each(operation, sources, context, output.name, together), context)
    show_made(session, made, output.dry_run)
