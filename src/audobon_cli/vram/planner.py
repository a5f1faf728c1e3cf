"""Choosing a strategy: the fastest that fits the budget with a margin, and why not the others."""

from dataclasses import replace

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.strategy import Offload, StageName, Storage, Strategy
from audobon_cli.domain.units import format_bytes
from audobon_cli.vram.simulation.allocator import MIB
from audobon_cli.vram.simulation.pipeline import PartSource, Peak, PipelineModel, PipelineReplay, StageRun
from audobon_cli.vram.simulation.timing import estimate_seconds
from audobon_cli.vram.sound_shapes import SoundLength
from audobon_cli.vram.strategies import (
    GGUF_FILE,
    GGUF_STORAGES,
    REQUIRED_PACKAGES,
    SAFE_DECODER,
    decodings,
    weight_placements,
    with_decoding,
)

MARGIN_SHARE = 0.05
MARGIN_BYTES = 128 * MIB
"""What a plan leaves free: the larger of a share of the budget and this. Published reserved peaks lie up to
2 % above the forecast, and latents, embeddings and scheduler states (a few MiB) are not in the traces."""

STEPS_DOWN = (0.85, 0.99)
"""After a strategy ran out of memory: what share of its predicted need the next may have, tried in order."""


@dataclass(frozen=True, slots=True)
class MemoryBudget:
    """Bytes that the run may reserve on the card; None: no card is known, everything fits."""

    total_bytes: int | None

    @classmethod
    def of_usable(cls, usable_bytes: int) -> "MemoryBudget":
        """The budget whose ``usable_bytes`` that is."""
        return cls(max(usable_bytes + MARGIN_BYTES, int(usable_bytes / (1 - MARGIN_SHARE))))

    @property
    def margin_bytes(self) -> int:
        """What is left free of it."""
        return 0 if self.total_bytes is None else max(MARGIN_BYTES, int(self.total_bytes * MARGIN_SHARE))

    @property
    def usable_bytes(self) -> int | None:
        """What a plan may need at most."""
        return None if self.total_bytes is None else max(0, self.total_bytes - self.margin_bytes)


@dataclass(frozen=True, slots=True)
class ForecastInput:
    """What is to be planned. ``pace``: denoising steps, and the card's speed as a multiple of an L40S's;
    ``packages`` are those installed of REQUIRED_PACKAGES, and what else is there of GGUF_FILE, SAFE_DECODER.

    ``scale`` corrects predicted bytes by what was measured on this machine (vram/profiler.py); ``stored``
    is how the model's file keeps the denoiser's weights, when it is quantised: no other storage is weighed.
    """

    model: PipelineModel
    job: StageRun
    pace: tuple[int, float]
    budget: MemoryBudget
    packages: frozenset[str] = frozenset()
    scale: float = 1.0
    stored: Storage | None = None
    sound: SoundLength | None = None
    """What is planned, where that is a sound."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """A strategy with what it will need. ``seconds`` is an estimate for all pictures; ``minimum_bytes`` the
    smallest capacity that is enough (within pipeline.MINIMUM_STEP), which the stage ``bottleneck`` needs;
    ``requires`` a package that is not installed; ``reason`` why the strategy was passed over."""

    strategy: Strategy
    fits: bool
    seconds: float
    stages: tuple[Peak, ...]
    minimum_bytes: int
    bottleneck: StageName
    requires: str
    reason: str

    @property
    def peak_bytes(self) -> int:
        """Most bytes allocated."""
        return max(stage.allocated_bytes for stage in self.stages)

    @property
    def reserved_bytes(self) -> int:
        """Most bytes reserved, on a card with room."""
        return max(stage.reserved_bytes for stage in self.stages)


@dataclass(frozen=True, slots=True)
class Plan:
    """The strategies weighed, from the fastest, and the one to take; None when none fits."""

    choice: Forecast | None
    forecasts: tuple[Forecast, ...]


def make_plan(question: ForecastInput, source: PartSource, everything: bool = False) -> Plan:
    """Weigh strategies from the fastest until one fits; all of them with ``everything``.

    Takes some tens of milliseconds a strategy.
    """
    candidates = sorted(
        ((_quickest(question, strategy, source), strategy) for strategy in _weighed(question)),
        key=lambda pair: pair[0],
    )
    found: list[Forecast] = []
    choice: Forecast | None = None
    for _, strategy in candidates:
        usable = _requirement(question, strategy) == ""
        if choice is not None and not everything:
            break
        if not usable and not everything:
            continue
        forecast = _forecast(question, strategy, source)
        found.append(forecast)
        if choice is None and forecast.fits and not forecast.requires:
            choice = forecast
    return Plan(choice, tuple(_explained(question.budget, forecast, choice) for forecast in found))


def step_down(question: ForecastInput, failed: Strategy, source: PartSource) -> Forecast | None:
    """What to try after ``failed`` ran out of memory: the fastest that needs clearly less, else the one
    that needs least; None when nothing needs less."""
    tried = _forecast_of(question, failed, source)
    for share in STEPS_DOWN:
        budget = MemoryBudget.of_usable(int(tried.minimum_bytes * share))
        plan = make_plan(replace(question, budget=budget), source)
        if plan.choice is not None and plan.choice.minimum_bytes < tried.minimum_bytes:
            return plan.choice
    return None


def forecast_strategy(question: ForecastInput, strategy: Strategy, source: PartSource) -> Forecast:
    """What exactly ``strategy`` will need, whether it fits or not."""
    return _forecast_of(question, strategy, source)


def _weighed(question: ForecastInput) -> list[Strategy]:
    found = weight_placements(question.job.batch, question.job.attention)
    if question.model.whole:
        return [one for one in found if one.offload is Offload.NONE and one.storage is Storage.NATIVE]
    if question.model.packed:
        return [strategy for strategy in found if strategy.storage is Storage.NATIVE]
    if question.stored is None:
        # A file at hand stands in for those that might be.
        left_out = GGUF_STORAGES[:1] if question.model.packing is None else GGUF_STORAGES[1:]
        return [strategy for strategy in found if strategy.storage not in left_out]
    return [
        replace(strategy, storage=question.stored) for strategy in found if strategy.storage is Storage.NATIVE
    ]


def smallest(plan: Plan) -> Forecast | None:
    """The forecast that needs the least memory, of those that need no package that is not here; None without."""
    ready = [forecast for forecast in plan.forecasts if not forecast.requires]
    return min(ready, key=lambda forecast: forecast.minimum_bytes, default=None)


def _quickest(question: ForecastInput, strategy: Strategy, source: PartSource) -> float:
    play = PipelineReplay(question.model, question.job, strategy, source)
    return estimate_seconds(question.model, question.job, strategy, play.parts, question.pace)


def _requirement(question: ForecastInput, strategy: Strategy) -> str:
    """What ``strategy`` needs that is not here."""
    storage = question.model.storage(strategy)
    needed = [REQUIRED_PACKAGES.get(storage, "")]
    if storage in GGUF_STORAGES[1:] and question.stored is None:
        needed.append(GGUF_FILE)
    if strategy.decoder_in_half:
        needed.append(SAFE_DECODER)
    missing = [name for name in needed if name and name not in question.packages]
    return " and ".join(missing)


def _forecast(question: ForecastInput, strategy: Strategy, source: PartSource) -> Forecast:
    """Play ``strategy`` with the first way of decoding that fits, else with the smallest that is ready."""
    usable = question.budget.usable_bytes
    ways = [with_decoding(strategy, way) for way in decodings(question.model, question.job, strategy.batch)]
    ready = [way for way in ways if not (way.decoder_in_half and _requirement(question, way))]
    chosen = ready[0]
    if usable is not None:
        capacity = int(usable / question.scale)
        first = PipelineReplay(question.model, question.job, chosen, source)
        if first.resident_bytes <= capacity:
            chosen = next((way for way in ready if _decodes_in(question, way, source, capacity)), ready[-1])
    return _forecast_of(question, chosen, source)


def _decodes_in(question: ForecastInput, strategy: Strategy, source: PartSource, capacity: int) -> bool:
    return PipelineReplay(question.model, question.job, strategy, source).runs_in(StageName.DECODE, capacity)


def _forecast_of(question: ForecastInput, strategy: Strategy, source: PartSource) -> Forecast:
    usable = question.budget.usable_bytes
    play = PipelineReplay(question.model, question.job, strategy, source)
    peaks = play.peaks()
    minimum, bottleneck = play.minimum(peaks)
    minimum = int(minimum * question.scale)
    return Forecast(
        strategy=strategy,
        fits=usable is None or minimum <= usable,
        seconds=estimate_seconds(question.model, question.job, strategy, play.parts, question.pace),
        stages=tuple(peak.scaled(question.scale) for peak in peaks),
        minimum_bytes=minimum,
        bottleneck=bottleneck,
        requires=_requirement(question, strategy),
        reason="",
    )


def _explained(budget: MemoryBudget, forecast: Forecast, choice: Forecast | None) -> Forecast:
    """``forecast`` with the reason for which it was passed over."""
    if forecast is choice:
        return forecast
    if not forecast.fits:
        gap = forecast.minimum_bytes - (budget.usable_bytes or 0)
        return replace(forecast, reason=f"{forecast.bottleneck} is {format_bytes(gap)} short")
    if forecast.requires:
        return replace(forecast, reason=f"needs {forecast.requires}")
    return replace(forecast, reason="slower than the choice")
