"""An engine on behalf of commands elsewhere: in the warm process, or on another machine.

A command hears the same events as from an engine of its own, and what changed on the disk is seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.events import Event, Listener, ModelLoaded, ModelLoading
from audobon_cli.domain.model import Model
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Asked, Engine, EngineFacts, Rendered, RunAware, ShouldStop, never
from audobon_cli.engines.scoring.cached_scorer import CachedScorer, Scorer


@dataclass(frozen=True, slots=True)
class Load:
    """Engine.load."""

    request: ResolvedRequest


@dataclass(frozen=True, slots=True)
class Render:
    """Engine.render."""

    request: ResolvedRequest
    seed: int
    index: int


@dataclass(frozen=True, slots=True)
class RenderTogether:
    """Engine.render_together."""

    asked: tuple[Asked, ...]
    index: int

    @property
    def request(self) -> ResolvedRequest:
        """The first of them; all are of one kind."""
        return self.asked[0][0]


@dataclass(frozen=True, slots=True)
class Score:
    """How well pictures, or other contents, show a text."""

    contents: tuple[Any, ...]
    text: str
    model: Model


Call = Load | Render | RenderTogether | Score


@dataclass(frozen=True, slots=True)
class CallResult:
    """The end of a call: its value, or what it raised."""

    value: Any = None
    error: AudobonError | None = None

    def result(self) -> Any:
        """The value. Raises the error."""
        if self.error is not None:
            raise self.error
        return self.value


class CallContext(Protocol):
    """The way back to whoever asked, during a call."""

    def tell(self, event: Event) -> None:
        """Pass an event on."""
        ...

    def should_stop(self) -> bool:
        """Whether the call is to end with Interrupted."""
        ...


@dataclass
class EngineServer:
    """The engine that ``create`` makes, and ``scorer``. ``predict_facts`` tells from the files what loading them would
    give."""

    create: Callable[[], Engine]
    predict_facts: Callable[[ResolvedRequest], tuple[EngineFacts, ...]]
    scorer: Scorer = field(default_factory=CachedScorer)
    loaded: dict[str, ModelLoaded] = field(default_factory=dict)
    """The models in memory, by name."""
    _engine: Engine | None = None
    _heard: set[str] = field(default_factory=set)

    def begin_run(self) -> None:
        """Another command asks from now on."""
        self._heard.clear()
        engine: object = self._engine
        if isinstance(engine, RunAware):
            engine.begin_run()

    def answer(self, asked: Call, line: CallContext) -> CallResult:
        """Do what is asked; what the engine raises is in the answer."""
        try:
            return CallResult(self._do(asked, line))
        except AudobonError as error:
            return CallResult(error=error)

    def _do(self, asked: Call, line: CallContext) -> object:
        if isinstance(asked, Score):
            return self.scorer(asked.contents, asked.text, asked.model)

        def tell(event: Event) -> None:
            if isinstance(event, ModelLoaded):
                self._heard.add(event.model)
                self.loaded[event.model] = event
            line.tell(event)

        engine = self._at_hand(asked.request, tell)
        if isinstance(asked, Load):
            return engine.load(asked.request, tell)
        if isinstance(asked, RenderTogether):
            return engine.render_together(asked.asked, asked.index, tell, line.should_stop)
        return engine.render(asked.request, asked.seed, asked.index, tell, line.should_stop)

    def _at_hand(self, request: ResolvedRequest, tell: Listener) -> Engine:
        """The engine with the request's model as its files are now. Each command hears once that it is loaded."""
        engine = self._engine or self.create()
        self._engine = engine
        name = request.model.name
        if name in self._heard:
            return engine
        digests = {facts.model_digest for facts in self.predict_facts(request)}
        if engine.load(request, tell).model_digest not in digests:
            self._engine = engine = self.create()
            engine.load(request, tell)
        if name not in self._heard and name in self.loaded:
            tell(ModelLoading(name))
            tell(replace(self.loaded[name], seconds=0.0))
        return engine


class EngineLink(Protocol):
    """A connection to an EngineServer."""

    def call(self, asked: Call, listen: Listener, should_stop: ShouldStop) -> CallResult | None:
        """The host's answer; None when there is none to be had: then the call is to be done here."""
        ...


@dataclass
class EngineProxy:
    """Implements engines.base.Engine: at the other end of ``link``, or by ``here``; None where the link always
    answers."""

    link: EngineLink
    here: Engine | None = None

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load."""
        answer = self.link.call(Load(request), listen, never)
        if answer is None:
            assert self.here is not None
            return self.here.load(request, listen)
        facts: EngineFacts = answer.result()
        return facts

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """See Engine.render."""
        answer = self.link.call(Render(request, seed, index), listen, should_stop)
        if answer is None:
            assert self.here is not None
            return self.here.render(request, seed, index, listen, should_stop)
        rendered: Rendered = answer.result()
        return rendered

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together."""
        answer = self.link.call(RenderTogether(tuple(asked), index), listen, should_stop)
        if answer is None:
            assert self.here is not None
            return self.here.render_together(asked, index, listen, should_stop)
        drawn: list[Rendered] = answer.result()
        return drawn


@dataclass
class ScorerProxy:
    """Scores contents at the other end of ``link``, or by ``here``, as EngineProxy draws."""

    link: EngineLink
    here: Scorer | None = None

    def __call__(self, contents: Sequence[Any], text: str, model: Model) -> tuple[float, ...]:
        """See CachedScorer."""
        answer = self.link.call(Score(tuple(contents), text, model), _ignore, never)
        if answer is None:
            assert self.here is not None
            return self.here(contents, text, model)
        scores: tuple[float, ...] = answer.result()
        return scores


def _ignore(event: Event) -> None:
    """What scoring loads is no event of the run."""
