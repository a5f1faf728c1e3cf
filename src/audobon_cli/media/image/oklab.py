"""OKLab, the space in which distances of colours are measured.

Björn Ottosson, "A perceptual color space for image processing" (2020), matrices of that page. A distance of 0.02 is
about where two flat patches side by side begin to look different; black to white is 1.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LAB = np.linalg.inv(_TO_LAB)
_FROM_LMS = np.linalg.inv(_TO_LMS)


@cache
def _linear_table() -> Floats:
    values = np.arange(256) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def oklab(rgb: NDArray[np.uint8]) -> Floats:
    """8-bit sRGB, last axis 3, as OKLab of the same shape: L from 0 to 1, a and b about -0.4 to 0.4."""
    linear = _linear_table()[rgb]
    lab: Floats = np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
    return lab


def from_oklab(lab: Floats) -> NDArray[np.uint8]:
    """The nearest 8-bit sRGB; colours outside of sRGB are clipped by channel."""
    linear = np.clip((lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T, 0, 1)
    gamma = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    values: NDArray[np.uint8] = (np.clip(gamma, 0, 1) * 255).round().astype(np.uint8)
    return values


def unique_colours(rgb: NDArray[Any]) -> tuple[NDArray[np.uint8], NDArray[np.int64], Any]:
    """The different colours of ``rgb`` (n, 3), how often each occurs, and each pixel's place among them."""
    packed = (rgb[:, 0].astype(np.uint32) << 16) | (rgb[:, 1].astype(np.uint32) << 8) | rgb[:, 2]
    values, inverse, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.stack([values >> 16, (values >> 8) & 255, values & 255], axis=-1).astype(np.uint8)
    return colours, counts.astype(np.int64), inverse
