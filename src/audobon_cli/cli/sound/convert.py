"""``audobon sound convert`` and ``resample``."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.changes import change_each
from audobon_cli.cli.sound.options import Inputs, ResultOptions
from audobon_cli.media.sound.formats import SampleType, SoundFormat


@command(
    "convert",
    examples=[
        "audobon sound convert theme --channels 1",
        "audobon sound convert take.wav --samples 16 --dither --out take16.wav",
        "audobon sound convert theme.wav --out theme.ogg",
    ],
)
def convert(
    session: Session,
    inputs: Inputs,
    channels: Annotated[
        int, typer.Option("--channels", min=0, max=16, help="1 mixes all; 0 keeps as many as there are.")
    ] = 0,
    samples: Annotated[
        SampleType | None, typer.Option("--samples", help="16 or 24 bits, or float; theirs, if left out.")
    ] = None,
    form: Annotated[
        SoundFormat | None, typer.Option("--format", help="Format; that of --out FILE, or wav.")
    ] = None,
    dither: Annotated[
        bool, typer.Option("--dither", help="Add noise of one step before samples become shorter.")
    ] = False,
    *,
    output: ResultOptions,
) -> None:
    """Change channels, sample type or format.

    What comes out is an asset of its own, or a file; to write files for a game, `sound export` does.
    """
    from audobon_cli.sounds.operations.convert import ConvertSound

    suffix = Path(output.out).suffix.lower().removeprefix(".") if output.out else ""
    named = SoundFormat(suffix) if suffix in tuple(SoundFormat) else SoundFormat.WAV
    operation = ConvertSound(channels, samples.value if samples else "", (form or named).value, dither)
    change_each(session, inputs, operation, output)


@command("resample", examples=["audobon sound resample kind:sound --rate 22050"])
def resample(
    session: Session,
    inputs: Inputs,
    rate: Annotated[int, typer.Option("--rate", help="Samples a second.")],
    *,
    output: ResultOptions,
) -> None:
    """Change the sample rate.

    What the new rate cannot hold is filtered out; the length stays, to half a sample.
    """
    from audobon_cli.sounds.operations.convert import ResampleSound

    change_each(session, inputs, ResampleSound(rate), output, [("rate", lambda _: f"{rate} Hz")])
