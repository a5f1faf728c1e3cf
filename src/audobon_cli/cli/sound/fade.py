"""``audobon sound fade`` and ``reverse``."""

from enum import StrEnum
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.changes import change_each
from audobon_cli.cli.sound.options import Inputs, ResultOptions


class Curve(StrEnum):
    """See sounds.operations.fade.FadeCurve."""

    LINEAR = "linear"
    EQUAL_POWER = "equal-power"
    EXPONENTIAL = "exponential"
    SMOOTH = "smooth"


@command(
    "fade",
    examples=["audobon sound fade wind --fade-in 0.5 --fade-out 2", "audobon sound fade hit --fade-out 0.1"],
)
def fade(
    session: Session,
    inputs: Inputs,
    fade_in: Annotated[float, typer.Option("--fade-in", min=0, help="Seconds to rise from silence.")] = 0,
    fade_out: Annotated[float, typer.Option("--fade-out", min=0, help="Seconds to fall to silence.")] = 0,
    curve: Annotated[Curve, typer.Option("--curve", help="How the level moves.")] = Curve.LINEAR,
    *,
    output: ResultOptions,
) -> None:
    """Fade in and out."""
    from audobon_cli.sounds.operations.fade import FadeSound

    change_each(session, inputs, FadeSound(fade_in, fade_out, curve.value), output)


@command("reverse", examples=["audobon sound reverse whoosh"])
def reverse(session: Session, inputs: Inputs, *, output: ResultOptions) -> None:
    """Play backwards."""
    from audobon_cli.sounds.operations.fade import ReverseSound

    change_each(session, inputs, ReverseSound(), output)
