"""How long one picture may take, and ending cleanly when it takes longer."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from audobon_cli.domain.errors import TimedOut
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.units import format_seconds
from audobon_cli.engines.base import ShouldStop
from audobon_cli.settings.settings import Settings

Clock = Callable[[], float]


COMFYUI = "comfyui"


def with_timeout_set(request: ResolvedRequest, settings: Settings) -> ResolvedRequest:
    """``request`` with the limit that the settings set in place of the quality's, at each of its places."""
    legs = tuple(with_timeout_set(leg, settings) for leg in request.fallbacks)
    request = replace(request, fallbacks=legs)
    if request.provider == COMFYUI and settings.comfyui_timeout:
        seconds, origin = settings.comfyui_timeout, "the setting comfyui_timeout"
    elif settings.timeout:
        seconds, origin = settings.timeout, "the setting timeout"
    else:
        return request
    return replace(request, timeout_seconds=seconds, timeout_origin=origin)


@dataclass(slots=True)
class TimeLimit:
    """The limit of one picture, asked at every step; it begins when this is made.

    ``limit_seconds`` None: no limit. Loading the model does not count; other seeds tried and strategies
    stepped down to do. A single step is never cut short.
    """

    limit_seconds: float | None
    asked_otherwise: ShouldStop
    clock: Clock = time.monotonic
    _began: float | None = None

    def begin(self) -> None:
        """Start counting, once."""
        if self._began is None:
            self._began = self.clock()

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        if self.limit_seconds is None or self._began is None:
            return False
        return self.clock() - self._began > self.limit_seconds

    def should_stop(self) -> bool:
        """For the engine: whether the user asked for it or the time is up."""
        return self.asked_otherwise() or self.passed

    def error(self, quality: str, origin: str = "") -> TimedOut:
        """What the run ends with when the time was up; ``origin`` set the limit, or the ``quality`` did."""
        limit = self.limit_seconds or 0
        allowed = f"that {origin} allows" if origin else f"that quality {quality} allows"
        return TimedOut(
            f"A picture took longer than the {format_seconds(limit)} {allowed}.",
            hint="run it again with --timeout and more seconds (0: no limit), or a lower --quality; finished "
            "pictures are kept",
            timeout_seconds=limit,
        )
