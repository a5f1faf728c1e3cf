"""``audobon vram profile``."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.vram.calibrations import Calibration
    from audobon_cli.vram.profiler import Profile


@command("profile", examples=["audobon vram profile", "audobon vram profile sdxl --json"])
def profile(
    session: Session,
    model: Annotated[
        str | None, typer.Argument(help="A model that is here; without it, the default model.")
    ] = None,
    forget: Annotated[
        bool,
        typer.Option(
            "--remove", help="Remove what was measured; plans then measure a processor once, quickly."
        ),
    ] = False,
) -> None:
    """Measure this machine, to calibrate later plans.

    Draws a few small pictures and throws them away. On a graphics card memory and time are measured, on the
    processor time and the size of the process.
    """
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.domain.inputs import ImageInputs
    from audobon_cli.domain.request import GenerationRequest
    from audobon_cli.generation.resolve.composition import WORDS_ALONE
    from audobon_cli.generation.resolve.local import resolve
    from audobon_cli.vram.profiler import profile as measure
    from audobon_cli.vram.profiler import save_calibration

    workspace = session.workspace
    file = workspace.locations.calibrations
    if forget:
        file.unlink(missing_ok=True)
        session.out.result({"forgotten": True}, view=lambda: session.out.line("Plans are computed only."))
        return
    words = ImageInputs(strength=WORDS_ALONE)  # the network is what is profiled
    asked = GenerationRequest("a red apple", model=model, seed=1, inputs=words)
    request = resolve(asked, workspace.settings, workspace.models)
    selector = workspace.vram.uncalibrated_selector
    with (
        Interruption(session.out, eager=True) as interruption,
        listening(session.out, interruption) as listen,
    ):
        engine = workspace.engine()
        from audobon_cli.engines.diffusers.memory.meters import meter_of

        meter = meter_of(workspace.settings.device or selector.card.device)
        found = measure(request, selector, (engine, meter), listen, interruption.should_stop)
    calibration = save_calibration(found, file)
    session.out.result(
        _profile_data(found, calibration), view=lambda: _show_profile(session, found, calibration)
    )


def _profile_data(found: "Profile", calibration: "Calibration | None") -> dict[str, Any]:
    return {
        "model": found.model,
        "device": found.card.device,
        "gpu": found.card.title,
        "comparable": found.comparable,
        "calibration": asdict(calibration) if calibration else None,
        "runs": [{**asdict(run), "size": str(run.size)} for run in found.runs],
    }


def _show_profile(session: Session, found: "Profile", calibration: "Calibration | None") -> None:
    line = session.out.line
    line(f"{found.model} on {found.card.title}")
    heading = "measured" if found.comparable else "process"
    cells = [
        (
            str(run.size),
            run.strategy,
            run.predicted_bytes or Both("not known", ""),
            run.measured_bytes or run.problem,
            f"{run.measured_seconds / run.steps:.3f} s/step",
        )
        for run in found.runs
    ]
    columns = (
        Column("size"),
        Column("strategy"),
        Column("predicted", Kind.BYTES),
        Column(heading, Kind.BYTES),
        Column("time"),
    )
    session.out.table(columns, cells)
    if not found.comparable:
        line(
            "The process holds the interpreter and the libraries besides the model, so its size is not compared "
            "with the prediction: only times are calibrated here."
        )
    if calibration is None:
        line("Nothing could be compared; plans stay as they were.")
    else:
        line(f"Later plans: memory x {calibration.memory_factor:.2f}, time x {calibration.time_factor:.2f}.")
