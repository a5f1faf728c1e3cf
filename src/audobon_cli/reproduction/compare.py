"""How far two pictures are apart, and from where on they are not the same any more."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

TOLERANCE_LEVELS = 2.0
"""Of 255: values that differ by no more in every place, colours weighed by alpha, count as the same picture.

Measured (2026-11, processors): drawing up to 8 pictures in one call, or with other numbers of threads, moved no
value of the built-in model or of 21 tiny families by more than 1 level; another step, seed or word moves many
by tens.
"""


@dataclass(frozen=True, slots=True)
class PixelDifference:
    """``levels`` is the largest difference of a value, of 255 (inf where sizes or modes differ), ``share`` the
    share of pixels that differ at all."""

    levels: float
    share: float

    @property
    def within_tolerance(self) -> bool:
        """Whether nobody could tell the two apart."""
        return self.levels <= TOLERANCE_LEVELS


SAME = PixelDifference(0.0, 0.0)


def compare(one: "Image", other: "Image") -> PixelDifference:
    """How far two pictures of the same mode and size are apart; colours count as much as they cover."""
    import numpy as np

    if one.mode != other.mode or one.size != other.size:
        return PixelDifference(float("inf"), 1.0)
    first, second = (np.asarray(image).astype(np.float32) for image in (one, other))
    different = (first != second).reshape(first.shape[0], first.shape[1], -1).any(axis=-1)
    if not different.any():
        return SAME
    if one.mode == "RGBA":
        first, second = (
            np.dstack([pixels[..., :3] * pixels[..., 3:] / 255, pixels[..., 3:]])
            for pixels in (first, second)
        )
    return PixelDifference(round(float(np.abs(first - second).max()), 2), float(different.mean()))


def pixel_digest(image: "Image") -> str:
    """SHA-256 of mode, size and pixels: what a picture shows, whatever its file says besides."""
    head = f"{image.mode} {image.width}x{image.height}\n".encode()
    return hashlib.sha256(head + image.tobytes()).hexdigest()
