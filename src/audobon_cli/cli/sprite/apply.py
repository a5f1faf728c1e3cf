"""``audobon sprite apply``."""

from typing import Annotated

import typer

from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import Inputs, SpriteOutput, Together
from audobon_cli.cli.sprite.views import show_made


@command(
    "apply",
    examples=[
        "audobon sprite apply mosaic dragon --set cells=8",
        "audobon sprite apply trim walk.png --set padding=1 --out trimmed.png",
    ],
)
def apply(
    session: Session,
    operation: Annotated[str, typer.Argument(metavar="OPERATION", help="The name of an operation.")],
    inputs: Inputs,
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="A parameter, its value as JSON or text; repeatable."
        ),
    ] = None,
    together: Together = False,
    *,
    output: SpriteOutput,
) -> None:
    """Apply an operation by its name, such as a plugin's.

    `audobon plugins list` shows those of plugins. Parameters that are not set have their defaults.
    """
    from audobon_cli.derivations.from_words import operation_with
    from audobon_cli.derivations.run import make
    from audobon_cli.derivations.tasks import one_each
    from audobon_cli.domain.media import IMAGE

    _ = session.workspace  # its settings say which plugins are enabled
    chosen = operation_with(operation, parameters or (), IMAGE)
    with operation_context(session, inputs, output) as (context, sources):
        made = make(one_each(chosen, sources, context, output.name, together), context)
    show_made(session, made, output.dry_run)
