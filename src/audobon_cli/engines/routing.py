"""Several engines as one: each request goes to the one that its model belongs to."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from audobon_cli.domain.events import Listener
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Asked, Engine, EngineFacts, Rendered, RunAware, ShouldStop, SideBySide


class RoutedEngine:
    """Implements engines.base.Engine over those that ``engine_of`` gives for each request."""

    def __init__(self, engine_of: Callable[[ResolvedRequest], Engine]) -> None:
        self._engine_of = engine_of

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load."""
        return self._engine_of(request).load(_alone(request), listen)

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """See Engine.render."""
        return self._engine_of(request).render(_alone(request), seed, index, listen, should_stop)

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together."""
        return self._engine_of(asked[0][0]).render_together(
            [(_alone(request), seed) for request, seed in asked], index, listen, should_stop
        )

    def side_by_side(self, request: ResolvedRequest) -> bool:
        """See SideBySide."""
        engine = self._engine_of(request)
        return isinstance(engine, SideBySide) and engine.side_by_side(request)


class LocalEngines(RoutedEngine):
    """The engines of this machine as one, by ``ResolvedRequest.engine``. Each is made by ``create`` when it is first
    asked for, and kept, so that models stay loaded. Loading raises also what ``create`` raises."""

    def __init__(self, create: Callable[[str], Engine]) -> None:
        super().__init__(self._made)
        self._create = create
        self._engines: dict[str, Engine] = {}

    def begin_run(self) -> None:
        """See RunAware."""
        for engine in self._engines.values():
            if isinstance(engine, RunAware):
                engine.begin_run()

    def _made(self, request: ResolvedRequest) -> Engine:
        name = request.engine
        if name not in self._engines:
            self._engines[name] = self._create(name)
        return self._engines[name]


def _alone(request: ResolvedRequest) -> ResolvedRequest:
    """``request`` without its fallbacks, which are no business of an engine."""
    return replace(request, fallbacks=()) if request.fallbacks else request
