"""How many pictures of a request are drawn at once: as many as the memory forecast says that the card holds."""

from dataclasses import replace

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.strategy import StageName, Strategy
from audobon_cli.vram.planner import Forecast, ForecastInput, forecast_strategy
from audobon_cli.vram.simulation.pipeline import PartSource, PipelineReplay

MAX_BATCH = 64
"""Most pictures in one call."""


@dataclass(frozen=True, slots=True)
class BatchFit:
    """``batch`` pictures fit at once, held as ``strategy`` says, whose ``batch`` is the same.

    ``forecast`` is that of the batch, its seconds for all of it; None where nothing is known of the model or
    the card, and the batch then is 1.
    """

    batch: int
    strategy: Strategy
    forecast: Forecast | None


def largest_batch(question: ForecastInput, strategy: Strategy, wanted: int, source: PartSource) -> BatchFit:
    """The most pictures up to ``wanted`` (at most MAX_BATCH) that fit ``question``'s budget and margin when they
    are drawn in one call as ``strategy`` says; at least 1, whether that fits or not. Takes some tens of
    milliseconds.
    """
    usable = question.budget.usable_bytes
    if usable is None:
        return BatchFit(1, replace(strategy, batch=1), None)
    capacity = int(usable / question.scale)
    low, high = 1, max(1, min(wanted, MAX_BATCH))
    while low < high:
        middle = (low + high + 1) // 2
        if _fits(question, strategy, middle, source, capacity):
            low = middle
        else:
            high = middle - 1
    chosen = replace(strategy, batch=low)
    job = replace(question.job, batch=low)
    return BatchFit(low, chosen, forecast_strategy(replace(question, job=job), chosen, source))


def _fits(question: ForecastInput, strategy: Strategy, batch: int, source: PartSource, capacity: int) -> bool:
    job = replace(question.job, batch=batch)
    play = PipelineReplay(question.model, job, replace(strategy, batch=batch), source)
    return all(play.runs_in(stage, capacity) for stage in StageName)
