"""Sheets to be watched in the engines: twenty of them, with what should be seen of each and when.

What is expected is said here in pictures and milliseconds, and not taken from the program.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from audobon_cli.derivations.run import OperationContext
from audobon_cli.derivations.sources import Source
from audobon_cli.domain.events import ignore
from audobon_cli.media.image.pixels import DecodedImage, Pixels
from audobon_cli.sprites.make_sheet import SheetRequest, make_sheet
from audobon_cli.sprites.sheets.sheet import Sheet

SIDE = 32
GROUND = (24, 32, 40)
"""What the engines draw on."""

GROUND_HEX = "#182028"
TICK = Fraction(1, 60)
TICKS = 150


def figure(number: int, shift: int = 0) -> Pixels:
    """A figure that no other is like: its colour says its number, and it stands ``shift`` pixels to the right."""
    pixels = np.zeros((SIDE, SIDE, 4), dtype=np.uint8)
    pixels[10:26, 4 + shift : 14 + shift] = (
        60 + 7 * (number % 26),
        250 - 9 * (number % 25),
        40 + 5 * number % 210,
        255,
    )
    pixels[4:10, 6 + shift : 12 + shift] = (240, 200, 10 + number, 255)
    return pixels


@dataclass(frozen=True)
class Played:
    """One sheet: named pictures and the TOML; ``order`` are the numbers of the pictures as they are seen in one round,
    each for its time in ``times`` (milliseconds); it loops, or is shown ``plays`` times and stands at the last."""

    name: str
    pictures: Sequence[tuple[str, Pixels]]
    spec: str
    order: Sequence[int]
    times: Sequence[Fraction | int]
    plays: int = 0
    animation: str = "walk"
    options: dict[str, object] = field(default_factory=dict)
    moving: DecodedImage | None = None

    @property
    def steady(self) -> bool:
        """Whether all frames are shown for the same time."""
        return len(set(self.times)) == 1

    def at(self, time: Fraction) -> int:
        """The place in ``order`` that is shown ``time`` seconds after the start."""
        total = sum(Fraction(t) for t in self.times)
        place = time * 1000
        if self.plays and place >= total * self.plays:
            return len(self.order) - 1
        place %= total
        for index, duration in enumerate(self.times):
            if place < duration:
                return index
            place -= duration
        return len(self.order) - 1


def _walk(count: int, names: str = "walk_{:02}", step: int = 3, first: int = 0) -> list[tuple[str, Pixels]]:
    return [(names.format(i), figure(first + i, i * step % 14)) for i in range(count)]


def _toml(**values: object) -> str:
    rows = [
        f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}"
        for key, value in values.items()
    ]
    return "\n".join(['[animations."walk"]', 'frames = "walk_*"', *rows]).replace("'", '"')


def _fps(fps: str, count: int) -> list[Fraction | int]:
    return [1000 / Fraction(fps)] * count


def sheets() -> list[Played]:
    """The twenty."""
    moved = DecodedImage("walk", tuple(p for _, p in _walk(3)), (70, 120, 40), plays=1)
    fast = DecodedImage("walk", tuple(p for _, p in _walk(3)), (100, 100, 100))
    others = [(f"other_{i}", figure(40 + i, i)) for i in range(5)]
    return [
        Played("names", _walk(4), "", (0, 1, 2, 3), _fps("10", 4)),
        Played("durations", _walk(3), _toml(durations=[100, 250, 50]), (0, 1, 2), (100, 250, 50)),
        Played("fps12", _walk(5), _toml(fps=12), range(5), _fps("12", 5)),
        Played("fps24", _walk(7), _toml(fps=24), range(7), _fps("24", 7)),
        Played("fps2997", _walk(6), _toml(fps=29.97), range(6), _fps("29.97", 6)),
        Played("fps60", _walk(12, step=1), _toml(fps=60), range(12), _fps("60", 12)),
        Played("pingpong", _walk(4), _toml(fps=8, direction="pingpong"), (0, 1, 2, 3, 2, 1), _fps("8", 6)),
        Played(
            "nod", _walk(3), _toml(durations=[80, 120, 60], direction="pingpong", loop=False),
            (0, 1, 2, 1, 0), (80, 120, 60, 120, 80), 1,
        ),
        Played("reverse", _walk(4), _toml(fps=10, direction="reverse"), (3, 2, 1, 0), _fps("10", 4)),
        Played(
            "bounce", _walk(4), _toml(durations=[50, 100, 150, 200], direction="pingpong_reverse"),
            (3, 2, 1, 0, 1, 2), (200, 150, 100, 50, 100, 150),
        ),
        Played("once", _walk(4), _toml(fps=10, loop=False), range(4), _fps("10", 4), 1),
        Played("thrice", _walk(4), _toml(fps=20, repeat=3), range(4), _fps("20", 4), 3),
        Played(
            "shared", _walk(4), '[animations.idle]\nframes = "walk_*"\nfps = 3\n' + _toml(fps=15),
            range(4), _fps("15", 4),
        ),
        Played("still", _walk(4), '[animations.idle]\nframes = ["walk_00"]\n' + _toml(fps=10), range(4), _fps("10", 4)),
        Played(
            "again", _walk(3),
            '[animations.walk]\nframes = ["walk_00", "walk_01", "walk_00", "walk_02"]\ndurations = [60, 90, 120, 150]',
            (0, 1, 0, 2), (60, 90, 120, 150),
        ),
        Played("long", _walk(30, step=1), _toml(fps=30), range(30), _fps("30", 30)),
        Played(
            "pages", [*others, *_walk(4)], _toml(fps=10), range(5, 9), _fps("10", 4),
            options={"max_size": 70, "trim": False},
        ),
        Played(
            "odd names", _walk(3, "läuft/links {}"), '[animations."läuft/links"]\nfps = 10',
            range(3), _fps("10", 3), 0, "läuft/links", {"extrude": 2, "padding": 3, "power_of_two": True},
        ),
        Played("gif", (), "", range(3), (100, 100, 100), moving=fast),
        Played("boom", (), "", range(3), (70, 120, 40), 1, moving=moved),
    ]  # fmt: skip


def pictures_of(played: Played) -> list[Pixels]:
    """The pictures of a sheet by their numbers."""
    return list(played.moving.frames) if played.moving else [pixels for _, pixels in played.pictures]


def write(played: Played, folder: Path, formats: tuple[str, ...], **options: object) -> list[Path]:
    """The sheet's files, as `audobon sprite sheet` writes them."""
    inputs = [played.moving] if played.moving else [DecodedImage(n, (p,)) for n, p in played.pictures]
    sources = [Source(picture.name, content=picture) for picture in inputs]
    operation = Sheet(**{"spec": played.spec, "whole_animations": True, **played.options, **options})  # type: ignore[arg-type]
    context = OperationContext(None, ignore, folder, into_folder=True)
    return list(make_sheet(sources, SheetRequest(stem(played), operation, formats), context).files)


def stem(played: Played) -> str:
    """What its files are called."""
    return played.name.replace(" ", "_")


def on_ground(pixels: Pixels) -> Pixels:
    """As it is seen where the engines draw it."""
    return np.where(pixels[..., 3:] > 0, pixels, np.array([*GROUND, 255], dtype=np.uint8)).astype(np.uint8)


def checksum(pixels: Pixels) -> int:
    """FNV-1a of 32 bits, as watch.js reckons it."""
    value = 0x811C9DC5
    for byte in pixels.tobytes():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


@dataclass(frozen=True)
class Difference:
    """How far what was seen is off: levels of 255 in the worst pixel; frames at 60 Hz that a picture comes too early or
    late, counted from the start (``late``), and that one is shown too short or long (``step``)."""

    pixels: int
    late: float
    step: float


def difference(played: Played, seen: Sequence[int], unknown: str | None, tick: Fraction = TICK) -> Difference:
    """Of the checksums seen, one every ``tick`` seconds."""
    known = {checksum(on_ground(pixels)): i for i, pixels in enumerate(pictures_of(played))}
    numbers = [known.get(each, -1) for each in seen]
    first = next((i for i, number in enumerate(numbers) if number == played.order[0]), None)
    if first is None:
        return Difference(255, 60, 60)
    levels = 0
    if -1 in numbers[first:]:
        levels = 255
        if unknown is not None:
            got = np.frombuffer(base64.b64decode(unknown), dtype=np.uint8).reshape(SIDE, SIDE, 4).astype(int)
            levels = min(int(np.abs(got - on_ground(p).astype(int)).max()) for p in pictures_of(played))
    late = _late(played, numbers[first:], int(4 * tick / TICK))
    return Difference(levels, late, round(float(_step(played, numbers[first:], tick) / TICK), 2))


def _late(played: Played, numbers: Sequence[int], quarters: int) -> float:
    """The furthest that any picture is from its time, in frames; one is seen every ``quarters`` of a frame.

    When an engine begins to count after it shows the first picture is its own affair: the best of the first moments.
    """
    shown = [played.order[played.at(TICK * quarter / 4)] for quarter in range(len(numbers) * quarters + 80)]
    best = 240
    for begun in range(-4, 33):
        worst = 0
        for place, number in enumerate(numbers):
            due = max(0, place * quarters - begun)
            away = next(
                (
                    a
                    for a in range(240)
                    if shown[max(0, due - a)] == number or shown[min(due + a, len(shown) - 1)] == number
                ),
                240,
            )
            worst = max(worst, away)
            if worst >= best:
                break
        best = min(best, worst)
    return best / 4


def _step(played: Played, numbers: Sequence[int], tick: Fraction) -> Fraction:
    """The furthest that any picture's time is from what it should be; a picture out of order counts as a second."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][0] == number:
            runs[-1][1] += 1
        else:
            runs.append([number, 1])
    worst = Fraction(0)
    for place, (number, count) in enumerate(runs[:-1]):
        index = place % len(played.order)
        if played.order[index] != number:
            return TICK * 60
        if place:
            worst = max(worst, abs(count * tick - Fraction(played.times[index]) / 1000))
    return worst
