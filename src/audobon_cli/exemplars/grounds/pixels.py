"""Grounds as pixel art: each painter fills a square grid with places on a ramp, 0 to 4."""

import math
import random
from collections.abc import Callable
from itertools import pairwise, product

from audobon_cli.exemplars.grounds.kinds import GroundKind
from audobon_cli.exemplars.grounds.layout import Stone, seeded_noise, stones, strewn, wrapped
from audobon_cli.exemplars.grounds.stamps import largest, stamp_for

Grid = list[list[int]]
"""Rows of places on a ramp."""

BASE_GRID = 16
"""The grid that GroundKind.cells counts for."""


def painted_grid(kind: GroundKind, seed: int, grid: int) -> Grid:
    """The tile of ``kind`` for ``seed``, ``grid`` pixels wide and high."""
    return PAINTERS[kind.painter](kind, seed, grid)


def _strewn(kind: GroundKind, seed: int, grid: int) -> Grid:
    """One tone with ragged patches and many small marks."""
    rough = seeded_noise(f"{kind.name} rough", seed, max(4, grid // 6))
    fine = seeded_noise(f"{kind.name} fine", seed, grid // 2)
    rows = []
    for y in range(grid):
        at = [((x + 0.5) / grid, (y + 0.5) / grid) for x in range(grid)]
        values = [rough(*place) * 0.8 + fine(*place) * 0.2 for place in at]
        rows.append([1 if value < 0.24 else 3 if value > 0.78 else 2 for value in values])
    return _stamped(rows, kind, seed, grid, grid * grid // 22)


def _fluid(kind: GroundKind, seed: int, grid: int) -> Grid:
    """One tone with waves on it."""
    return _stamped([[2] * grid for _ in range(grid)], kind, seed, grid, grid * grid // 26)


def _ice(kind: GroundKind, seed: int, grid: int) -> Grid:
    """Plates between fine cracks, with glints."""
    laid = stones(kind.name, seed, max(2, round(kind.cells * grid / 24)))
    rows = []
    for y in range(grid):
        row = []
        for x in range(grid):
            _, away, slope = _nearest(laid, (x + 0.5) / grid, (y + 0.5) / grid)
            row.append(1 if away * grid < 0.5 else 3 if away * grid < 1.5 and slope < 0 else 2)
        rows.append(row)
    return _stamped(rows, kind, seed, grid, grid * grid // 34)


def _stones(kind: GroundKind, seed: int, grid: int) -> Grid:
    """Rounded stones with light from above left, and dark joints."""
    laid = stones(kind.name, seed, max(2, round(kind.cells * (grid / BASE_GRID) ** 0.45)))
    size = grid / len(laid) ** 0.5
    rows = []
    for y in range(grid):
        row = []
        for x in range(grid):
            stone, away, slope = _nearest(laid, (x + 0.5) / grid, (y + 0.5) / grid)
            own = 2 + (stone.chance > 0.78) - (stone.chance < 0.2)
            pixels = away * grid
            if pixels < 0.62:
                row.append(0)
            elif pixels < max(1.5, size * 0.24):
                row.append(min(own + 1, 4) if slope < -0.35 else max(own - 1, 1) if slope > 0.35 else own)
            else:
                row.append(own)
        rows.append(row)
    chips = random.Random(f"{kind.name} chips {seed} {grid}")
    for _ in range(grid * grid // 40):
        x, y = chips.randrange(2, grid - 2), chips.randrange(2, grid - 2)
        rows[y][x] = max(rows[y][x] - 1, 0)
    return rows


def _crust(kind: GroundKind, seed: int, grid: int) -> Grid:
    """Dark plates that drift on what glows between them."""
    laid = stones(kind.name, seed, max(2, round(kind.cells * (grid / BASE_GRID) ** 0.5)))
    wobble = seeded_noise(f"{kind.name} wobble", seed, grid // 3)
    unit = max(1.0, grid / 22)
    rows = []
    for y in range(grid):
        row = []
        for x in range(grid):
            at = ((x + 0.5) / grid, (y + 0.5) / grid)
            stone, away, slope = _nearest(laid, *at)
            pixels = away * grid / unit + (wobble(*at) - 0.5) * 1.2
            plate = 1 if slope < -0.2 or stone.chance > 0.75 else 0
            row.append(4 if pixels < 0.4 else 3 if pixels < 0.95 else 2 if pixels < 1.6 else plate)
        rows.append(row)
    return rows


def _bricks(kind: GroundKind, seed: int, grid: int) -> Grid:
    """Courses of bricks, each half a brick on from the one below."""
    rows = _rows(kind, grid)
    across = max(1, round(grid / (2 * grid / rows)))
    return _laid(
        kind,
        seed,
        grid,
        [[k / across + (row % 2) / (2 * across) for k in range(across)] for row in range(rows)],
    )


def _slabs(kind: GroundKind, seed: int, grid: int) -> Grid:
    """Large slabs of different widths, some of them cracked."""
    source = random.Random(f"{kind.name} slabs {grid // 24}")
    rows = max(2, round(kind.cells * (grid / BASE_GRID) ** 0.5))
    starts = []
    for row in range(rows):
        first = 0.1 + 0.5 * (row % 2) + source.random() * 0.12
        starts.append([first, first + 0.4 + source.random() * 0.2])
    made = _laid(kind, seed, grid, starts)
    own = random.Random(f"{kind.name} cracks {seed} {grid}")
    for _ in range(grid // 8):
        x, y = own.randrange(3, grid - 4), own.randrange(2, grid - 4)
        for _ in range(2 + grid // 12):
            if not (1 < x < grid - 2 and 1 < y < grid - 2) or made[y][x] == 0:
                break
            made[y][x] = 1
            x, y = x + own.choice((-1, 0, 1)), y + own.choice((0, 1))
    return made


def _planks(kind: GroundKind, seed: int, grid: int) -> Grid:
    """Boards with joints, grain and nails."""
    rows = _rows(kind, grid)
    common = random.Random(f"{kind.name} joints")
    joints = [(0.25 + 0.5 * (row % 2) + common.random() * 0.2) % 1 for row in range(rows)]
    made: Grid = []
    for y in range(grid):
        row = y * rows // grid
        first = y == 0 or (y - 1) * rows // grid != row
        base = 3 if random.Random(f"{kind.name} tone {row}").random() > 0.66 else 2
        line = [1 if first else base for _ in range(grid)]
        joint = int(joints[row] * grid)
        if not first:
            line[joint] = 1
        made.append([0 if first and (x + row * 5) % 7 == 0 else value for x, value in enumerate(line)])
    own = random.Random(f"{kind.name} grain {seed} {grid}")
    for _ in range(grid * grid // 44):
        x, y, length = own.randrange(1, grid - 5), own.randrange(1, grid), own.randrange(2, 3 + grid // 8)
        change = own.choice((-1, -1, 1))
        for k in range(x, min(x + length, grid - 1)):
            if made[y][k] >= 2:
                made[y][k] = min(max(made[y][k] + change, 1), 4)
    for row, start in enumerate(joints):
        y, x = (row * grid + rows - 1) // rows + (grid // rows) // 2, int(start * grid)
        for side in (-2, 2):
            made[min(y, grid - 1)][(x + side) % grid] = 0
    return made


def _plates(kind: GroundKind, seed: int, grid: int) -> Grid:
    """Metal plates with rivets and scratches."""
    plates = max(1, grid // BASE_GRID)
    ends = [place * grid // plates for place in range(plates + 1)]
    made: Grid = [[2] * grid for _ in range(grid)]
    for top, bottom in pairwise(ends):
        for left, right in pairwise(ends):
            for y, x in product(range(top, bottom), range(left, right)):
                made[y][x] = _bevelled(x - left, y - top, right - left - 1, bottom - top - 1)
            for y, x in product((top + 2, bottom - 4), (left + 2, right - 4)):
                made[y][x], made[y + 1][x] = 4, 0
    own = random.Random(f"{kind.name} scratches {seed} {grid}")
    for _ in range(grid // 5):
        x, y = own.randrange(3, grid - 5), own.randrange(3, grid - 5)
        for k in range(own.randrange(2, 4)):
            if made[y - k + 1][x + k] == 2:
                made[y - k + 1][x + k] = own.choice((3, 1))
    return made


def _bevelled(x: int, y: int, right: int, bottom: int) -> int:
    """The tone of a plate whose last pixels are at ``right`` and ``bottom``: light above, dark below."""
    if x == right or y == bottom:
        return 0
    if x == 0 or y == 0:
        return 3
    return 1 if x == right - 1 or y == bottom - 1 else 2


def _checks(kind: GroundKind, seed: int, grid: int) -> Grid:
    """Light and dark squares, polished, with veins."""
    own = random.Random(f"{kind.name} veins {seed} {grid}")
    half = grid / kind.cells
    made: Grid = []
    for y in range(grid):
        row = []
        for x in range(grid):
            light = (int(x / half) + int(y / half)) % 2 == 0
            px, py = int(x % half), int(y % half)
            edge = px == 0 or py == 0
            row.append((4 if edge else 3) if light else (2 if edge else 1))
        made.append(row)
    for _ in range(grid // 4):
        x, y = own.randrange(2, grid - 3), own.randrange(2, grid - 3)
        for _ in range(2 + grid // 10):
            if not (0 < x < grid - 1 and 0 < y < grid - 1):
                break
            made[y][x] = {3: 2, 1: 0}.get(made[y][x], made[y][x])
            x, y = x + own.choice((0, 1)), y + own.choice((-1, 1))
    return made


def _rows(kind: GroundKind, grid: int) -> int:
    return max(2, round(kind.cells * math.pow(grid / BASE_GRID, 0.4)))


def _laid(kind: GroundKind, seed: int, grid: int, starts: list[list[float]]) -> Grid:
    """Courses of blocks that begin at ``starts``; dark joints, light tops, shaded feet."""
    rows = len(starts)
    made: Grid = []
    for y in range(grid):
        row = y * rows // grid
        first = y == 0 or (y - 1) * rows // grid != row
        second = y >= 1 and not first and (y < 2 or (y - 2) * rows // grid != row)
        last = (y + 1) * rows // grid != row
        edges = [int(start % 1 * grid) for start in starts[row]]
        line = []
        for x in range(grid):
            own, place = _block(edges, x)
            across = own == max(range(len(edges)), key=lambda one: edges[one])
            key = f"{kind.name} {row} {own}" + ("" if across else f" {seed}")
            chance = random.Random(key).random()
            tone = 2 + (chance > 0.72) - (chance < 0.22)
            if first or place == 0:
                line.append(0)
            elif second or place == 1:
                line.append(min(tone + 1, 4) if second else tone)
            else:
                line.append(max(tone - 1, 1) if last else tone)
        made.append(line)
    return made


def _block(edges: list[int], x: int) -> tuple[int, int]:
    """The block that lies at ``x``, and how many pixels from its left end."""
    before = [(x - edge, number) for number, edge in enumerate(edges) if edge <= x]
    if before:
        place, number = min(before)
        return number, place
    number = max(range(len(edges)), key=lambda one: edges[one])
    return number, x + 1_000  # it began in the tile to the left


def _nearest(laid: list[Stone], x: float, y: float) -> tuple[Stone, float, float]:
    """The stone at a place, how far that is from the stone's edge, and where in the light: -1 towards it, 1 away."""
    first = second = None
    near, far = math.inf, math.inf
    for stone in laid:
        away = wrapped(x - stone.x) ** 2 + wrapped(y - stone.y) ** 2
        if away < near:
            first, second, near, far = stone, first, away, near
        elif away < far:
            second, far = stone, away
    assert first is not None
    assert second is not None
    between = math.hypot(wrapped(first.x - second.x), wrapped(first.y - second.y)) or 1.0
    dx, dy = wrapped(x - first.x), wrapped(y - first.y)
    slope = (dx * 0.6 + dy) / (1.166 * (math.hypot(dx, dy) or 1.0))
    return first, (far - near) / (2 * between), slope


def _stamped(rows: Grid, kind: GroundKind, seed: int, grid: int, count: int) -> Grid:
    reach = (largest(kind.stamps, grid) / 2 + 1) / grid
    for one in strewn(f"{kind.name} {grid}", seed, count, reach):
        stamp = stamp_for(kind.stamps, grid, one.chance)
        left, top = round(one.x * grid) - len(stamp[0]) // 2, round(one.y * grid) - len(stamp) // 2
        for down, line in enumerate(stamp):
            for across, mark in enumerate(line):
                if mark != ".":
                    rows[(top + down) % grid][(left + across) % grid] = int(mark)
    return rows


PAINTERS: dict[str, Callable[[GroundKind, int, int], Grid]] = {
    "strewn": _strewn,
    "fluid": _fluid,
    "ice": _ice,
    "stones": _stones,
    "crust": _crust,
    "bricks": _bricks,
    "slabs": _slabs,
    "planks": _planks,
    "plates": _plates,
    "checks": _checks,
}
