"""Several engines as one: each request goes to the one that its model belongs to."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from audobon_cli.domain.events import Listener
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Asked, Engine, EngineFacts, Rendered, ShouldStop


class RoutedEngine:
    """Implements engines.base.Engine over those that ``engine_of`` gives by the name of the provider."""

    def __init__(self, engine_of: Callable[[str], Engine]) -> None:
        self._engine_of = engine_of

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load."""
        return self._engine_of(request.provider).load(_alone(request), listen)

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """See Engine.render."""
        return self._engine_of(request.provider).render(_alone(request), seed, index, listen, should_stop)

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together."""
        return self._engine_of(asked[0][0].provider).render_together(
            [(_alone(request), seed) for request, seed in asked], index, listen, should_stop
        )


def _alone(request: ResolvedRequest) -> ResolvedRequest:
    """``request`` without its fallbacks, which are no business of an engine."""
    return replace(request, fallbacks=()) if request.fallbacks else request
