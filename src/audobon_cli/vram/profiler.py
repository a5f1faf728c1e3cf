"""Measuring this machine against the forecast, so that the next plan is calibrated."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from audobon_cli.domain.errors import AudobonError, ModelUnsupported, OutOfMemory
from audobon_cli.domain.events import Listener, Progress
from audobon_cli.domain.output.image import ImageOutput
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.units import Size
from audobon_cli.engines.base import Engine, ShouldStop
from audobon_cli.vram.calibrations import LIMITS, UNIT, Calibration, write_calibration
from audobon_cli.vram.device_budget import DeviceBudget
from audobon_cli.vram.placed import PlannedRequest
from audobon_cli.vram.select_strategy import UNIFIED, StrategySelector

if TYPE_CHECKING:
    from audobon_cli.engines.diffusers.memory.meters import MemoryMeter

STEPS = 4
SHARES = (1.0, 0.75, 0.5)
"""Sizes that are measured, as shares of the model's own."""
CARD_STRATEGIES = ("full", "model-offload", "group-block-stream", "sequential")
PROCESSOR_RUNS = 3


@dataclass(frozen=True, slots=True)
class ProfileRun:
    """One picture: what was predicted and what was measured. ``measured_bytes`` is None when it ran out of
    memory; ``predicted_bytes`` when no forecast is known."""

    size: Size
    strategy: str
    steps: int
    predicted_bytes: int | None
    measured_bytes: int | None
    predicted_seconds: float | None
    measured_seconds: float
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """What was measured on ``card``. ``comparable``: whether measured bytes are of the kind predicted."""

    model: str
    card: DeviceBudget
    runs: tuple[ProfileRun, ...]
    comparable: bool

    def calibration(self) -> Calibration | None:
        """What follows for later plans; None when no run can be compared."""
        good = [run for run in self.runs if not run.problem and run.predicted_seconds]
        if not good:
            return None
        times = [run.measured_seconds / run.predicted_seconds for run in good if run.predicted_seconds]
        memories = [
            run.measured_bytes / run.predicted_bytes
            for run in good
            if self.comparable and run.measured_bytes and run.predicted_bytes
        ]
        worst = min(max(max(memories), LIMITS[0]), LIMITS[1]) if memories else UNIT
        return Calibration(worst, median(times), len(good), datetime.now(UTC).date().isoformat())


def profile(
    request: ResolvedRequest,
    selector: StrategySelector,
    measured: "tuple[Engine, MemoryMeter]",
    listen: Listener,
    should_stop: ShouldStop,
) -> Profile:
    """Draw small runs of ``request``'s model in several sizes and strategies, and measure each.

    ``selector`` must be one without a calibration. Pictures are thrown away. Takes seconds a run and, the
    first time, the loading of the model. Raises Interrupted.
    """
    engine, meter = measured
    runs: list[ProfileRun] = []
    planned = list(_runs(request, selector))
    for done, one in enumerate(planned):
        listen(Progress("measuring", done, len(planned), "runs"))
        runs.append(_measure(one, engine, meter, should_stop))
    listen(Progress("measuring", len(planned), len(planned), "runs"))
    return Profile(request.model.name, selector.card, tuple(runs), meter.comparable)


def save_calibration(found: Profile, file: Path) -> Calibration | None:
    """Write down what ``found`` says of its device, for later plans. Raises OSError."""
    calibration = found.calibration()
    if calibration is not None:
        device = found.card.device if found.card.device in UNIFIED else found.card.title
        write_calibration(file, device, calibration)
    return calibration


def _runs(request: ResolvedRequest, selector: StrategySelector) -> Iterator[PlannedRequest]:
    rule = request.model.size_rule
    request = replace(request, steps=STEPS, count=1, timeout_seconds=None)
    if selector.card.device in UNIFIED:
        for _ in range(PROCESSOR_RUNS):
            yield selector.place(request, "full")
        return
    for size in _sizes(rule.native, 64, rule.scales):
        for strategy in CARD_STRATEGIES:
            yield selector.place(replace(request, output=ImageOutput(size, size)), strategy)


def _sizes(native: Size, multiple: int, fixed: bool) -> Sequence[Size]:
    if fixed:
        return (native,)
    found = (
        Size(
            *(
                max(multiple, int(side * share) // multiple * multiple)
                for side in (native.width, native.height)
            )
        )
        for share in SHARES
    )
    return tuple(dict.fromkeys(found))


def _measure(
    one: PlannedRequest, engine: Engine, meter: "MemoryMeter", should_stop: ShouldStop
) -> ProfileRun:
    request, forecast = one.request, one.forecast
    predicted = None if forecast is None else forecast.peak_bytes
    seconds = None if forecast is None else forecast.seconds
    problem, measured, took = "", None, 0.0
    try:
        # Twice: kernels are chosen and caches filled at the first.
        for _ in range(2):
            meter.begin()
            began = time.perf_counter()
            engine.render(request, request.seed, 0, _ignore, should_stop)
            took = time.perf_counter() - began
            measured = meter.peak_bytes()
    except (OutOfMemory, ModelUnsupported) as error:
        problem = _problem(error)
    return ProfileRun(
        request.render_size,
        request.strategy.name,
        request.steps,
        predicted,
        None if problem else measured,
        seconds,
        took,
        problem,
    )


def _problem(error: AudobonError) -> str:
    return "out of memory" if isinstance(error, OutOfMemory) else error.message


def _ignore(_: object) -> None:
    """Steps of measured pictures are nobody's news."""
