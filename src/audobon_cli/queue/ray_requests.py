"""Requests that were resolved on one machine, made fit for another: models by name, pictures by their bytes."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from audobon_cli.domain.adapters import AdapterFiles, InputImage
from audobon_cli.domain.components import ComponentChoice
from audobon_cli.domain.errors import ModelNotFound
from audobon_cli.domain.ids import BlobId
from audobon_cli.domain.model import Model
from audobon_cli.engines.hosting import Call

FindModel = Callable[[str], Model]


def localize_call(asked: Call, pictures: dict[BlobId, bytes], find: FindModel, folder: Path) -> Call:
    """``asked`` for this machine: input pictures are written to ``folder``, models looked up by ``find``.

    Raises ModelNotFound for other weights that are not here under the same path.
    """
    for blob, data in pictures.items():
        path = folder / blob
        if not path.exists():
            path.write_bytes(data)
    moved: Call = _moved(asked, lambda value: _here(value, find, folder))
    return moved


def _here(value: Any, find: FindModel, folder: Path) -> Any:
    if isinstance(value, Model):
        return find(value.name) if value.builtin or not value.folder.exists() else value
    if isinstance(value, InputImage):
        if value.content is not None:  # of an encrypted library: never written as it is
            return value
        return replace(value, path=folder / value.blob)
    if isinstance(value, AdapterFiles | ComponentChoice) and not value.path.exists():
        raise ModelNotFound(
            f"{value.path} is not on this machine of the cluster.", hint="put it there under the same path"
        )
    return None


def _moved(value: Any, change: Callable[[Any], Any]) -> Any:
    """``value`` with what ``change`` gives another for, however deep; None means none."""
    changed = change(value)
    if changed is not None:
        return changed
    if isinstance(value, tuple):
        moved = tuple(_moved(item, change) for item in value)
        return value if all(a is b for a, b in zip(moved, value, strict=True)) else moved
    if isinstance(value, list):
        return [_moved(item, change) for item in value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changes = {}
    for one in fields(value):
        held = getattr(value, one.name)
        moved = _moved(held, change)
        if moved is not held:
            changes[one.name] = moved
    return replace(value, **changes) if changes else value
