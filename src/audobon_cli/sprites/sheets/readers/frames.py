"""Frames as data of others states them: bounded one by one, and all together, before they cost memory or time."""

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from audobon_cli.media.image.compose import Milliseconds
from audobon_cli.media.image.pixels import MAX_PIXELS
from audobon_cli.sprites.sheets.record import FrameRecord
from audobon_cli.sprites.sheets.timing import MAX_DURATION_MS

MAX_DATA_BYTES = 16 * 1024 * 1024
"""Of a sheet's data: MAX_FRAMES with 1,600 bytes each."""

MAX_FRAMES = 10_000
MAX_SIDE = 65_535
MAX_NAME = 300
"""Characters of a frame's name: as long as the library takes them."""

NO_FRAMES = "it has no frames, each with a name and a place of x, y, width and height"
Number = int | Fraction
"""A number of the data, exactly."""
_NUMBER = re.compile(r"[ \t]*([+-]?\d{1,12})(\.\d{0,12})?[ \t]*")


class DataPage(NamedTuple):
    """One page that the data of a sheet is about: its picture's file as the data calls it ("": it does not), the
    picture's width and height (None: they are not told), and its frames, in the data's order."""

    image: str
    size: tuple[int, int] | None
    frames: tuple[FrameRecord, ...]

    @property
    def stem(self) -> str:
        """The picture's name without folders and ending."""
        return PurePosixPath(self.image.replace("\\", "/")).stem


class Stated(NamedTuple):
    """What the data says of one frame; numbers are checked by ``frame``.

    ``x`` and ``y`` are its corner on the page; ``width`` and ``height`` those of the stored part, upright; that part
    lies at ``left``, ``top`` of a picture of ``whole`` (None: it is all of it). ``turns`` are the quarters by which it
    lies on the page turned, clockwise. ``time`` is for how many milliseconds it is shown (None or 0: it is not said).
    """

    name: Any
    x: Any
    y: Any
    width: Any
    height: Any
    left: Any = 0
    top: Any = 0
    whole: tuple[Any, Any] | None = None
    turns: int = 0
    time: Any = None


def frame(stated: Stated) -> FrameRecord:
    """The frame as the slicer takes it. Raises ValueError for what is impossible."""
    name = stated.name
    if not isinstance(name, str) or len(name) > MAX_NAME:
        raise ValueError(
            "a frame's name is no text" if not isinstance(name, str) else "a frame's name is too long"
        )
    source = stated.whole or (stated.width, stated.height)
    numbers = (stated.x, stated.y, stated.width, stated.height, stated.left, stated.top, *source)
    x, y, width, height, left, top, wide, high = (_side(value, name) for value in numbers)
    if left + width > wide or top + height > high or width * height < 1:
        raise ValueError(f"{name!r} has impossible sizes")
    time = _time(stated.time, name)
    shown = 100 if time is None else max(1, round(time))
    return FrameRecord(
        _printable(name), 0, x, y, width, height, left, top, wide, high, shown, turns=stated.turns % 4, time=time
    )  # fmt: skip


def bounded(frames: Sequence[Stated]) -> tuple[FrameRecord, ...]:
    """All frames of a page. Raises ValueError for one that is impossible, and for too many or too large ones."""
    if len(frames) > MAX_FRAMES:
        raise ValueError(f"it has {len(frames)} frames, more than {MAX_FRAMES}")
    records, pixels = [], 0
    for stated in frames:
        record = frame(stated)
        pixels += record.source_width * record.source_height
        if pixels > MAX_PIXELS:
            raise ValueError(f"its frames have more than {MAX_PIXELS} pixels together")
        records.append(record)
    return tuple(records)


def number(text: str) -> Number:
    """The number that ``text`` is, exactly. Raises ValueError for any other text, and for very long ones."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no number")
    return Fraction(match[1] + match[2]) if match[2] else int(match[1])


def numbers(text: str, count: int) -> list[Number]:
    """``count`` numbers with commas between them. Raises ValueError."""
    found = [number(part) for part in text.split(",")]
    if len(found) != count:
        raise ValueError(f"{text[:40]!r} are not {count} numbers")
    return found


def is_number(value: object) -> bool:
    """Whether ``value`` is a finite number, and no boolean."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int | Fraction) and not isinstance(value, bool)


def _side(value: Any, name: str) -> int:
    if not is_number(value) or not 0 <= value <= MAX_SIDE:
        raise ValueError(f"{name!r} has impossible sizes")
    return int(value)


def _time(value: Any, name: str) -> Milliseconds | None:
    """Whole milliseconds, or the fraction that a rate stands for."""
    if value is None:
        return None
    if not is_number(value) or not 0 <= value <= MAX_DURATION_MS:
        raise ValueError(f"the duration of {name!r} is {str(value)[:40]}")
    exact = Fraction(value).limit_denominator(1000)
    if exact <= 0:
        return None
    return exact.numerator if exact.denominator == 1 else exact


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "_" for letter in name)
