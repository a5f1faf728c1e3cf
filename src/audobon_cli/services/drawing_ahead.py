"""Several pictures in one call of the model, where that pays, behind the face of an engine that draws one."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace

from audobon_cli.domain.errors import OutOfMemory
from audobon_cli.domain.events import DrawnInHalves, Listener
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.vram.strategies import FULL
from audobon_cli.engines.base import Asked, Engine, EngineFacts, Rendered, ShouldStop, drawing_key

MostTogether = Callable[[ResolvedRequest], int]
"""How many pictures of a request's kind the model may draw in one call."""


def one_by_one(request: ResolvedRequest) -> int:
    """As on processors, where the same seed gives the same bytes whatever is drawn beside it."""
    return 1


@dataclass(slots=True)
class DrawingAhead:
    """An engine that knows what it will be asked for. Implements engines.base.Engine.

    When a picture is asked for that is ``upcoming``, those that can be drawn with it are drawn too, and
    handed out when they are asked for. When memory runs out, half as many are tried, then half of those; only
    a picture that fails alone raises OutOfMemory.
    """

    engine: Engine
    upcoming: list[Asked]
    most: MostTogether
    _drawn: dict[Asked, Rendered] = field(default_factory=dict)
    _limits: dict[Hashable, int] = field(default_factory=dict)

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load."""
        return self.engine.load(request, listen)

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
                drawn = self.engine.render_together(together, index, listen, should_stop)
            except OutOfMemory as error:
                half = len(together) // 2
                message = error.message
            else:
                self._drawn.update(zip(together[1:], drawn[1:], strict=False))
                self._leave_out(together[1 : len(drawn)])
                return drawn[0]
            # Outside of the except clause, so that what the failed call holds is free.
            self._limits[drawing_key(request)] = half
            listen(DrawnInHalves(index, len(together), half, message))
            together = together[:half]
        return self.engine.render(request, seed, index, listen, should_stop)

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together."""
        return self.engine.render_together(asked, index, listen, should_stop)

    def _companions(self, request: ResolvedRequest, seed: int) -> list[Asked]:
        """The picture asked for, and those that are drawn with it; of upcoming it is taken out."""
        asked = [(request, seed)]
        if not self._leave_out(asked):
            return asked
        key = drawing_key(request)
        most = min(self.most(request), self._limits.get(key, self.most(request)))
        if key is None or most < 2:
            return asked
        for other, other_seed in self.upcoming:
            if len(asked) == most:
                break
            placed = replace(other, strategy=request.strategy)
            if drawing_key(placed) == key and (placed, other_seed) not in asked:
                asked.append((placed, other_seed))
        return asked

    def _leave_out(self, asked: Sequence[Asked]) -> bool:
        """Take ``asked`` out of upcoming; whether one was there. Strategies may have been lowered since."""
        gone = {(replace(request, strategy=FULL), seed) for request, seed in asked}
        kept = [one for one in self.upcoming if (replace(one[0], strategy=FULL), one[1]) not in gone]
        found = len(kept) < len(self.upcoming)
        self.upcoming = kept
        return found
