"""``audobon sound denoise``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.changes import change_each
from audobon_cli.cli.sound.options import Inputs, ResultOptions


@command(
    "denoise",
    examples=[
        "audobon sound denoise recording.wav --out clean.wav",
        "audobon sound denoise field_take --start 0 --end 0.5",
    ],
)
def denoise(
    session: Session,
    inputs: Inputs,
    reduction: Annotated[
        float, typer.Option("--reduction", min=1, max=60, help="How many dB quieter noise becomes.")
    ] = 18,
    start: Annotated[
        float, typer.Option("--start", min=0, metavar="SECONDS", help="Where there is noise alone.")
    ] = 0,
    end: Annotated[
        float,
        typer.Option("--end", min=0, metavar="SECONDS", help="To where; the quietest moments, if left out."),
    ] = 0,
    *,
    output: ResultOptions,
) -> None:
    """Take even noise out of a recording.

    Hiss, hum, a fan: what sounds in the quietest moments is made quieter everywhere.
    """
    from audobon_cli.sounds.operations.denoise import DenoiseSound

    measures = [("removed", lambda one: f"{one.facts['removed']:.1f} dB")]
    change_each(session, inputs, DenoiseSound(reduction, start, end), output, measures)
