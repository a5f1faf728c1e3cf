"""Requests as they are held in memory: what a strategy was chosen for, and what needs none."""

from collections.abc import Hashable
from typing import TYPE_CHECKING

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.composition import COMPOSER
from audobon_cli.domain.model import LOCAL_ENGINE
from audobon_cli.domain.request import ResolvedRequest

if TYPE_CHECKING:
    from audobon_cli.vram.planner import Forecast, ForecastInput


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request with its strategy. ``forecast`` is None where none is known, with ``unknown`` the reason."""

    request: ResolvedRequest
    forecast: "Forecast | None"
    question: "ForecastInput | None"
    unknown: str = ""


def has_model(request: ResolvedRequest) -> bool:
    """Whether there is a model to hold in memory: families with an engine of their own hold none."""
    return request.model.engine == LOCAL_ENGINE


def needs_no_place(request: ResolvedRequest, strategy: str) -> bool:
    """Whether unplanned says all that StrategySelector.place would with the ``strategy`` that was asked for."""
    return not (has_model(request) or request.model.remote is not None or request.fallbacks or strategy)


def unplanned(request: ResolvedRequest) -> PlannedRequest:
    """``request`` as it is, without a look at this machine's memory."""
    why = "" if request.engine == COMPOSER else f"no forecast is made for the engine {request.engine}"
    return PlannedRequest(request, None, None, why)


def request_kind(request: ResolvedRequest) -> Hashable:
    """Equal for requests that need the same memory and time, and so get the same strategy."""
    return (
        request.model,
        request.components,
        request.adapters,
        tuple(request.inputs.facts()),
        request.output,
        request.steps,
        request.guidance,
        request.candidates,
        request.timeout_seconds,
    )
