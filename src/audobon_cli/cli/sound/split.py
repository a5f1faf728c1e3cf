"""``audobon sound split``."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from audobon_cli.cli.derivations.options import DryRun, Overwrite
from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.changes import show_changed
from audobon_cli.cli.sound.options import Inputs, Out


@dataclass(frozen=True, slots=True)
class SilenceOptions:
    """What parts two sounds."""

    threshold: Annotated[
        float, typer.Option("--threshold", help="Silence is so many dB below the peak.")
    ] = -40
    gap: Annotated[float, typer.Option("--gap", min=0, help="Seconds of silence that part two sounds.")] = 0.1
    padding: Annotated[float, typer.Option("--padding", min=0, help="Seconds of silence to leave.")] = 0.01


@dataclass(frozen=True, slots=True)
class PartsOutput:
    """Where the parts go; they are called after the recording."""

    PANEL: ClassVar[str] = "Output"

    out: Out = None
    overwrite: Overwrite = False
    dry_run: DryRun = False


@command(
    "split",
    examples=[
        "audobon sound split footsteps_take",
        "audobon sound split takes.wav --threshold -30 --gap 0.2 --out steps/",
        "audobon sound split theme --cut 4.5 --cut 12",
    ],
)
def split(
    session: Session,
    inputs: Inputs,
    quiet: SilenceOptions,
    every: Annotated[
        float, typer.Option("--every", min=0, metavar="SECONDS", help="Cut into parts of this length.")
    ] = 0,
    cut: Annotated[
        list[float] | None, typer.Option("--cut", metavar="SECONDS", help="Cut here; may be repeated.")
    ] = None,
    channels: Annotated[bool, typer.Option("--channels", help="Make each channel a sound.")] = False,
    *,
    output: PartsOutput,
) -> None:
    """Take a recording apart where it is silent."""
    from audobon_cli.derivations.run import make
    from audobon_cli.sounds.operations.split import SplitSound
    from audobon_cli.sounds.pieces import split_tasks

    operation = SplitSound(
        quiet.threshold, quiet.gap, quiet.padding, every=every, at=tuple(cut or ()), channels=channels
    )
    with operation_context(session, inputs, output) as (context, sources):
        made = make(split_tasks(sources, operation, context), context)
    show_changed(session, made, output.dry_run)
