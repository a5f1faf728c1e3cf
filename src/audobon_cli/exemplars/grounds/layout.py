"""Where the parts of a ground lie, on a torus whose side is 1: noise, strewn points, stones.

Whatever reaches across the border is the same for every seed of a ground.
"""

import math
import random
from collections.abc import Callable

from audobon_cli.dataclass import dataclass

Field = Callable[[float, float], float]
"""A value between 0 and 1 at each place, the same at opposite borders."""

CANDIDATES = 12
"""Of so many places the one farthest from all others is taken (Mitchell's best candidate)."""

JITTER = 0.5
"""How far a stone is from its place in the row at most, as a share of its size, twice."""

EDGE, BORDER = 0.07, 0.25
"""From where on inwards a seed's own noise mixes with the common one, and from where on it is alone."""


@dataclass(frozen=True, slots=True)
class Strewn:
    """A mark at ``x``, ``y``; ``chance``, 0 to 1, decides which one it is."""

    x: float
    y: float
    chance: float


@dataclass(frozen=True, slots=True)
class Stone:
    """A cell around ``x``, ``y``; ``chance``, 0 to 1, decides on its tone."""

    x: float
    y: float
    chance: float


def noise(key: str, cells: int) -> Field:
    """Smooth value noise of ``cells`` lattice points a side, from ``key`` alone."""
    source = random.Random(key)
    values = [[source.random() for _ in range(cells)] for _ in range(cells)]

    def at(x: float, y: float) -> float:
        left, top = x * cells, y * cells
        column, row = math.floor(left), math.floor(top)
        across, down = smooth(left - column), smooth(top - row)
        a, b = values[row % cells], values[(row + 1) % cells]
        first, second = column % cells, (column + 1) % cells
        upper = a[first] + (a[second] - a[first]) * across
        lower = b[first] + (b[second] - b[first]) * across
        return upper + (lower - upper) * down

    return at


def seeded_noise(name: str, seed: int, cells: int) -> Field:
    """Noise of ``seed`` inside, and at the border that of ``name`` for every seed."""
    common, own = noise(f"{name} {cells}", cells), noise(f"{name} {cells} {seed}", cells)

    def at(x: float, y: float) -> float:
        share = smooth(min(max(to_border(x, y) - EDGE, 0.0) / (BORDER - EDGE), 1.0))
        return common(x, y) * (1 - share) + own(x, y) * share

    return at


def strewn(name: str, seed: int, count: int, reach: float) -> list[Strewn]:
    """About ``count`` marks, evenly strewn, which reach ``reach`` around their middles: first those that may touch
    the border, which are the same for every seed."""
    inner = max(1 - 2 * reach, 0.0) ** 2
    common = random.Random(f"{name} border {count}")
    own = random.Random(f"{name} inside {count} {seed}")
    found: list[Strewn] = []
    for place in range(count):
        edge = place < round(count * (1 - inner))
        source = common if edge else own
        best, farthest = None, -1.0
        for _ in range(CANDIDATES):
            x, y = source.random(), source.random()
            if edge != (to_border(x, y) < reach):
                x, y = _moved(x, y, reach, edge)
            away = min((apart(x, y, one.x, one.y) for one in found), default=1.0)
            if away > farthest:
                best, farthest = (x, y), away
        assert best is not None
        found.append(Strewn(*best, source.random()))
    return found


def stones(name: str, seed: int, side: int) -> list[Stone]:
    """``side`` x ``side`` middles of cells, jittered; those that touch the border are the same for every seed."""
    found = []
    for row in range(side):
        for column in range(side):
            shifted = row % 2  # rows lie as bricks do, which packs stones more closely
            across = 0 in (row, column) or (shifted and column == side - 1)
            source = random.Random(f"{name} stones {side} {row} {column}" + ("" if across else f" {seed}"))
            x = (column + shifted / 2 + (source.random() - 0.5) * JITTER) / side
            y = (row + (source.random() - 0.5) * JITTER) / side
            found.append(Stone(x % 1, y % 1, source.random()))
    return found


def smooth(share: float) -> float:
    """Smoothstep of 0 to 1."""
    return share * share * (3 - 2 * share)


def to_border(x: float, y: float) -> float:
    """How far a place is from the nearest border."""
    return min(x, 1 - x, y, 1 - y)


def apart(x: float, y: float, other: float, down: float) -> float:
    """How far two places are from each other on the torus."""
    return math.hypot(wrapped(x - other), wrapped(y - down))


def wrapped(difference: float) -> float:
    """``difference`` of two coordinates by the shorter way, from -0.5 to 0.5."""
    return (difference + 0.5) % 1 - 0.5


def _moved(x: float, y: float, reach: float, edge: bool) -> tuple[float, float]:
    """A place into the strip along the border, or out of it."""
    if not edge:
        return reach + x * (1 - 2 * reach), reach + y * (1 - 2 * reach)
    strip = (x * 2 - 1) * reach % 1
    return (strip, y) if (x + y) % 0.5 < 0.25 else (y, strip)
