"""What compositions take, which no network draws: they are drawn on the processor, whatever card there is."""

from dataclasses import dataclass

from audobon_cli.domain.units import Size

PROGRAM_BYTES = 60 * 2**20
"""The whole program while it composes a small picture."""

PIXEL_BYTES = 260
"""More for each pixel: vectors are drawn at four times the side, and averaged."""

PICTURE_SECONDS, PIXEL_SECONDS = 0.04, 5.5e-6
"""Processor time of a picture, and more for each pixel. All four: the largest of dragons and ground tiles of 64 to
1024 pixels, as processes, on one core of an EPYC with AVX-512."""


@dataclass(frozen=True, slots=True)
class ComposedNeeds:
    """``peak_bytes`` of the whole program, and about how many seconds a picture takes."""

    peak_bytes: int
    seconds: float


def composed_needs(size: Size) -> ComposedNeeds:
    """What pictures of ``size`` take, one after the other."""
    pixels = size.width * size.height
    return ComposedNeeds(PROGRAM_BYTES + PIXEL_BYTES * pixels, PICTURE_SECONDS + PIXEL_SECONDS * pixels)
