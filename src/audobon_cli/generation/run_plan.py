"""What a run of ``generate`` will need, said before it starts: memory by stage, time, disk. Loads nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from audobon_cli.domain.composition import COMPOSER
from audobon_cli.domain.model import Model
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.vram.composed import ComposedNeeds, composed_needs
from audobon_cli.vram.device_budget import DeviceBudget
from audobon_cli.vram.placed import PlannedRequest
from audobon_cli.vram.unpulled import PendingDownload, is_unpulled


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """The plan of one request. ``seconds`` (loading excepted) is None where no forecast is known;
    ``disk_bytes`` is what its pictures can take at most, uncompressed (most take a third to a half of it), each
    once in the library and once outside; ``download`` what must be pulled first; ``composed`` what is needed where no
    network draws."""

    placed: PlannedRequest
    seconds: float | None
    disk_bytes: int
    download: PendingDownload | None = None
    composed: ComposedNeeds | None = None

    @property
    def request(self) -> ResolvedRequest:
        """The request with its strategy."""
        return self.placed.request


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The plans of all requests on ``card``."""

    card: DeviceBudget
    requests: tuple[RequestPlan, ...]

    @property
    def pictures(self) -> int:
        """How many pictures will be made."""
        return sum(plan.request.count for plan in self.requests)

    @property
    def seconds(self) -> float | None:
        """Estimated seconds of all; None when one is not known."""
        known = [plan.seconds for plan in self.requests if plan.seconds is not None]
        return sum(known) if len(known) == len(self.requests) else None

    @property
    def disk_bytes(self) -> int:
        """Most bytes that the pictures take."""
        return sum(plan.disk_bytes for plan in self.requests)


def plan_run(
    placed: Sequence[PlannedRequest],
    card: DeviceBudget,
    download_of: Callable[[Model], PendingDownload | None] = lambda model: None,
) -> RunPlan:
    """The plan of a run of ``placed`` requests; ``download_of`` tells what a model that is not here takes."""
    return RunPlan(card, tuple(_plan(one, download_of) for one in placed))


def _plan(placed: PlannedRequest, download_of: Callable[[Model], PendingDownload | None]) -> RequestPlan:
    request = placed.request
    timed = placed.question is not None and placed.question.model.call_seconds > 0
    seconds = (
        placed.forecast.seconds * request.count * request.candidates if timed and placed.forecast else None
    )
    composed = composed_needs(request.size) if request.engine == COMPOSER else None
    if composed is not None:
        seconds = composed.seconds * request.count
    download = download_of(request.model) if is_unpulled(request.model) else None
    return RequestPlan(placed, seconds, 2 * request.count * request.output.raw_bytes, download, composed)
