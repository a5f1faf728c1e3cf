"""``audobon sound mix``."""

from typing import Annotated

import typer

from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.changes import show_changed
from audobon_cli.cli.sound.options import ChangedSound, Inputs


@command(
    "mix",
    examples=[
        "audobon sound mix wind rain --gain -3 --gain -9 --name storm",
        "audobon sound mix click.wav thud.wav --at 0 --at 0.08 --out latch.wav",
    ],
)
def mix(
    session: Session,
    inputs: Inputs,
    at: Annotated[
        list[float] | None,
        typer.Option("--at", metavar="SECONDS", help="Where each begins, in their order; 0, if left out."),
    ] = None,
    gain: Annotated[
        list[float] | None,
        typer.Option("--gain", metavar="DB", help="How much louder each is, in their order."),
    ] = None,
    ceiling: Annotated[float, typer.Option("--ceiling", help="The true peak is not above this, in dB.")] = -1,
    *,
    output: ChangedSound,
) -> None:
    """Add sounds up to one."""
    from audobon_cli.derivations.run import Task, make
    from audobon_cli.sounds.operations.mix import MixSounds

    operation = MixSounds(tuple(at or ()), tuple(gain or ()), ceiling)
    with operation_context(session, inputs, output) as (context, sources):
        name = output.name or f"{sources[0].name}_mix"
        made = make([Task(operation, tuple(sources), name, named=bool(output.name))], context)
    show_changed(session, made, output.dry_run)
    lowered = -made[0].facts["gain"]
    if lowered > 0:
        session.out.note(f"The sum would clip; all of it is {lowered:.2f} dB quieter.")
