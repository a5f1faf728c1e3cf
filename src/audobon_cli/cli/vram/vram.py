"""``audobon vram``: what a model needs of a graphics card, before anything is loaded."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.plan_views import calibration_words, show_stages, stage_data
from audobon_cli.cli.session import Session
from audobon_cli.domain.strategy import Storage
from audobon_cli.domain.units import format_bytes, format_seconds

if TYPE_CHECKING:
    from audobon_cli.vram.calibrations import Calibration
    from audobon_cli.vram.plan import MemoryPlan
    from audobon_cli.vram.planner import Forecast
    from audobon_cli.vram.profiler import Profile

app = typer.Typer(no_args_is_help=True, help="Memory of graphics cards: forecasts and cards.")


@command(
    app,
    "plan",
    examples=[
        'audobon vram plan sdxl --gpu "RTX 3050 6GB"',
        "audobon vram plan flux-dev --budget 12GB --all",
        "audobon vram plan sd15 --size 768x512 --batch 4 --budget 4GB --json",
    ],
)
def plan(
    session: Session,
    model: Annotated[
        str | None, typer.Argument(help="sdxl, flux-dev …, a model of yours, or a folder; else the one set.")
    ] = None,
    size: Annotated[str, typer.Option(help="Pixels, or a named size.", show_default=False)] = "",
    batch: Annotated[int, typer.Option(help="Pictures made at once.")] = 1,
    quality: Annotated[
        str | None, typer.Option(help="draft, optimized, high, ultra: sets the steps.")
    ] = None,
    gpu: Annotated[str, typer.Option(metavar="NAME", help="Plan for this card.", show_default=False)] = "",
    budget: Annotated[
        str, typer.Option(metavar="SIZE", help="Plan for this much memory.", show_default=False)
    ] = "",
    precision: Annotated[
        str, typer.Option(help="float16 or bfloat16; else what suits the card.", show_default=False)
    ] = "",
    attention: Annotated[
        str, typer.Option(help="fused, math or classic; else what suits the card.", show_default=False)
    ] = "",
    everything: Annotated[bool, typer.Option("--all", help="Weigh all strategies.")] = False,
) -> None:
    """Say how a model fits a graphics card: the fastest strategy, its memory by stage, its time.

    Needs no card, no weights and no network. Memory is computed; times are estimates.
    """
    from audobon_cli.presets.catalog import shipped_presets
    from audobon_cli.vram.plan import PlanRequest, plan_model

    workspace = session.workspace
    request = PlanRequest(
        model=model or workspace.settings.model,
        size=size,
        batch=batch,
        quality=quality or workspace.settings.quality,
        gpu=gpu,
        budget=budget,
        precision=precision,
        everything=everything,
        attention=attention,
    )
    registry = workspace.forecast_repository
    known = registry.model(request.model, workspace.models)
    found = plan_model(
        request, known, registry.part, workspace.presets, shipped_presets(), workspace.calibrations
    )
    session.out.result(_data(found), view=lambda: _show(session, found, everything))


@command(app, "gpus", examples=["audobon vram gpus"])
def gpus(session: Session) -> None:
    """List the graphics cards that are here, and those that --gpu knows, with their memory."""
    from audobon_cli.hardware.gpu import describe_gpu
    from audobon_cli.hardware.probe import graphics_cards
    from audobon_cli.presets.catalog import shipped_presets
    from audobon_cli.vram.plan import list_cards

    cards = list_cards(shipped_presets())
    data = [
        {
            "name": card.full_name,
            "kind": card.kind,
            "memory_bytes": card.memory_bytes,
            "from_memory": card.from_memory,
        }
        for card in cards
    ]
    cells = [
        (
            card.full_name,
            card.kind,
            format_bytes(card.memory_bytes),
            "not checked" if card.from_memory else "",
        )
        for card in cards
    ]
    present = graphics_cards()

    def view() -> None:
        for gpu in present:
            session.out.note(f"here: {describe_gpu(gpu)}")
        session.out.table(("card", "kind", "memory", ""), cells)

    session.out.result({"gpus": data, "present": [asdict(gpu) for gpu in present]}, view)


@command(app, "profile", examples=["audobon vram profile", "audobon vram profile sdxl --json"])
def profile(
    session: Session,
    model: Annotated[str | None, typer.Argument(help="A model that is here; else the one set.")] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Go back to figures that are only computed.")
    ] = False,
) -> None:
    """Measure this machine: draw a few small runs, and calibrate later plans with what they took.

    The pictures are thrown away. On a graphics card memory and time are measured, on the processor time and
    the size of the process.
    """
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.domain.request import GenerationRequest
    from audobon_cli.generation.resolve.local import resolve
    from audobon_cli.vram.profiler import profile as measure
    from audobon_cli.vram.profiler import save_calibration

    workspace = session.workspace
    file = workspace.locations.calibrations
    if forget:
        file.unlink(missing_ok=True)
        session.out.result({"forgotten": True}, view=lambda: session.out.line("Plans are computed only."))
        return
    asked = GenerationRequest("a red apple", model=model, seed=1)
    request = resolve(asked, workspace.settings, workspace.models)
    selector = workspace.uncalibrated_placing
    with Interruption(session.out) as interruption, listening(session.out) as listen:
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
            format_bytes(run.predicted_bytes) if run.predicted_bytes else "unknown",
            format_bytes(run.measured_bytes) if run.measured_bytes else run.problem,
            f"{run.measured_seconds / run.steps:.3f} s/step",
        )
        for run in found.runs
    ]
    session.out.table(("size", "strategy", "predicted", heading, "time"), cells)
    if not found.comparable:
        line(
            "The process holds the interpreter and the libraries besides the model, so its size is not compared "
            "with the prediction: only times are calibrated here."
        )
    if calibration is None:
        line("Nothing could be compared; plans stay as they were.")
    else:
        line(f"Later plans: memory x {calibration.memory_factor:.2f}, time x {calibration.time_factor:.2f}.")


def _data(found: "MemoryPlan") -> dict[str, Any]:
    choice = found.plan.choice
    budget = found.question.budget
    return {
        "model": found.question.model.name,
        "size": str(found.size),
        "batch": found.question.job.batch,
        "steps": found.steps,
        "precision": found.question.model.precision.value,
        "gpu": found.card.title,
        "budget_bytes": budget.total_bytes,
        "margin_bytes": budget.margin_bytes,
        "attention": found.question.job.attention.value,
        "calibrated": found.card.calibration is not None,
        "choice": choice.strategy.name if choice else None,
        "file": found.file.name if found.file else None,
        "strategies": [_strategy(forecast) for forecast in found.plan.forecasts],
    }


def _strategy(forecast: "Forecast") -> dict[str, Any]:
    return {
        "name": forecast.strategy.name,
        "fits": forecast.fits,
        "peak_bytes": forecast.peak_bytes,
        "reserved_bytes": forecast.reserved_bytes,
        "minimum_bytes": forecast.minimum_bytes,
        "seconds": round(forecast.seconds, 1),
        "seconds_are": "estimated",
        "batch": forecast.strategy.batch,
        "requires": forecast.requires,
        "reason": forecast.reason,
        "stages": stage_data(forecast),
    }


def _show(session: Session, found: "MemoryPlan", everything: bool) -> None:
    choice = found.plan.choice
    if choice is None:
        return
    question = found.question
    budget = question.budget
    line = session.out.line
    many = f", {question.job.batch} pictures at once" if question.job.batch > 1 else ""
    steps = f"{found.steps} steps, {question.model.precision.value}"
    line(f"{question.model.title}, {found.size}{many}, {steps}, on {found.card.title}")
    source = ""
    if found.file is not None and choice.strategy.storage is Storage.GGUF:
        source = f" with {found.file.name} ({found.file.packing.kind})"
    verdict = f"{choice.strategy.name}{source}: needs {format_bytes(choice.minimum_bytes)}"
    if budget.total_bytes is not None:
        verdict += (
            f" of {format_bytes(budget.total_bytes)} ({format_bytes(budget.margin_bytes)} of it kept free)"
        )
    line(f"{verdict}, about {format_seconds(choice.seconds)} (estimate)")
    if found.card.calibration is not None:
        line(calibration_words(found.card))
    line("")
    show_stages(session, choice, budget.total_bytes)
    others = [forecast for forecast in found.plan.forecasts if forecast is not choice]
    if everything:
        line("")
        headings = ("strategy", "fits", "needs", "time", "why not")
        session.out.table(headings, map(_cells, found.plan.forecasts), unbroken="strategy")
    elif others:
        line("")
        for forecast in others:
            line(f"not {forecast.strategy.name}: {forecast.reason}")


def _cells(forecast: "Forecast") -> tuple[str, ...]:
    return (
        forecast.strategy.name,
        "yes" if forecast.fits else "no",
        format_bytes(forecast.minimum_bytes),
        format_seconds(forecast.seconds),
        forecast.reason or "the choice",
    )
