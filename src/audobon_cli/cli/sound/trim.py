"""``audobon sound trim``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.changes import change_each
from audobon_cli.cli.sound.options import End, Inputs, ResultOptions, Start


@command(
    "trim",
    examples=[
        "audobon sound trim door",
        "audobon sound trim take.wav --start 1.2 --end 2.5 --out step.wav",
        "audobon sound trim tag:step --threshold -40 --padding 0.02",
    ],
)
def trim(
    session: Session,
    inputs: Inputs,
    start: Start = 0,
    end: End = 0,
    threshold: Annotated[
        float, typer.Option("--threshold", help="Silence is so many dB below the peak; 0 keeps all.")
    ] = -60,
    padding: Annotated[float, typer.Option("--padding", min=0, help="Seconds of silence to leave.")] = 0.005,
    fade: Annotated[
        float, typer.Option("--fade", min=0, help="Seconds that cuts within the sound fade for.")
    ] = 0.003,
    *,
    output: ResultOptions,
) -> None:
    """Cut silence off both ends, or take a part out."""
    from audobon_cli.sounds.operations.trim import TrimSound

    change_each(session, inputs, TrimSound(start, end, threshold, padding, fade), output)
