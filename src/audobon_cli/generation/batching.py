"""Several pictures in one call of the model, where that pays, behind the face of an engine that draws one."""

import itertools
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace

from audobon_cli.domain.errors import OutOfMemory
from audobon_cli.domain.events import BatchHalved, Listener
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.strategy import FULL
from audobon_cli.engines.base import (
    Asked,
    BatchSizeOf,
    Engine,
    EngineFacts,
    Rendered,
    ShouldStop,
    drawing_key,
)


def no_batching(request: ResolvedRequest) -> int:
    """As on processors, where the same seed gives the same bytes whatever is drawn beside it."""
    return 1


class BatchingEngine:
    """An engine that knows what it will be asked for. Implements engines.base.Engine.

    When a picture is asked for that is upcoming, those that can be drawn with it are drawn too, and handed out
    when they are asked for. When memory runs out, half as many are tried, then half of those; only a picture
    that fails alone raises OutOfMemory. A run that is killed loses what was drawn and not yet asked for.
    """

    def __init__(self, engine: Engine, upcoming: Iterable[Asked], most: BatchSizeOf) -> None:
        """``upcoming`` in the order in which the pictures will be asked for."""
        self._engine = engine
        self._upcoming = dict.fromkeys(_plain(request, seed) for request, seed in upcoming)
        self._most = most
        self._drawn: dict[Asked, Rendered] = {}
        self._limits: dict[Hashable, int] = {}

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load."""
        return self._engine.load(request, listen)

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """See Engine.render."""
        ready = self._drawn.pop((request, seed), None)
        if ready is not None:
            return ready
        together = self._companions(request, seed)
        while len(together) > 1:
            try:
                drawn = self._engine.render_together(together, index, listen, should_stop)
            except OutOfMemory as error:
                half, message = len(together) // 2, error.message
            else:
                self._drawn.update(zip(together[1:], drawn[1:], strict=False))
                for one in together[1 : len(drawn)]:
                    self._upcoming.pop(_plain(*one), None)
                return drawn[0]
            # Outside of the except clause, so that what the failed call holds is free.
            self._limits[drawing_key(request)] = half
            listen(BatchHalved(index, len(together), half, message))
            together = together[:half]
        return self._engine.render(request, seed, index, listen, should_stop)

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together."""
        return self._engine.render_together(asked, index, listen, should_stop)

    def _companions(self, request: ResolvedRequest, seed: int) -> list[Asked]:
        """The picture asked for, no longer upcoming, and those that are drawn with it."""
        asked = [(request, seed)]
        known = _plain(request, seed) in self._upcoming
        self._upcoming.pop(_plain(request, seed), None)
        key = drawing_key(request)
        most = min(self._most(request), self._limits.get(key, self._most(request)))
        if not known or key is None or most < 2:
            return asked
        alike = (
            (placed, other_seed)
            for other, other_seed in self._upcoming
            if drawing_key(placed := replace(other, strategy=request.strategy)) == key
        )
        return asked + list(itertools.islice(alike, most - 1))


def _plain(request: ResolvedRequest, seed: int) -> Asked:
    """The picture whatever its memory strategy, which may be lowered on the way."""
    return replace(request, strategy=FULL), seed
