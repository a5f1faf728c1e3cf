"""The engines by name. Nothing of an engine is imported until it is asked for."""

import importlib
from dataclasses import dataclass
from typing import Any, cast

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.engines.base import Engine


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """An engine: ``target`` is ``"module:Class"``; ``extra`` the extra of this package that it needs."""

    name: str
    target: str
    extra: str = ""
    description: str = ""


ENGINES = {
    entry.name: entry
    for entry in (
        EngineEntry(
            "local",
            "audobon_cli.engines.local.diffusion:LocalEngine",
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
    entry = ENGINES.get(name)
    if entry is None:
        raise InvalidInput(
            f"There is no engine called {name!r}.", hint=f"engines are: {', '.join(engine_names())}"
        )
    module, _, attribute = entry.target.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        package = f"audobon-cli[{entry.extra}]" if entry.extra else "audobon-cli"
        raise InvalidInput(
            f"The engine {name} needs the package {error.name}, which is not installed.",
            hint=f"pip install '{package}'",
        ) from error
    return cast(Engine, found(**options))
