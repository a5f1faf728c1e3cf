"""Finds the eyes of a drawn face: a pair of small dark round shapes at one height, on both sides of the middle."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from audobon_cli.exemplars.shapes import box_of, read_path

from vector_shapes import UNITS, Drawing

DARK = 0.42
"""Brightest an eye may be, as a share of white."""

SMALLEST, LARGEST = 0.022, 0.2
"""Sides of an eye, as shares of the picture."""


@dataclass(frozen=True, slots=True)
class _Spot:
    x: float
    y: float
    width: float
    height: float


def find_eyes(drawing: Drawing) -> list[int] | None:
    """Return x, y of the left eye, x, y of the right one, and their radius, in store units; None without a pair."""
    spots = [spot for shape in drawing.shapes for spot in _spots(shape)]
    best, least = None, 0.6
    for first, second in itertools.combinations(spots, 2):
        left, right = sorted((first, second), key=lambda spot: spot.x)
        gap = (right.x - left.x) / UNITS
        size = max(left.width, right.width, left.height, right.height) / UNITS
        uneven = abs(left.width - right.width) + abs(left.height - right.height)
        tilt = abs(left.y - right.y) / UNITS
        middle = abs((left.x + right.x) / 2 / UNITS - 0.5)
        height = (left.y + right.y) / 2 / UNITS
        if not (0.1 < gap < 0.62 and gap > 1.3 * size and 0.12 < height < 0.72):
            continue
        fault = uneven / UNITS * 6 + tilt * 6 + middle * 2 + max(0, height - 0.5) * 2 - size
        if fault < least:
            radius = (left.width + right.width + left.height + right.height) / 8
            least = fault
            best = [round(value) for value in (left.x, left.y, right.x, right.y, radius)]
    return best


def _spots(shape: dict[str, object]) -> list[_Spot]:
    colour = shape.get("f")
    if not isinstance(colour, str) or shape.get("o", 1) != 1:
        return []
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    if 0.3 * red + 0.59 * green + 0.11 * blue > DARK:
        return []
    found = []
    for part in str(shape["d"]).split("M")[1:]:
        left, top, right, bottom = box_of([read_path("M" + part)]) or (0, 0, 0, 0)
        width, height = right - left, bottom - top
        sides = sorted((width / UNITS, height / UNITS))
        if sides[0] > SMALLEST and sides[1] < LARGEST and sides[1] < 2.2 * sides[0]:
            found.append(_Spot((left + right) / 2, (top + bottom) / 2, width, height))
    return found
