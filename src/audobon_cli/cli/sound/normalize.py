"""``audobon sound normalize``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.changes import change_each
from audobon_cli.cli.sound.options import Inputs, ResultOptions
from audobon_cli.domain.units import plural


@command(
    "normalize",
    examples=[
        "audobon sound normalize tag:footstep --loudness -20",
        "audobon sound normalize kind:sound --together",
        "audobon sound normalize hit.wav --peak -1 --out loud.wav",
    ],
)
def normalize(
    session: Session,
    inputs: Inputs,
    loudness: Annotated[
        float, typer.Option("--loudness", help="Loudness to bring them to, in LUFS (BS.1770).")
    ] = -18,
    peak: Annotated[
        float | None,
        typer.Option("--peak", help="True peak to bring them to, in dB, in place of a loudness."),
    ] = None,
    ceiling: Annotated[float, typer.Option("--ceiling", help="No true peak may be above this, in dB.")] = -1,
    together: Annotated[
        bool, typer.Option("--together", help="One gain for all: what is quiet among them stays so.")
    ] = False,
    *,
    output: ResultOptions,
) -> None:
    """Bring sounds to one loudness.

    Nothing clips: what would have a peak above the ceiling stays quieter, and is named. Sounds shorter than the 0.4 s
    that loudness is defined for are measured as a whole.
    """
    from audobon_cli.sounds.operations.normalize import NormalizeSound

    made = change_each(
        session,
        inputs,
        NormalizeSound(loudness, peak, ceiling),
        output,
        [
            ("gain", lambda one: f"{one.facts['gain']:+.1f} dB"),
            ("loudness", lambda one: f"{one.facts['loudness']:.1f} LUFS"),
            ("peak", lambda one: f"{one.facts['true_peak']:.1f} dB"),
        ],
        together,
    )
    limited = [one for one in made if one.facts["limited"]]
    if limited and peak is None:
        lowest = min(one.facts["loudness"] for one in limited)
        session.out.note(
            f"{plural(len(limited), 'sound')} stayed quieter: a peak would be above {ceiling:g} dB."
            + ("" if together else f" All can have --loudness {lowest - 0.05:.1f}.")
        )
