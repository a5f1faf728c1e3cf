"""The engines by name. Nothing of an engine is imported until it is asked for."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Listener
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Asked, Engine, EngineFacts, Rendered, ShouldStop
from audobon_cli.engines.quiet_imports import import_diffusers


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """An engine: ``target`` is ``"module:Class"``; ``extra`` the extra of this package that it needs.

    ``foresight`` is ``"module:function"``: called with a request and the options of the class, it gives the
    EngineFacts that loading the request's model may give, without importing anything heavy.
    """

    name: str
    target: str
    foresight: str
    extra: str = ""
    description: str = ""


ENGINES = {
    entry.name: entry
    for entry in (
        EngineEntry(
            "local",
            "audobon_cli.engines.diffusers.engine:LocalEngine",
            "audobon_cli.engines.diffusers.predicted_facts:predict_facts",
            description="diffusers pipelines on this machine",
        ),
    )
}


def engine_names() -> tuple[str, ...]:
    """The names of all engines, sorted."""
    return tuple(sorted(ENGINES))


def create_engine(name: str, **options: Any) -> Engine:
    """A new engine; ``options`` go to its constructor. Importing a local engine takes seconds.

    Raises InvalidInput if no engine is called that, or if packages that it needs are not installed.
    """
    entry = _entry(name)
    try:
        import_diffusers()
        return cast(Engine, _named(entry.target)(**options))
    except ModuleNotFoundError as error:
        package = f"audobon-cli[{entry.extra}]" if entry.extra else "audobon-cli"
        raise InvalidInput(
            f"The engine {name} needs the package {error.name}, which is not installed.",
            hint=f"pip install '{package}'",
        ) from error


def predict_facts(name: str, request: ResolvedRequest, **options: Any) -> tuple[EngineFacts, ...]:
    """What the engine ``name`` made with ``options`` may say of itself once the request's model is loaded.

    Raises InvalidInput if no engine is called that, and what the engine raises for a damaged model.
    """
    return cast("tuple[EngineFacts, ...]", _named(_entry(name).foresight)(request, **options))


class DeferredEngine:
    """The engine ``name``, made on the first call. Implements engines.base.Engine."""

    def __init__(self, name: str, **options: Any) -> None:
        self._name = name
        self._options = options

    @cached_property
    def _engine(self) -> Engine:
        return create_engine(self._name, **self._options)

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load; raises also as create_engine."""
        return self._engine.load(request, listen)

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """See Engine.render."""
        return self._engine.render(request, seed, index, listen, should_stop)

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together."""
        return self._engine.render_together(asked, index, listen, should_stop)


def _entry(name: str) -> EngineEntry:
    entry = ENGINES.get(name)
    if entry is None:
        raise InvalidInput(
            f"There is no engine called {name!r}.", hint=f"engines are: {', '.join(engine_names())}"
        )
    return entry


def _named(target: str) -> Any:
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)
