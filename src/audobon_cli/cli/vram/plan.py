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
from audobon_cli.cli.screen.columns import Cell, Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.strategy import Offload, Storage
from audobon_cli.domain.units import format_bytes, format_seconds

if TYPE_CHECKING:
    from audobon_cli.vram.plan import MemoryPlan
    from audobon_cli.vram.planner import Forecast

STRATEGIES = (
    Column("strategy"),
    Column("fits"),
    Column("needs", Kind.BYTES),
    Column("a picture", Kind.SECONDS),
    Column("why not", Kind.PROSE),
)
OFFLOADS = {
    Offload.NONE: "all of it on the card",
    Offload.MODEL: "one part at a time",
    Offload.BLOCK: "block by block",
    Offload.BLOCK_STREAM: "streamed in blocks",
    Offload.LEAF_STREAM: "streamed layer by layer",
    Offload.SEQUENTIAL: "layer by layer",
}
"""What the ways of placing weights are, in words."""


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
        'audobon vram plan musicgen-small --length 20 --gpu "RTX 3050 6GB"',
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
    length: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Length, of models that make sounds.")
    ] = None,
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
        length=length,
    )
    registry = workspace.vram.repository
    known = registry.model(request.model, workspace.models)
    found = plan_model(
        request, known, registry.part, workspace.presets, shipped_presets(), workspace.vram.calibrations
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
    budget, sound = found.question.budget, found.question.sound
    return {
        "model": found.question.model.name,
        "size": None if sound else str(found.size),
        "length": sound.seconds if sound else None,
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
        "strategies": [_strategy(forecast, timed=sound is None) for forecast in found.plan.forecasts],
    }


def _strategy(forecast: "Forecast", timed: bool) -> dict[str, Any]:
    return {
        "name": forecast.strategy.name,
        "fits": forecast.fits,
        "peak_bytes": forecast.peak_bytes,
        "reserved_bytes": forecast.reserved_bytes,
        "minimum_bytes": forecast.minimum_bytes,
        "seconds": round(forecast.seconds, 1) if timed else None,
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
    budget, line = question.budget, session.out.line
    source = ""
    if found.file is not None and choice.strategy.storage is Storage.GGUF:
        source = f" with {found.file.name} ({found.file.packing.kind})"
    if budget.total_bytes is None:
        # Every card is planned for: there is none here, and none was named.
        line(f"{question.model.title} needs {format_bytes(choice.minimum_bytes)}{source}, {_way(choice)}")
        line("  no GPU found here; name one with --gpu, or a size with --budget")
    else:
        line(f"✓ {question.model.title} fits {found.card.title}{source}, {_way(choice)}")
        line(
            f"  needs {format_bytes(choice.minimum_bytes)} of {format_bytes(budget.total_bytes)} "
            f"({format_bytes(budget.margin_bytes)} of it held in reserve)"
        )
    where = " on an NVIDIA L40S" if budget.total_bytes is None else ""
    many = f"{question.job.batch} pictures at once" if question.job.batch > 1 else "a picture"
    if question.sound is not None:
        # No time of a model of sounds is known.
        steps = "" if question.model.whole else f", {found.steps} steps"
        line(f"  a sound of {question.sound.seconds:g} s{steps}, {question.model.precision.value}")
    else:
        line(
            f"  about {format_seconds(choice.seconds)} for {many}{where}: {found.size}, {found.steps} steps, "
            f"{question.model.precision.value}"
        )
    show_stages(session, choice, budget.total_bytes, "  ")
    others = [forecast for forecast in found.plan.forecasts if forecast is not choice]
    for forecast in [] if everything else others:
        line(f"  {_why_not(forecast)}")
    if everything:
        line("")
        rows = [
            _cells(forecast, forecast is choice, question.sound is None) for forecast in found.plan.forecasts
        ]
        columns = STRATEGIES if question.sound is None else (*STRATEGIES[:3], *STRATEGIES[4:])
        session.out.table(columns, rows, {"yes": "green", "no": "red"})
    words = calibration_words(found.card)
    session.out.note(f"{words[0].upper()}{words[1:]}.")
    if not everything:
        session.out.note("All strategies: add --all.")


def _way(forecast: "Forecast") -> str:
    """How the strategy works, and its name."""
    strategy = forecast.strategy
    ways = [OFFLOADS[strategy.offload]]
    if strategy.storage is not Storage.NATIVE:
        ways.append(f"weights kept in {strategy.storage.value}")
    if strategy.tile:
        ways.append("decoded in tiles")
    elif strategy.sliced:
        ways.append("decoded one picture at a time")
    return f"{', '.join(ways)} ({strategy.name})"


def _why_not(forecast: "Forecast") -> str:
    name = f"`{forecast.strategy.name}`"
    return f"{name}: {forecast.reason}" if forecast.fits else f"{name} does not fit: {forecast.reason}"


def _cells(forecast: "Forecast", is_choice: bool, timed: bool) -> "tuple[Cell, ...]":
    seconds = (forecast.seconds,) if timed else ()
    return (
        forecast.strategy.name,
        "yes" if forecast.fits else "no",
        forecast.minimum_bytes,
        *seconds,
        "the choice" if is_choice else forecast.reason,
    )
