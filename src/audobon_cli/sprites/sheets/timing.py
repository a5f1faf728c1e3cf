"""Times of frames in the units that formats count in: rounded so that what is lost on one frame is made good on the
next, and a long animation ends when it should."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import NamedTuple

from audobon_cli.media.image.compose import Milliseconds

MAX_DURATION_MS = 24 * 60 * 60 * 1000
"""A day: longer than any frame is looked at."""

MAX_FPS = 1000


class Shown(NamedTuple):
    """The frame at ``place`` of a sequence, shown for ``duration`` milliseconds."""

    place: int
    duration: int


def frame_time(fps: float) -> Milliseconds:
    """How long a frame of ``fps`` frames a second is shown. 29.97 is taken for the fraction that it stands for."""
    exact = 1000 / Fraction(fps).limit_denominator(1000)
    return exact.numerator if exact.denominator == 1 else exact


def whole(durations: Sequence[Milliseconds]) -> tuple[int, ...]:
    """``durations`` as whole milliseconds, at least 1 each: no end of a frame is off by more than a half."""
    return tuple(shown.duration for shown in in_steps(durations, 1, 1, drop=False))


def in_steps(durations: Sequence[Milliseconds], step: int, least: int, drop: bool = True) -> list[Shown]:
    """``durations`` in multiples of ``step``, none under ``least``.

    Frames that are shorter than ``least`` come late; with ``drop`` one is left out when its whole time has passed, so
    that nothing is ever late by more than the time of one frame.
    """
    shown: list[Shown] = []
    due, end = Fraction(0), 0
    for place, duration in enumerate(durations):
        if drop and shown and end - due >= duration:
            due += duration
            continue
        due += duration
        to = max(end + least, floor(due / step + Fraction(1, 2)) * step)
        shown.append(Shown(place, to - end))
        end = to
    return shown
