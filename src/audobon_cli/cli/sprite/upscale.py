"""``audobon sprite upscale``."""

from typing import Annotated

import typer

from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import Inputs, SpriteOutput
from audobon_cli.cli.sprite.views import show_made


@command(
    "upscale",
    examples=["audobon sprite upscale dragon --factor 4", "audobon sprite upscale dragon --method scale2x"],
)
def upscale(
    session: Session,
    inputs: Inputs,
    factor: Annotated[int, typer.Option("--factor", "-x", min=1, max=64, help="How many times larger.")] = 2,
    method: Annotated[
        str,
        typer.Option("--method", help="nearest, scale2x (smooths stairs), or smooth (traces and redraws)."),
    ] = "nearest",
    *,
    output: SpriteOutput,
) -> None:
    """Enlarge pictures by a whole factor."""
    from audobon_cli.derivations.run import make
    from audobon_cli.derivations.tasks import one_each
    from audobon_cli.sprites.operations.upscale import Upscale

    with operation_context(session, inputs, output) as (context, sources):
        made = make(one_each(Upscale(factor, method), sources, context, output.name), context)
    show_made(session, made, output.dry_run)
