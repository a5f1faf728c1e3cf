"""Which frames of a sheet are an animation: told by their names, or by a TOML file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import parse_toml
from audobon_cli.sprites.sheets.record import DIRECTIONS, FORWARD, Animation, WangSet
from audobon_cli.sprites.sheets.wang_sets import wang_sets

_NUMBERED = re.compile(r"(?P<stem>.*?[^\d])??[ _.-]?(?P<number>\d+)")
EXAMPLE = 'write [animations.walk] with frames = "walk_*" and fps = 10'


@dataclass(frozen=True, slots=True)
class FrameSettings:
    """What a TOML file says of a frame; None where it says nothing."""

    duration_ms: int | None = None
    pivot: tuple[float, float] | None = None
    borders: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class AnimationSet:
    """The animations, what is said of frames, by their places, and the wang sets."""

    animations: tuple[Animation, ...]
    frames: Mapping[int, FrameSettings]
    wang_sets: tuple[WangSet, ...] = ()


def by_names(names: Sequence[str]) -> tuple[Animation, ...]:
    """An animation for each two or more names that differ in a number at their end, in its order."""
    groups: dict[str, list[tuple[int, int]]] = {}
    for place, name in enumerate(names):
        match = _NUMBERED.fullmatch(name)
        if match is not None:
            groups.setdefault(match["stem"] or "frames", []).append((int(match["number"]), place))
    return tuple(
        Animation(stem, tuple(place for _, place in sorted(members)))
        for stem, members in groups.items()
        if len(members) > 1
    )


def choreography(names: Sequence[str], spec: str) -> AnimationSet:
    """Animations for frames of these ``names``, by the TOML text ``spec``; blank: by their names alone.

    Raises InvalidInput for a text that says something impossible, naming what.
    """
    if not spec.strip():
        return AnimationSet(by_names(names), {})
    try:
        data = parse_toml(spec)
        unknown = set(data) - {"animations", "frames", "pivot", "wangsets"}
        if unknown:
            raise ValueError(f"{sorted(unknown)[0]!r} is not a table of it")
        settings = _frame_settings(names, data)
        animations = []
        for name, table in data.get("animations", {}).items():
            animation, durations = _animation(name, table, names)
            animations.append(animation)
            for place, duration in durations.items():
                old = settings.get(place, FrameSettings())
                settings[place] = FrameSettings(old.duration_ms or duration, old.pivot, old.borders)
        return AnimationSet(tuple(animations), settings, wang_sets(names, data.get("wangsets", {})))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise InvalidInput(f"The sheet's TOML cannot be used: {error}.", hint=EXAMPLE) from error


def _animation(name: str, table: Mapping[str, Any], names: Sequence[str]) -> tuple[Animation, dict[int, int]]:
    unknown = set(table) - {"frames", "fps", "durations", "direction", "loop"}
    if unknown:
        raise ValueError(f"{name} has {sorted(unknown)[0]!r}, which is not known")
    patterns = table.get("frames", f"{name}*")
    places = _places([patterns] if isinstance(patterns, str) else patterns, names, name)
    direction = str(table.get("direction", FORWARD))
    if direction not in DIRECTIONS:
        raise ValueError(f"the direction of {name} is {direction!r} and none of {', '.join(DIRECTIONS)}")
    durations: dict[int, int] = {}
    if "durations" in table:
        if len(table["durations"]) != len(places):
            raise ValueError(f"{name} has {len(places)} frames and {len(table['durations'])} durations")
        durations = dict(zip(places, (_positive(d) for d in table["durations"]), strict=True))
    elif "fps" in table:
        durations = dict.fromkeys(places, max(1, round(1000 / _positive(table["fps"]))))
    return Animation(name, places, direction, bool(table.get("loop", True))), durations


def _places(patterns: Sequence[str], names: Sequence[str], animation: str) -> tuple[int, ...]:
    """Those whose names fit, pattern by pattern, each pattern's in the order of the numbers in them."""
    places: list[int] = []
    for pattern in patterns:
        found = [place for place, name in enumerate(names) if fnmatchcase(name, pattern)]
        if not found:
            raise ValueError(f"no frame of {animation} is called {pattern!r}")
        places += sorted(found, key=lambda place: natural(names[place]))
    return tuple(places)


def natural(name: str) -> list[tuple[bool, int, str]]:
    """A key that sorts walk_2 before walk_10."""
    return [
        (part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", name)
    ]


def _frame_settings(names: Sequence[str], data: Mapping[str, Any]) -> dict[int, FrameSettings]:
    pivot = _pair(data["pivot"]) if "pivot" in data else None
    settings = dict.fromkeys(range(len(names)), FrameSettings(pivot=pivot)) if pivot else {}
    for pattern, table in data.get("frames", {}).items():
        for place in _places([pattern], names, "[frames]"):
            duration = table.get("duration")
            borders = table.get("borders")
            settings[place] = FrameSettings(
                None if duration is None else round(_positive(duration)),
                _pair(table["pivot"]) if "pivot" in table else pivot,
                None if borders is None else _four(borders),
            )
    return settings


def _positive(value: Any) -> Any:
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{value!r} is not a positive number")
    return value


def _pair(value: Any) -> tuple[float, float]:
    x, y = (float(part) for part in value)
    return x, y


def _four(value: Any) -> tuple[int, int, int, int]:
    left, top, right, bottom = (int(part) for part in value)
    return left, top, right, bottom
