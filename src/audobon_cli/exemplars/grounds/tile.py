"""Pixels of a ground tile: one ground, or two with the edge between them."""

import math
from typing import TYPE_CHECKING

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.exemplars.grounds.kinds import GroundLook
from audobon_cli.exemplars.grounds.looks import look_of, other_of
from audobon_cli.exemplars.grounds.pixels import painted_grid
from audobon_cli.exemplars.grounds.shores import Shore, shore_of
from audobon_cli.exemplars.scene import GroundTile

if TYPE_CHECKING:
    from PIL.Image import Image

GRIDS = (16, 24, 32, 48)
"""The usual grids."""

SMALLEST_GRID, LARGEST_GRID = 12, 64

SOUTH = 0.6
"""How much of the way inwards must lead up for a bank or a shadow to be seen from above and in front."""


def tile_picture(tile: GroundTile, grid: int, side: int) -> "Image":
    """``tile`` on its ``grid``, each pixel repeated as often as ``side`` asks for; RGBA, opaque."""
    from PIL import Image

    rows = _colours(tile, grid)
    image = Image.new("RGBA", (grid, grid))
    image.putdata(
        [(int(one[1:3], 16), int(one[3:5], 16), int(one[5:7], 16), 255) for row in rows for one in row]
    )
    return image.resize((side, side), Image.Resampling.NEAREST)


def grid_of(side: int) -> int:
    """The grid of a tile of ``side`` pixels: one of GRIDS that divides it if there is one, else the largest number of
    pixels that does. Raises InvalidInput if none from 12 to 64 does: a tile must fill its square.
    """
    if SMALLEST_GRID <= side <= LARGEST_GRID:
        usual = [grid for grid in GRIDS if side % grid == 0]
        return side if side in GRIDS or not usual else max(usual)
    fitting = [grid for grid in (32, 24, 16, 48) if side and side % grid == 0]
    fitting += [grid for grid in range(LARGEST_GRID, SMALLEST_GRID - 1, -1) if side % grid == 0]
    if fitting:
        return fitting[0]
    near = max(GRIDS[0], round(side / 32) * 32)
    raise InvalidInput(
        f"A tile of {side} pixels has no grid of {SMALLEST_GRID} to {LARGEST_GRID} pixels that fills it.",
        hint=f"give --size {near}, or another style than pixel",
    )


def _colours(tile: GroundTile, grid: int) -> list[list[str]]:
    look = look_of(tile)
    own = painted_grid(look.kind, tile.seed, grid)
    if not tile.other:
        return [[look.ramp[value] for value in row] for row in own]
    other = other_of(tile)
    around = painted_grid(other.kind, tile.seed, grid)
    shore = shore_of(tile)
    inside = look.kind.rank >= other.kind.rank
    over, under = (look, other) if inside else (other, look)
    above, below = (own, around) if inside else (around, own)
    rows = []
    for y in range(grid):
        row = []
        for x in range(grid):
            at = shore((x + 0.5) / grid, (y + 0.5) / grid)
            at = at if inside else Shore(-at.away, -at.across, -at.down)
            edge = _edge(at, over, under, grid)
            row.append(edge or (over.ramp[above[y][x]] if at.away > 0 else under.ramp[below[y][x]]))
        rows.append(row)
    return rows


def _edge(at: Shore, over: GroundLook, under: GroundLook, grid: int) -> str:
    """The colour of the edge between two grounds; empty where there is none. ``at.away`` is positive above."""
    pixels = at.away * grid
    if pixels > 0:
        if pixels <= 1:
            return over.ramp[0] if over.kind.painter != "strewn" else over.ramp[1]
        return over.ramp[3] if pixels <= 2 and at.down > SOUTH else ""
    down = -at.down if at.down < 0 else 0.0  # what lies below is seen where the upper ground is to the north
    if not under.kind.fluid:
        depth = 1 + (down > SOUTH) * max(1, round(grid / 24))
        return under.ramp[1] if -pixels <= depth else ""
    depth = math.ceil(grid / 9 * down) if down > SOUTH else 0
    if -pixels <= depth:
        return over.bank[0] if -pixels > depth - 1 else over.bank[1]
    return under.ramp[4 if under.kind.rank else 3] if -pixels <= depth + 1 else ""
