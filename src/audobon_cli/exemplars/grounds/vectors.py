"""Grounds in vectors: each painter fills the square with shapes; what reaches over a border comes in again opposite."""

from collections.abc import Callable

from audobon_cli.exemplars.grounds.kinds import GroundLook
from audobon_cli.exemplars.grounds.layout import stones, strewn
from audobon_cli.exemplars.grounds.masonry import bricks, checks, planks, plates, slabs
from audobon_cli.exemplars.grounds.strokes import MARKS, base, blob, cell, rounded, scaled, wrapped_shapes
from audobon_cli.exemplars.shapes import UNITS, Drawing, Shape

JOINT = 0.012
"""Half the width of a joint between stones, in shares of a tile."""


def ground_drawing(look: GroundLook, seed: int) -> Drawing:
    """The tile of ``look`` for ``seed``."""
    return Drawing(wrapped_shapes(PAINTERS[look.kind.painter](look, seed)))


def _strewn(look: GroundLook, seed: int) -> list[Shape]:
    shapes = [base(look.ramp[2])]
    for k, one in enumerate(strewn(f"{look.ground} patches", seed, 8, 0.2)):
        radius = UNITS * (0.07 + 0.09 * one.chance)
        path = blob(one.x * UNITS, one.y * UNITS, radius * 1.25, radius * 0.8, f"{k} {one.chance}")
        shapes.append(Shape(path, fill=look.ramp[1 if k % 2 else 3], opacity=0.42))
    for one in strewn(f"{look.ground} marks", seed, 30, 0.06):
        shapes += MARKS[look.kind.stamps](one.x * UNITS, one.y * UNITS, one.chance, look.ramp)
    return shapes


def _fluid(look: GroundLook, seed: int) -> list[Shape]:
    shapes = [base(look.ramp[2])]
    for k, one in enumerate(strewn(f"{look.ground} deeps", seed, 9, 0.18)):
        wide = UNITS * (0.09 + 0.07 * one.chance)
        path = blob(one.x * UNITS, one.y * UNITS, wide * 1.2, wide * 0.34, f"{k} {one.chance}")
        shapes.append(Shape(path, fill=look.ramp[1], opacity=0.6))
    for one in strewn(f"{look.ground} marks", seed, 18, 0.09):
        shapes += MARKS[look.kind.stamps](one.x * UNITS, one.y * UNITS, one.chance, look.ramp)
    return shapes


def _ice(look: GroundLook, seed: int) -> list[Shape]:
    shapes = [base(look.ramp[2])]
    laid = stones(look.ground, seed, 3)
    for one in laid:
        points = cell(one, laid, 0.0)
        shapes.append(
            Shape(
                rounded(points, 0.02),
                fill=look.ramp[3 if one.chance > 0.6 else 2],
                stroke=look.ramp[1],
                width=20,
            )
        )
        shapes.append(Shape(rounded(scaled(points, 0.9, -0.008), 0.1), stroke=look.ramp[3], width=14))
    for mark in strewn(f"{look.ground} marks", seed, 9, 0.1):
        shapes += MARKS["glint"](mark.x * UNITS, mark.y * UNITS, mark.chance, look.ramp)
    return shapes


def _stones(look: GroundLook, seed: int) -> list[Shape]:
    shapes = [base(look.ramp[0])]
    laid = stones(look.ground, seed, look.kind.cells + 1)
    for one in laid:
        points = cell(one, laid, JOINT)
        tone = 2 + (one.chance > 0.78) - (one.chance < 0.22)
        shapes += [
            Shape(rounded(points, 0.3), fill=look.ramp[tone - 1]),
            Shape(rounded(scaled(points, 0.86, -0.012), 0.32), fill=look.ramp[tone]),
            Shape(rounded(scaled(points, 0.5, -0.022), 0.4), fill=look.ramp[min(tone + 1, 4)], opacity=0.7),
        ]
    return shapes


def _crust(look: GroundLook, seed: int) -> list[Shape]:
    shapes = [base(look.ramp[4])]
    laid = stones(look.ground, seed, look.kind.cells + 1)
    cells = [(one, cell(one, laid, 0.014)) for one in laid]
    shapes += [Shape(rounded(points, 0.2), fill=look.ramp[3]) for _, points in cells]
    shapes += [Shape(rounded(scaled(points, 0.84), 0.22), fill=look.ramp[2]) for _, points in cells]
    for one, points in cells:
        plate = look.ramp[1 if one.chance > 0.4 else 0]
        shapes += [
            Shape(rounded(scaled(points, 0.7), 0.24), fill=look.ramp[0]),
            Shape(rounded(scaled(points, 0.62, -0.01), 0.26), fill=plate),
        ]
    return shapes


PAINTERS: dict[str, Callable[[GroundLook, int], list[Shape]]] = {
    "strewn": _strewn,
    "fluid": _fluid,
    "ice": _ice,
    "stones": _stones,
    "crust": _crust,
    "bricks": bricks,
    "slabs": slabs,
    "planks": planks,
    "plates": plates,
    "checks": checks,
}
