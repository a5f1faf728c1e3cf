"""Which frames of a sheet are an animation: told by their names, or by a TOML file."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import translate
from fractions import Fraction
from typing import Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import parse_toml
from audobon_cli.domain.units import natural, plural
from audobon_cli.media.image.compose import Milliseconds
from audobon_cli.sprites.sheets.record import DIRECTIONS, FORWARD, MAX_PLAYS, Animation, WangSet
from audobon_cli.sprites.sheets.timing import MAX_DURATION_MS, MAX_FPS, frame_time
from audobon_cli.sprites.sheets.wang_sets import wang_sets

_NUMBERED = re.compile(r"(?P<stem>.*?)(?:(?:[ _.-]|(?<!\d))(?P<number>\d+)|[ _.-]?\((?P<bracketed>\d+)\))")
"""``walk_1`` and, as Windows numbers files that are renamed together, ``walk (1)``; what is before may end in a digit
where something stands between the two (``hero2_00``)."""
EXAMPLE = 'write [animations.walk] with frames = "walk_*" and fps = 10'


_WILD = frozenset("*?[")
MAX_PIVOT = 1000
"""Times the frame's size: a point further out is a slip."""

MAX_BORDER = 65_535
MAX_SPEC_BYTES = 1024 * 1024
MAX_STEPS = 100_000
"""Frames of all animations together."""

MAX_COMPARISONS = 2_000_000
"""Of patterns with names: so many take some seconds."""


@dataclass(frozen=True, slots=True)
class FrameSettings:
    """What a TOML file says of a frame; None where it says nothing."""

    duration: Milliseconds | None = None
    pivot: tuple[float, float] | None = None
    borders: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class AnimationSet:
    """The animations, what is said of frames, by their places, and the wang sets."""

    animations: tuple[Animation, ...]
    frames: Mapping[int, FrameSettings]
    wang_sets: tuple[WangSet, ...] = ()


def by_names(names: Sequence[str]) -> tuple[Animation, ...]:
    """An animation for each two or more names that differ in a number at their end, in its order; of names that occur
    twice all are members."""
    groups: dict[str, list[tuple[int, int]]] = {}
    for place, name in enumerate(names):
        match = _NUMBERED.fullmatch(name)
        if match is not None:
            groups.setdefault(match["stem"] or "frames", []).append(
                (int(match["number"] or match["bracketed"]), place)
            )
    return tuple(
        Animation(stem, tuple(place for _, place in sorted(members)))
        for stem, members in groups.items()
        if len(members) > 1
    )


def choreography(names: Sequence[str], spec: str, durations: Sequence[Milliseconds] = ()) -> AnimationSet:
    """Animations for frames of these ``names`` and ``durations`` of their own, by the TOML text ``spec``; blank: by
    their names alone.

    Raises InvalidInput for a text that says something impossible, naming what.
    """
    if not spec.strip():
        return AnimationSet(tuple(_with_times(each, durations) for each in by_names(names)), {})
    if len(spec) > MAX_SPEC_BYTES:
        raise InvalidInput(f"The sheet's TOML is longer than {MAX_SPEC_BYTES} characters.", hint=EXAMPLE)
    try:
        data = parse_toml(spec)
        unknown = set(data) - {"animations", "frames", "pivot", "wangsets"}
        if unknown:
            raise ValueError(f"{sorted(unknown)[0]!r} is not a table of it")
        found = _Found(names)
        settings = _frame_settings(found, data)
        animations = []
        for name, table in data.get("animations", {}).items():
            animation, times = _animation(name, table, found)
            # What a frame says of itself holds in every animation; of animations the first one is what it shows alone.
            said = [settings.get(place, FrameSettings()).duration for place in animation.frames]
            own = [durations[place] if durations else 100 for place in animation.frames]
            exact = tuple(a or b or c for a, b, c in zip(said, times or own, own, strict=True))
            animations.append(replace(animation, durations=exact))
            for place, time in zip(animation.frames, times, strict=False):
                found.shown_alone.setdefault(place, time)
        for place, time in found.shown_alone.items():
            old = settings.get(place, FrameSettings())
            settings[place] = FrameSettings(old.duration or time, old.pivot, old.borders)
        return AnimationSet(tuple(animations), settings, wang_sets(names, data.get("wangsets", {})))
    except (ValueError, KeyError, TypeError, AttributeError, LookupError, ArithmeticError) as error:
        raise InvalidInput(f"The sheet's TOML cannot be used: {error}.", hint=EXAMPLE) from error
    except RecursionError as error:
        raise InvalidInput("The sheet's TOML is nested too deeply.", hint=EXAMPLE) from error


def _with_times(animation: Animation, durations: Sequence[Milliseconds]) -> Animation:
    return replace(
        animation, durations=tuple(durations[place] for place in animation.frames) if durations else ()
    )


@dataclass(slots=True)
class _Found:
    """The frames by name, and how much was looked for; ``shown_alone`` are times for frames out of animations."""

    names: Sequence[str]
    places: dict[str, list[int]] = field(init=False)
    shown_alone: dict[int, Milliseconds] = field(default_factory=dict)
    comparisons: int = 0
    steps: int = 0

    def __post_init__(self) -> None:
        self.places = {}
        for place, name in enumerate(self.names):
            self.places.setdefault(name, []).append(place)

    def matching(self, pattern: str) -> list[int]:
        """The places of frames that ``pattern`` fits."""
        if pattern in self.places and not _WILD & set(pattern):
            return self.places[pattern]
        self.comparisons += len(self.names)
        if self.comparisons > MAX_COMPARISONS:
            raise ValueError("it has too many patterns for so many frames")
        fits = re.compile(translate(pattern)).match
        return [place for place, name in enumerate(self.names) if fits(name)]


def _animation(name: str, table: Mapping[str, Any], found: _Found) -> tuple[Animation, list[Milliseconds]]:
    """An animation, and the times that it gives its frames; none where it says nothing."""
    unknown = set(table) - {"frames", "fps", "durations", "direction", "loop", "repeat"}
    if unknown:
        raise ValueError(f"{name} has {sorted(unknown)[0]!r}, which is not known")
    if not name.strip():
        raise ValueError("an animation has no name")
    patterns = table.get("frames", f"{name}*")
    places = _places([patterns] if isinstance(patterns, str) else patterns, found, name)
    found.steps += len(places)
    if found.steps > MAX_STEPS:
        raise ValueError(f"its animations have more than {MAX_STEPS} frames together")
    direction = str(table.get("direction", FORWARD))
    if direction not in DIRECTIONS:
        raise ValueError(f"the direction of {name} is {direction!r} and none of {', '.join(DIRECTIONS)}")
    times: list[Milliseconds] = []
    if "durations" in table:
        if len(table["durations"]) != len(places):
            raise ValueError(
                f"{name} has {plural(len(places), 'frame')} and {plural(len(table['durations']), 'duration')}"
            )
        times = [_time(duration) for duration in table["durations"]]
    elif "fps" in table:
        fps = _positive(table["fps"])
        if not 1000 / MAX_DURATION_MS <= fps <= MAX_FPS:
            raise ValueError(f"{name} has {fps} frames a second, and at most {MAX_FPS} are possible")
        times = [frame_time(fps)] * len(places)
    loop, plays = _repetition(name, table)
    return Animation(name, places, direction, loop, (), plays), times


def _repetition(name: str, table: Mapping[str, Any]) -> tuple[bool, int]:
    """Whether an animation plays for ever, else how often."""
    if "repeat" not in table:
        return bool(table.get("loop", True)), 1
    plays = table["repeat"]
    if not isinstance(plays, int) or isinstance(plays, bool) or not 1 <= plays <= MAX_PLAYS:
        raise ValueError(f"{name} is repeated {plays!r} times, and 1 to {MAX_PLAYS} are possible")
    if table.get("loop"):
        raise ValueError(f"{name} loops for ever and is repeated {plays} times: one of them goes")
    return False, plays


def _places(patterns: Sequence[str], found: _Found, animation: str) -> tuple[int, ...]:
    """Those whose names fit, pattern by pattern, each pattern's in the order of the numbers in them."""
    places: list[int] = []
    for pattern in patterns:
        fitting = found.matching(pattern)
        if not fitting:
            raise ValueError(f"no frame of {animation} is called {pattern!r}")
        places += sorted(fitting, key=lambda place: natural(found.names[place]))
        if len(places) > MAX_STEPS:
            raise ValueError(f"{animation} has more than {MAX_STEPS} frames")
    if not places:
        raise ValueError(f"{animation} has no frames")
    return tuple(places)


def _frame_settings(found: _Found, data: Mapping[str, Any]) -> dict[int, FrameSettings]:
    pivot = _pair(data["pivot"]) if "pivot" in data else None
    settings = dict.fromkeys(range(len(found.names)), FrameSettings(pivot=pivot)) if pivot else {}
    for pattern, table in data.get("frames", {}).items():
        unknown = set(table) - {"duration", "pivot", "borders"}
        if unknown:
            raise ValueError(f"the frame {pattern} has {sorted(unknown)[0]!r}, which is not known")
        said: dict[str, Any] = {}
        if "duration" in table:
            said["duration"] = max(1, round(_time(table["duration"])))
        if "pivot" in table:
            said["pivot"] = _pair(table["pivot"])
        if "borders" in table:
            said["borders"] = _four(table["borders"])
        for place in _places([pattern], found, "[frames]"):
            # What an earlier pattern said of it holds, as far as this one says nothing.
            settings[place] = replace(settings.get(place, FrameSettings()), **said)
    return settings


def _positive(value: Any) -> Any:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < math.inf:
        raise ValueError(f"{value!r} is not a positive number")
    return value


def _time(value: Any) -> Milliseconds:
    if _positive(value) > MAX_DURATION_MS:
        raise ValueError(f"{value!r} ms are longer than a day")
    return value if isinstance(value, int) else Fraction(value).limit_denominator(1000)


def _pair(value: Any) -> tuple[float, float]:
    x, y = (float(part) for part in value)
    if not max(abs(x), abs(y)) <= MAX_PIVOT:
        raise ValueError(f"a pivot is {value!r}")
    return x, y


def _four(value: Any) -> tuple[int, int, int, int]:
    left, top, right, bottom = (int(part) for part in value)
    if not 0 <= min(left, top, right, bottom) <= max(left, top, right, bottom) <= MAX_BORDER:
        raise ValueError(f"borders are {value!r}")
    return left, top, right, bottom
