"""``audobon sprite recolor``."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import Inputs, SpriteOutput
from audobon_cli.cli.sprite.views import show_made
from audobon_cli.domain.errors import InvalidInput


@command(
    "recolor",
    examples=[
        "audobon sprite recolor knight --map '#c82828=#2850c8' --name blue_knight",
        "audobon sprite recolor knight --variants teams.toml",
    ],
)
def recolor(
    session: Session,
    inputs: Inputs,
    pairs: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FROM=TO", help="Replace a colour by another; repeatable."),
    ] = None,
    variants: Annotated[
        Path | None,
        typer.Option("--variants", metavar="FILE", help="A TOML file with a table of colours per variant."),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option("--tolerance", min=0, max=1, help="Change shades this near, too (OKLab distance)."),
    ] = 0.0,
    *,
    output: SpriteOutput,
) -> None:
    """Swap colours, each result a variant."""
    from audobon_cli.derivations.run import make
    from audobon_cli.sprites.tasks import color_map, recolor_tasks, variants_in

    if (pairs is None) == (variants is None):
        raise InvalidInput("Give either --map or --variants.", hint="write --map '#aa0000=#0000aa'")
    maps = variants_in(variants, tolerance) if variants else {"recolor": color_map(pairs or (), tolerance)}
    with operation_context(session, inputs, output) as (context, sources):
        made = make(recolor_tasks(sources, maps, output.name), context)
    show_made(session, made, output.dry_run)
