"""``audobon vram plan``."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.plan_views import (
    calibration_words,
    download_data,
    download_words,
    show_stages,
    stage_data,
)
from audobon_cli.cli.session import Session
from audobon_cli.domain.strategy import Storage
from audobon_cli.domain.units import format_bytes, format_seconds

if TYPE_CHECKING:
    from audobon_cli.vram.plan import MemoryPlan
    from audobon_cli.vram.planner import Forecast


@dataclass(frozen=True, slots=True)
class DeviceOptions:
    """The graphics card that is planned for, and how it computes."""

    PANEL: ClassVar[str] = "Graphics card"

    gpu: Annotated[
        str, typer.Option(metavar="NAME", help="Plan for this graphics card.", show_default=False)
    ] = ""
    budget: Annotated[
        str, typer.Option(metavar="SIZE", help="Plan for this much memory.", show_default=False)
    ] = ""
    precision: Annotated[
        str, typer.Option(help="float16 or bfloat16; without it, what suits the card.", show_default=False)
    ] = ""
    attention: Annotated[
        str, typer.Option(help="fused, math or classic; without it, what suits the card.", show_default=False)
    ] = ""


@command(
    "plan",
    examples=[
        'audobon vram plan sdxl --gpu "RTX 3050 6GB"',
        "audobon vram plan flux-dev --budget 12GB --all",
        "audobon vram plan sd15 --size 768x512 --batch-size 4 --budget 4GB --json",
    ],
)
def plan(
    session: Session,
    model: Annotated[
        str | None,
        typer.Argument(
            help="sdxl, flux-dev …, one of your models, or a folder; without it, the default model."
        ),
    ] = None,
    size: Annotated[
        str, typer.Option(help="Pixels (64, 512x768), or a named size.", show_default=False)
    ] = "",
    batch: Annotated[int, typer.Option("--batch-size", help="Pictures drawn at once.")] = 1,
    quality: Annotated[str | None, typer.Option(help="Quality that sets the steps.")] = None,
    *,
    device: DeviceOptions,
    everything: Annotated[bool, typer.Option("--all", help="Compare all strategies.")] = False,
) -> None:
    """Plan how a model fits a graphics card.

    Shows the fastest strategy, its memory stage by stage, and its time. Needs no card, no weights and no network.
    Memory is computed; times are estimates.
    """
    from audobon_cli.presets.catalog import shipped_presets
    from audobon_cli.vram.plan import PlanRequest, plan_model
    from audobon_cli.vram.unpulled import download_of

    workspace = session.workspace
    request = PlanRequest(
        model=model or workspace.settings.model,
        size=size,
        batch=batch,
        quality=quality or workspace.settings.quality,
        gpu=device.gpu,
        budget=device.budget,
        precision=device.precision,
        everything=everything,
        attention=device.attention,
    )
    registry = workspace.forecast_repository
    known = registry.model(request.model, workspace.models)
    found = plan_model(
        request, known, registry.part, workspace.presets, shipped_presets(), workspace.calibrations
    )
    download = download_of(request.model, workspace.models)

    def view() -> None:
        _show(session, found, everything)
        if download is not None:
            session.out.line("")
            session.out.line(download_words(download, request.model))

    session.out.result({**_data(found), "download": download_data(download)}, view)


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
    where = " on an NVIDIA L40S" if budget.total_bytes is None else ""
    line(f"{verdict}, about {format_seconds(choice.seconds)}{where} (estimate)")
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
