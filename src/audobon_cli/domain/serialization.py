"""Frozen dataclasses as JSON-ready dictionaries, and back: for what is kept and read again by another process."""

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_FITTING: Mapping[Any, type | tuple[type, ...]] = {
    str: str,
    bool: bool,
    int: int,
    float: (int, float),
    dict: dict,
    Mapping: dict,
}
"""What JSON gives for each plain type."""
_PLAIN = frozenset({str, bool, int, float})


def canonical_json(value: object) -> str:
    """Equal values give equal text: keys sorted, no spaces, what is not ASCII kept. What digests are made of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def to_plain(value: Any) -> Any:
    """``value`` in dictionaries, lists, strings, numbers and None; fields at their default are left out."""
    if is_dataclass(value):
        own = {one.name: getattr(value, one.name) for one in fields(value)}
        defaults = {
            one.name: one.default if one.default_factory is MISSING else one.default_factory()
            for one in fields(value)
        }
        return {name: to_plain(item) for name, item in own.items() if item != defaults[name]}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    return value


def all_facts(value: Any) -> dict[str, Any]:
    """The fields of the dataclass ``value``, those at their default too: a default may change, what is kept may not."""
    return {one.name: to_plain(getattr(value, one.name)) for one in fields(value)}


def from_plain(kind: type[T], value: Any) -> T:
    """The ``kind`` that to_plain made ``value`` of. Raises ValueError for what is none."""
    try:
        made: T = _read(kind, value)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"it is no {kind.__name__}: {error}") from error
    return made


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _parts(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    return get_origin(kind), get_args(kind)


def _read(kind: Any, value: Any) -> Any:
    if type(value) is kind and kind in _PLAIN:  # nearly all: an import reads thousands
        return value
    origin, inner = _parts(kind)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return _read(next(one for one in inner if one is not type(None)), value)
    if origin is tuple:
        kinds = [inner[0]] * len(value) if inner[1:] == (...,) else inner
        return tuple(_read(one, item) for one, item in zip(kinds, value, strict=True))
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{name: _read(hints[name], item) for name, item in value.items() if name in hints})
    if isinstance(kind, type) and issubclass(kind, tuple):  # a NamedTuple: in order, without names
        return kind(*value)
    if isinstance(kind, type) and issubclass(kind, Enum | Path):
        return kind(value)
    fitting = _FITTING.get(origin or kind)
    if fitting is not None and (
        not isinstance(value, fitting) or (kind is not bool and isinstance(value, bool))
    ):
        raise ValueError(f"{str(value)[:60]!r} is no {getattr(kind, '__name__', kind)}")
    return value
