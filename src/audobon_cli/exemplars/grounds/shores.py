"""Where one ground ends and another begins in a tile, so that every tile fits what its neighbours are.

A value at each place of the tile, 0 to 1, comes of the nine points that tiles share (corners, middles of the sides, the
tile's own middle): where it is above a half lies the inner ground. Along a side it depends on the points of that side
alone, and so does its slope, which is what makes tiles fit.
"""

import math
from collections.abc import Callable

from audobon_cli.dataclass import dataclass
from audobon_cli.exemplars.grounds.layout import Field, noise, seeded_noise, smooth
from audobon_cli.exemplars.scene import GroundTile

CORNER, EDGE, MIXED = "corner", "edge", "mixed"
"""The kinds of sets, as Tiled calls them: which neighbours a tile heeds."""

PATCHES = "patches"
"""No set: one ground in patches on the other, as the seed says."""

PATCHED = 0.63
"""Where the noise of patches is above this, there is one."""

TOP, TOP_RIGHT, RIGHT, BOTTOM_RIGHT, BOTTOM, BOTTOM_LEFT, LEFT, TOP_LEFT = (1 << bit for bit in range(8))
"""The bits of a tile's neighbours: clockwise from the top side, as Tiled orders them."""

CORNERS = (TOP_RIGHT, BOTTOM_RIGHT, BOTTOM_LEFT, TOP_LEFT)
SIDES = (TOP, RIGHT, BOTTOM, LEFT)
ALL = 255

OUTER = 0.22
"""What a side's value is where the other ground lies: the nearer to a half, the narrower is the strip along it."""

RAGGED = 0.13
"""How far noise moves the value."""

STEP = 1 / 512
"""Of a tile, for slopes."""

LEAST_SLOPE = 0.6
"""A smaller slope counts as this: nothing is near where the value hardly changes."""


@dataclass(frozen=True, slots=True)
class Shore:
    """How far a place is from the border, in shares of a tile (positive inside), and the way inwards there, across
    and down, of length 1."""

    away: float
    across: float
    down: float


def shore_of(tile: GroundTile) -> Callable[[float, float], Shore]:
    """The shore of a tile of two grounds."""
    value = field_of(tile)

    def at(x: float, y: float) -> Shore:
        here = value(x, y)
        across = (value(x + STEP, y) - value(x - STEP, y)) / (2 * STEP)
        down = (value(x, y + STEP) - value(x, y - STEP)) / (2 * STEP)
        slope = math.hypot(across, down)
        return Shore((here - 0.5) / max(slope, LEAST_SLOPE), across / (slope or 1.0), down / (slope or 1.0))

    return at


def field_of(tile: GroundTile) -> Field:
    """The value of a tile of two grounds: above a half, the inner one. Places beyond the tile have those of its border.

    The noise is that of the two grounds, the same for all tiles of a set.
    """
    key = f"{tile.ground} {tile.other} {tile.kind}"
    if tile.kind == PATCHES:
        patches = seeded_noise(key, tile.seed, 4)
        return lambda x, y: patches(x % 1, y % 1) + 0.5 - PATCHED
    ragged = noise(f"{key} shore", 4)
    plain = _of_corners(tile.sides) if tile.kind == CORNER else _of_sides(tile.kind, tile.sides)
    full = sum(CORNERS) if tile.kind == CORNER else ALL
    even = tile.kind != EDGE and tile.sides == full

    def at(x: float, y: float) -> float:
        value = plain(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))
        return value if even else value + (ragged(x, y) - 0.5) * 2 * RAGGED

    return at


def _of_corners(sides: int) -> Field:
    top_right, bottom_right, bottom_left, top_left = (float(bool(sides & bit)) for bit in CORNERS)
    # Of two corners across from each other: joined in the middle.
    joined = 0.16 if sides & sum(CORNERS) in (TOP_RIGHT | BOTTOM_LEFT, BOTTOM_RIGHT | TOP_LEFT) else 0.0

    def at(x: float, y: float) -> float:
        across, down = smooth(x), smooth(y)
        top = top_left + (top_right - top_left) * across
        bottom = bottom_left + (bottom_right - bottom_left) * across
        middle = joined * 16 * x * (1 - x) * y * (1 - y)
        return top + (bottom - top) * down + middle * (16 * x * (1 - x) * y * (1 - y))

    return at


def _of_sides(kind: str, sides: int) -> Field:
    top, right, bottom, left = (1.0 if sides & bit else OUTER for bit in SIDES)
    corners = []
    for corner, first, second in (
        (TOP_LEFT, TOP, LEFT),
        (TOP_RIGHT, TOP, RIGHT),
        (BOTTOM_LEFT, BOTTOM, LEFT),
        (BOTTOM_RIGHT, BOTTOM, RIGHT),
    ):
        inner = kind == MIXED and sides & corner and sides & first and sides & second
        corners.append(1.0 if inner else OUTER)
    points = ((corners[0], top, corners[1]), (left, 1.0, right), (corners[2], bottom, corners[3]))

    def at(x: float, y: float) -> float:
        column, row = min(int(x * 2), 1), min(int(y * 2), 1)
        across, down = smooth(x * 2 - column), smooth(y * 2 - row)
        upper = points[row][column] + (points[row][column + 1] - points[row][column]) * across
        lower = points[row + 1][column] + (points[row + 1][column + 1] - points[row + 1][column]) * across
        return upper + (lower - upper) * down

    return at
