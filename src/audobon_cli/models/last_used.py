"""When each model was last used: the time of an empty file, so that noting it costs next to nothing.

Nothing leans on it; it is neither synced nor missed. A folder that cannot be written notes nothing.
"""

import contextlib
import datetime
from collections.abc import Iterable
from pathlib import Path

from audobon_cli.domain.events import Event, Listener, ModelLoaded
from audobon_cli.domain.model import Model
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import NAME


def noting_use(registry: ModelRegistry, models: Iterable[Model], listen: Listener) -> Listener:
    """``listen``, which also notes the use of each of ``models`` that is loaded and known by its name."""
    named = {model.name for model in models if _is_known(model, registry)}

    def heard(event: Event) -> None:
        if isinstance(event, ModelLoaded) and event.model in named:
            _note(registry, event.model)
        listen(event)

    return heard


def last_used(name: str, registry: ModelRegistry) -> str:
    """When the model was last loaded, in UTC, to the second; "" if it is not known."""
    try:
        seconds = _mark(registry, name).stat().st_mtime
    except OSError:
        return ""
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).isoformat()


def forget_use(name: str, registry: ModelRegistry) -> None:
    """Drop the note of a model that is removed."""
    with contextlib.suppress(OSError):
        _mark(registry, name).unlink(missing_ok=True)


def _is_known(model: Model, registry: ModelRegistry) -> bool:
    """Whether the model is the one of its name, and not a folder that happens to be called like it."""
    manifest = registry.manifests.get(model.name)
    preset = registry.presets.models.get(model.name)
    folders = {manifest.folder if manifest else "", str(preset.folder) if preset else ""}
    return bool(NAME.fullmatch(model.name)) and str(model.folder) in folders


def _note(registry: ModelRegistry, name: str) -> None:
    mark = _mark(registry, name)
    with contextlib.suppress(OSError):
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()


def _mark(registry: ModelRegistry, name: str) -> Path:
    return registry.folder / ".used" / name
