"""``audobon sound loop``."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.changes import change_each
from audobon_cli.cli.sound.options import End, Inputs, ResultOptions, Start

if TYPE_CHECKING:
    from audobon_cli.derivations.run import OperationResult

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class PartOptions:
    """What goes round."""

    start: Start = 0
    end: End = 0
    crossfade: Annotated[
        float, typer.Option("--crossfade", min=0, help="Seconds in which the end fades into the beginning.")
    ] = 0.05
    exact: Annotated[
        bool, typer.Option("--exact", help="Loop just from --start to --end; search no better seam.")
    ] = False


@command(
    "loop",
    examples=[
        "audobon sound loop wind",
        "audobon sound loop engine --start 0.5 --crossfade 0.1 --intro",
        "audobon sound loop rain.wav --points --out rain_loop.wav",
    ],
)
def loop(
    session: Session,
    inputs: Inputs,
    part: PartOptions,
    intro: Annotated[
        bool, typer.Option("--intro", help="Keep what lies before the loop; the file says where it begins.")
    ] = False,
    points: Annotated[
        bool, typer.Option("--points", help="Write the loop into the file: a smpl chunk, in samples.")
    ] = False,
    *,
    output: ResultOptions,
) -> None:
    """Make a sound go round without a seam.

    Two places that are most alike are searched, and one fades into the other. The seam is measured: how large the step
    over it is beside those close by, and how much level and tone change across it beside how they change elsewhere.
    What is above 1 may be heard.
    """
    from audobon_cli.sounds.operations.loop import LoopSound

    operation = LoopSound(part.start, part.end, part.crossfade, not part.exact, intro, points)
    made = change_each(
        session,
        inputs,
        operation,
        output,
        [("from", _from), ("step", _step), ("level", _level), ("tone", _tone)],
    )
    if made and all(one.asset is None for one in made):
        for one in made[:MOST_SHOWN]:
            session.out.note(
                f"{one.task.name}: {_from(one)}; step {_step(one)}, level {_level(one)}, tone {_tone(one)}"
            )


def _from(made: "OperationResult") -> str:
    return f"{made.facts['start']:.3f} to {made.facts['end']:.3f} s"


def _step(made: "OperationResult") -> str:
    return f"{made.facts['step']:.2f}"


def _level(made: "OperationResult") -> str:
    return f"{made.facts['level']:.2f}"


def _tone(made: "OperationResult") -> str:
    return f"{made.facts['tone']:.2f}"


MEASURES = (("from", _from), ("step", _step), ("level", _level), ("tone", _tone))
