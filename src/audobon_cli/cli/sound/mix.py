"""``audobon sound mix``."""

from typing import Annotated

import typer

from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.changes import show_changed
from audobon_cli.cli.sound.options import Inputs, ResultOptions


@command(
    "mix",
    examples=[
        "audobon sound mix wind rain --gain -3 --gain -9 --name storm",
        "audobon sound mix click.wav thud.wav --start 0 --start 0.08 --out latch.wav",
    ],
)
def mix(
    session: Session,
    inputs: Inputs,
    start: Annotated[
        list[float] | None,
        typer.Option("--start", metavar="SECONDS", help="Where each begins, in their order; 0, if left out."),
    ] = None,
    gain: Annotated[
        list[float] | None,
        typer.Option("--gain", metavar="DB", help="How much louder each is, in their order."),
    ] = None,
    ceiling: Annotated[float, typer.Option("--ceiling", help="The true peak is not above this, in dB.")] = -1,
    *,
    output: ResultOptions,
) -> None:
    """Add sounds up to one."""
    from audobon_cli.derivations.run import Task, make
    from audobon_cli.sounds.operations.mix import MixSounds

    operation = MixSounds(tuple(start or ()), tuple(gain or ()), ceiling)
    with operation_context(session, inputs, output) as (context, sources):
        name = output.name or f"{sources[0].name}_mix"
        made = make([Task(operation, tuple(sources), name, named=bool(output.name))], context)
    show_changed(session, made, output.dry_run)
    lowered = -made[0].facts["gain"]
    if lowered > 0:
        session.out.note(f"The sum would clip; all of it is {lowered:.2f} dB quieter.")
