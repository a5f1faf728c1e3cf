"""The time of a frame that was taken out of an animation, kept in its PNG: for a sheet, or another animation of it."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from audobon_cli.media.image.compose import Milliseconds
from audobon_cli.media.image.pixels import DecodedImage

FRAME_KEYWORD = "audobon-frame-ms"
"""The text chunk that holds the time in milliseconds: 80, or 100/3."""

LONGEST_MS = 3_600_000
_TIME = re.compile(r"\d{1,9}(?:/[1-9]\d{0,8})?")


def time_text(duration: Milliseconds) -> Mapping[str, str]:
    """The text chunk of a frame that is shown for ``duration``."""
    return {FRAME_KEYWORD: str(Fraction(duration).limit_denominator(10**6))}


def own_time(picture: DecodedImage) -> Milliseconds | None:
    """How long a still picture is shown, by its text; None where it says nothing that makes sense."""
    said = picture.texts.get(FRAME_KEYWORD, "")
    if not _TIME.fullmatch(said):
        return None
    time = Fraction(said)
    if not 0 < time <= LONGEST_MS:
        return None
    return int(time) if time.denominator == 1 else time


def inherited_time(inputs: Sequence[DecodedImage]) -> Mapping[str, str]:
    """The text chunk of what is made of ``inputs``: a single frame stays one."""
    time = own_time(inputs[0]) if len(inputs) == 1 and len(inputs[0].frames) == 1 else None
    return time_text(time) if time is not None else {}
