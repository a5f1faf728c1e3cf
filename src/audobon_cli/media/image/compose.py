"""Pictures that move, as their files store them: parts that are laid over each other, one after the other.

APNG and GIF are composed here and not by Pillow, whose releases differ in what a frame leaves behind for the next
(its 13.0 keeps what "dispose: previous" should take away when every frame is loaded in turn).
"""

from collections.abc import Callable, Iterator
from enum import IntEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from audobon_cli.dataclass import dataclass

if TYPE_CHECKING:
    from PIL.Image import Image

Milliseconds = int | Fraction
"""A time; a Fraction only where it is no whole number, as the 1/60 s of many APNGs."""

MAX_FRAMES = 10_000
"""Frames of one file: so many take some two seconds to compose, however small they are."""


class TooManyFrames(ValueError):
    """A file has more than MAX_FRAMES."""

    def __init__(self) -> None:
        super().__init__(f"it has more than {MAX_FRAMES} frames")


class Dispose(IntEnum):
    """What becomes of a part's area before the next part is laid on."""

    KEEP = 0
    CLEAR = 1
    PREVIOUS = 2


@dataclass(frozen=True, slots=True)
class FramePart:
    """One stored part: ``file`` is a still picture of its own, of ``width`` x ``height`` pixels, to be laid at ``x``,
    ``y`` for ``duration``: over what is there, or (not ``over``) in its place."""

    file: bytes
    x: int
    y: int
    width: int
    height: int
    duration: Milliseconds
    dispose: Dispose
    over: bool


@dataclass(frozen=True, slots=True)
class MovingImage:
    """A picture of ``width`` x ``height`` in ``parts``, which plays ``plays`` times; 0 is for ever."""

    width: int
    height: int
    parts: tuple[FramePart, ...]
    plays: int


def milliseconds(numerator: int, denominator: int) -> Milliseconds:
    """A time given as a fraction of a second."""
    exact = Fraction(1000 * numerator, denominator)
    return exact.numerator if exact.denominator == 1 else exact


def composed(moving: MovingImage, decode: Callable[[bytes], "Image"]) -> Iterator["Image"]:
    """Each frame as it is seen, RGBA; ``decode`` gives a part's file in RGBA. It begins with nothing, as in browsers,
    whatever background a GIF names."""
    from PIL import Image

    canvas = Image.new("RGBA", (moving.width, moving.height))
    for part in moving.parts:
        before = canvas.copy() if part.dispose is Dispose.PREVIOUS else None
        picture = decode(part.file)
        # What juts out of the canvas is not seen.
        visible = picture.crop(
            (0, 0, min(part.width, moving.width - part.x), min(part.height, moving.height - part.y))
        )
        if part.over:
            canvas.alpha_composite(visible, (part.x, part.y))
        else:
            canvas.paste(visible, (part.x, part.y))
        yield canvas.copy()
        if before is not None:
            canvas = before
        elif part.dispose is Dispose.CLEAR:
            canvas.paste((0, 0, 0, 0), (part.x, part.y, part.x + visible.width, part.y + visible.height))
