"""``audobon sprite cut``."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import Inputs, SpriteOutput
from audobon_cli.cli.sprite.views import show_made


@command("cut", examples=["audobon sprite cut dragon", "audobon sprite cut shot.png --out dragon.png"])
def cut(
    session: Session,
    inputs: Inputs,
    key: Annotated[
        str | None,
        typer.Option(
            "--background", metavar="COLOUR", help="Colour of the background; without it, that of the border."
        ),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option("--tolerance", min=0, max=1, help="How far a colour may be from it (OKLab distance)."),
    ] = 0.06,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Also cut holes that the border does not reach.")
    ] = False,
    edges: Annotated[str, typer.Option("--edges", help="soft, hard (pixel art), or auto.")] = "auto",
    matting: Annotated[
        bool, typer.Option("--matting", help="Cut out by a model instead of by colour.")
    ] = False,
    matting_model: Annotated[
        str, typer.Option("--matting-model", metavar="FILE", help="The ONNX file of that model.")
    ] = "",
    *,
    output: SpriteOutput,
) -> None:
    """Make the background transparent.

    Soft edges get their alpha and their own colour back.
    """
    from audobon_cli.derivations.run import make
    from audobon_cli.derivations.tasks import one_each
    from audobon_cli.sprites.operations.colors import parse_colour
    from audobon_cli.sprites.operations.cut import Cut
    from audobon_cli.sprites.operations.matting import Matte

    colour = parse_colour(key) if key else None
    by_model = matting or bool(matting_model)
    weights = str(Path(matting_model).expanduser().absolute()) if matting_model else ""
    operation = Matte(weights) if by_model else Cut(colour, tolerance, everywhere, edges)
    with operation_context(session, inputs, output) as (context, sources):
        made = make(one_each(operation, sources, context, output.name), context)
    show_made(session, made, output.dry_run)
