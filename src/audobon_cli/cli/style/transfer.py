"""``audobon style transfer``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from audobon_cli.cli.derivations.options import DryRun, Name, Overwrite
from audobon_cli.cli.derivations.views import operation_context, show_results
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.style.views import library_of, result_sides, transferred_data

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="ASSETS...",
        help="Assets (ids, names, queries such as tag:boss), or picture files and folders.",
    ),
]


@dataclass(frozen=True, slots=True)
class TransferOutput:
    """Where results go and what they are called."""

    PANEL: ClassVar[str] = "Output"

    name: Name = ""
    out: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", metavar="PATH", help="Write the results to FILE.png, or to FOLDER/ for several."
        ),
    ] = None
    overwrite: Overwrite = False
    dry_run: DryRun = False


@command(
    "transfer",
    examples=[
        "audobon style transfer ghost --card mine",
        "audobon style transfer ghost --card painting --model arbitrary-style.onnx",
        "audobon style transfer photo.png --card mine.png --strength 0.5 --out styled.png",
    ],
)
def transfer(
    session: Session,
    inputs: Inputs,
    card: Annotated[
        str, typer.Option("--card", metavar="CARD", help="A style card, or pictures to learn it from.")
    ],
    model: Annotated[
        Path | None,
        typer.Option(
            "--model", metavar="FILE.onnx", help="A network of your own that takes the style of one picture."
        ),
    ] = None,
    strength: Annotated[
        float, typer.Option("--strength", min=0, max=1, help="How far the colours go, from 0 to 1.")
    ] = 1.0,
    *,
    output: TransferOutput,
) -> None:
    """Bring pictures to a style, as new assets.

    Lightness, contrast and colours of the card, its pixel grid and its outline. With --model a network paints the
    picture anew in the style of the picture that --card names.
    """
    from audobon_cli.domain.events import ignore
    from audobon_cli.sprites.style_cards import style_of, transfer_style

    with operation_context(session, inputs, output) as (context, sources):
        if model is not None:
            from audobon_cli.sprites.network_transfer import NetworkStyle, transfer_by_network

            asked = NetworkStyle(model, card, strength)
            made = transfer_by_network(sources, asked, output.name, context, library_of(session))
        else:
            found = style_of(card, library_of(session), ignore)
            made = transfer_style(sources, found, strength, output.name, context)
    show_results(session, made, output.dry_run, transferred_data, [("size", result_sides)])
