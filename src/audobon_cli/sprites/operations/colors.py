"""Colours of operations: hexadecimal notation, and distances, which are measured in OKLab."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import shortened
from audobon_cli.media.image.oklab import Floats as Floats
from audobon_cli.media.image.oklab import from_oklab as from_oklab
from audobon_cli.media.image.oklab import oklab as oklab
from audobon_cli.media.image.oklab import unique_colours as unique_colours

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

Colour = tuple[int, int, int]
"""Red, green, blue, 0-255, sRGB."""

_HEX = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def parse_colour(text: str) -> Colour:
    """``#f80``, ``#ff8800`` or the same without ``#``. Raises InvalidInput for anything else."""
    match = _HEX.fullmatch(text.strip())
    if match is None:
        raise InvalidInput(f"{shortened(text)} is not a colour.", hint="write it as #ff8800 or #f80")
    digits = match[1] if len(match[1]) == 6 else "".join(d * 2 for d in match[1])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def hex_colour(colour: Iterable[int]) -> str:
    """``#ff8800``."""
    return "#" + "".join(f"{int(value):02x}" for value in colour)


def colour_array(colours: Iterable[Colour]) -> NDArray[np.uint8]:
    """``colours`` with shape (n, 3)."""
    return np.array(list(colours), dtype=np.uint8).reshape(-1, 3)


def distance(rgb: NDArray[np.uint8], colour: Iterable[int]) -> Floats:
    """The OKLab distance of each of ``rgb`` (last axis 3) from ``colour``."""
    difference = oklab(rgb) - oklab(np.array(list(colour), dtype=np.uint8))
    lengths: Floats = np.sqrt((difference**2).sum(axis=-1))
    return lengths


def tree_of(palette: NDArray[np.uint8]) -> "cKDTree":
    """Finds the nearest of ``palette`` (n, 3) by OKLab distance. Of equals always the same one."""
    from scipy.spatial import cKDTree

    return cKDTree(oklab(palette))
