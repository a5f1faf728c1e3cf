"""Plans for people and for scripts: a bar a stage against the budget."""

from typing import TYPE_CHECKING, Any

from audobon_cli.cli.session import Session
from audobon_cli.domain.model import LOCAL_ENGINE
from audobon_cli.domain.serialization import all_facts
from audobon_cli.domain.sound import SoundOutput
from audobon_cli.domain.units import format_bytes, format_seconds, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audobon_cli.domain.media import MediaOutput
    from audobon_cli.domain.request import ResolvedRequest
    from audobon_cli.generation.run_plan import RequestPlan, RunPlan
    from audobon_cli.generation.server_memory import ServerPlan
    from audobon_cli.vram.device_budget import DeviceBudget
    from audobon_cli.vram.planner import Forecast
    from audobon_cli.vram.unpulled import PendingDownload

BAR_CELLS = 30


def bar(share: float) -> str:
    """A bar of BAR_CELLS cells for ``share`` of the budget."""
    filled = min(BAR_CELLS, max(1, round(share * BAR_CELLS)))
    return "█" * filled + "░" * (BAR_CELLS - filled)


def show_stages(session: Session, forecast: "Forecast", budget_bytes: int | None, indent: str = "") -> None:
    """A line a stage: its peak, and the bar of it against the budget."""
    scale = budget_bytes or forecast.peak_bytes or 1
    for stage in forecast.stages:
        cells = bar(stage.allocated_bytes / scale)
        peak = "  peak" if stage.allocated_bytes == forecast.peak_bytes and len(forecast.stages) > 1 else ""
        session.out.line(
            f"{indent}{stage.name.value:<14} {cells} {format_bytes(stage.allocated_bytes):>9}{peak}"
        )


def calibration_words(card: "DeviceBudget") -> str:
    """Where the figures come from."""
    if card.calibration is None:
        return "computed, not measured here: `audobon vram profile` measures this machine"
    measured = card.calibration
    if measured.runs == 1 and card.small_speed is not None:
        return f"times by a measurement of {measured.measured}; `audobon vram profile` measures more"
    return (
        f"calibrated by {plural(measured.runs, 'run')} measured here on {measured.measured} "
        f"(memory x {measured.memory_factor:.2f}, time x {measured.time_factor:.2f})"
    )


def stage_data(forecast: "Forecast") -> list[dict[str, Any]]:
    """The stages for scripts."""
    return [
        {
            "name": stage.name.value,
            "peak_bytes": stage.allocated_bytes,
            "reserved_bytes": stage.reserved_bytes,
        }
        for stage in forecast.stages
    ]


def run_plan_data(plan: "RunPlan") -> dict[str, Any]:
    """The plan of a run for scripts."""
    return {
        "device": plan.card.device,
        "gpu": plan.card.title,
        "budget_bytes": plan.card.total_bytes,
        "calibrated": plan.card.calibration is not None,
        "pictures": plan.pictures,
        "seconds": None if plan.seconds is None else round(plan.seconds, 1),
        "seconds_are": "estimated",
        "disk_bytes": plan.disk_bytes,
        "requests": [_request_data(one) for one in plan.requests],
    }


def _request_data(plan: "RequestPlan") -> dict[str, Any]:
    request, forecast, composed = plan.request, plan.placed.forecast, plan.composed
    return {
        "prompt": request.prompt,
        "model": request.model.name,
        "size": str(request.size),
        "render_size": str(request.render_size),
        "steps": request.steps,
        "pictures": request.count,
        "strategy": request.strategy.name,
        "packed": _packed(request),
        "sound": _sound_data(request.output),
        "peak_bytes": forecast.peak_bytes if forecast else composed.peak_bytes if composed else None,
        "minimum_bytes": forecast.minimum_bytes if forecast else composed.peak_bytes if composed else None,
        "fits": forecast.fits if forecast else True if composed else None,
        "stages": stage_data(forecast) if forecast else [],
        "seconds": None if plan.seconds is None else round(plan.seconds, 1),
        "disk_bytes": plan.disk_bytes,
        "timeout_seconds": request.timeout_seconds,
        "unknown": plan.placed.unknown,
        "download": download_data(plan.download),
    }


def _sound_data(output: "MediaOutput") -> dict[str, Any] | None:
    """What a sound will be; None for pictures."""
    return all_facts(output) if isinstance(output, SoundOutput) else None


def download_data(download: "PendingDownload | None") -> dict[str, Any] | None:
    """What must be pulled first, for scripts."""
    if download is None:
        return None
    return {
        "bytes": download.bytes,
        "bytes_are": "about" if download.about else "at least",
        "free_bytes": download.free_bytes,
        "fits": download.fits,
    }


def download_words(download: "PendingDownload", model: str) -> str:
    """The same for people."""
    size = f"{'about' if download.about else 'at least'} {format_bytes(download.bytes)}"
    room = f"{format_bytes(download.free_bytes)} free"
    short = "" if download.fits else ", which is too little"
    return (
        f"not pulled yet: {size} to download and keep on disk ({room}{short}):\n  audobon models pull {model}"
    )


def _packed(request: "ResolvedRequest") -> str | None:
    """The GGUF file that the denoiser is loaded from because of the strategy."""
    return request.packed.source if request.packed and request.packed in request.loaded_components else None


def _show_sound(session: Session, request: "ResolvedRequest", output: SoundOutput) -> None:
    """What is played for a sound: the preset, and its layers."""
    line = session.out.line
    many = f"{request.count} sounds" if request.count > 1 else "1 sound"
    line(f"{request.prompt!r}: {many} of at most {request.extent} at {output.rate} Hz, {request.model.name}")
    if output.patch is not None:
        voices = (f"{one.voice} {one.form}" for one in output.patch.layers)
        line(f"{output.patch.name}: {', '.join(voices)}")


def show_run_plan(session: Session, plan: "RunPlan") -> None:
    """The plan of a run for people."""
    line = session.out.line
    budget = plan.card.total_bytes
    room = f", {format_bytes(budget)} free" if budget is not None else ""
    if any(one.request.model.remote is None and one.request.engine == LOCAL_ENGINE for one in plan.requests):
        line(f"On {plan.card.title}{room}; {calibration_words(plan.card)}")
    for one in plan.requests:
        request, forecast = one.request, one.placed.forecast
        many = plural(request.count, "picture")
        line("")
        if isinstance(request.output, SoundOutput):
            _show_sound(session, request, request.output)
            if request.model.engine != LOCAL_ENGINE:
                continue
        elif one.composed is not None:
            line(
                f"{request.prompt!r}: {many} of {request.size}, {request.model.name}, composed without a network"
            )
            time = format_seconds(one.seconds or 0)
            line(
                f"on the processor: about {format_bytes(one.composed.peak_bytes)} for the program, about {time}"
            )
            continue
        else:
            line(f"{request.prompt!r}: {many} of {request.size}, {request.model.name}, {request.steps} steps")
        if request.model.remote is not None:
            places = (leg.provider for leg in (request, *request.fallbacks))
            line(f"drawn by {', else by '.join(places)}")
            continue
        if one.download is not None:
            line(download_words(one.download, request.model.name))
        if forecast is None:
            line(f"{request.strategy.name}; no forecast: {one.placed.unknown}")
            continue
        source = f" with {_packed(request)}" if _packed(request) else ""
        needs = f"{request.strategy.name}{source}: needs {format_bytes(forecast.minimum_bytes)}"
        short = "" if forecast.fits else ", more than is free"
        time = "" if one.seconds is None else f", about {format_seconds(one.seconds)}"
        line(f"{needs}{short}{time}")
        show_stages(session, forecast, budget)
    line("")
    loading = "" if all(one.composed for one in plan.requests) else " and the loading"
    time = "" if plan.seconds is None else f", about {format_seconds(plan.seconds)}{loading}"
    line(f"In all {_counted(plan)}{time}, at most {format_bytes(plan.disk_bytes)} on disk. Nothing was made.")


def _counted(plan: "RunPlan") -> str:
    """How many pictures, and how many sounds."""
    sounds = sum(one.request.count for one in plan.requests if isinstance(one.request.output, SoundOutput))
    counts = {"picture": plan.pictures - sounds, "sound": sounds}
    said = [plural(count, name) for name, count in counts.items() if count]
    return " and ".join(said) or "0 pictures"


def server_data(one: "ServerPlan") -> dict[str, Any]:
    """``data.plan.servers[]``: what a request needs at one server of the user's own, by that server's figures."""
    found = one.forecast
    return {
        "server": one.server,
        "model": one.request.model.name,
        "render_size": str(one.request.render_size),
        "device": found.device if found else None,
        "needed_bytes": found.needed_bytes if found else None,
        "room_bytes": found.room_bytes if found else None,
        "decoding": ("tiled" if found.tiled else "whole") if found else None,
        "seconds": None if found is None or found.seconds is None else round(found.seconds, 1),
        "ahead": found.waiting if found else None,
        "problem": one.problem or None,
    }


def show_servers(session: Session, servers: "Sequence[ServerPlan]") -> None:
    """A line a server."""
    for one in servers:
        found = one.forecast
        if found is None:
            session.out.line(
                f"{one.server}: {one.problem or 'no forecast: its figures or the model are not known'}"
            )
            continue
        seconds = "" if found.seconds is None else f", about {format_seconds(found.seconds)} a picture"
        tiles = ", decoded in tiles" if found.tiled else ""
        session.out.line(
            f"{one.server}: needs {format_bytes(found.needed_bytes)} of {format_bytes(found.room_bytes)} on "
            f"{found.device}{tiles}{seconds}; {found.waiting} ahead of it"
        )
