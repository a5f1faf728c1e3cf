"""Shapes that grounds in vectors are drawn with."""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from audobon_cli.exemplars.grounds.layout import Stone
from audobon_cli.exemplars.marks import sparkle
from audobon_cli.exemplars.shapes import UNITS, Path, Segment, Shape, box_of, ellipse, polygon, warped_path

GROUND = "ground"
"""The tag of what covers all of a tile."""

Points = Sequence[tuple[float, float]]
Ramp = Sequence[str]


def base(colour: str) -> Shape:
    """All of the tile, and a little more, so that its borders are not mixed with what is clear."""
    far = UNITS * 0.1
    path = polygon((-far, -far), (UNITS + far, -far), (UNITS + far, UNITS + far), (-far, UNITS + far))
    return Shape(path, fill=colour, tag=GROUND)


def wrapped_shapes(shapes: Iterable[Shape]) -> tuple[Shape, ...]:
    """``shapes``, each with its copies where it reaches over a border."""
    found: list[Shape] = []
    for shape in shapes:
        found.append(shape)
        box = box_of([shape.path])
        if shape.tag == GROUND or box is None:
            continue
        pad = shape.width / 2
        moves = [
            [0.0] + [UNITS] * (low - pad < 0) + [-UNITS] * (high + pad > UNITS)
            for low, high in ((box[0], box[2]), (box[1], box[3]))
        ]
        found += [_moved(shape, dx, dy) for dx in moves[0] for dy in moves[1] if dx or dy]
    return tuple(found)


def cell(stone: Stone, laid: Sequence[Stone], inset: float) -> list[tuple[float, float]]:
    """The corners of what is nearer to ``stone`` than to any other, ``inset`` from the border; in shares of a tile."""
    points = [(stone.x + dx, stone.y + dy) for dx, dy in ((-0.7, -0.7), (0.7, -0.7), (0.7, 0.7), (-0.7, 0.7))]
    for other in laid:
        for left in (-1, 0, 1):
            for top in (-1, 0, 1):
                x, y = other.x + left - stone.x, other.y + top - stone.y
                far = math.hypot(x, y)
                if 1e-9 < far < 1.2:
                    points = _cut(points, (stone.x, stone.y), (x / far, y / far), far / 2 - inset)
    return points


def rounded(points: Points, share: float) -> Path:
    """The closed path through ``points`` (in shares of a tile), each corner rounded over ``share`` of its sides."""
    path: list[Segment] = []
    count = len(points)
    for k in range(count):
        (ax, ay), (x, y), (bx, by) = points[k - 1], points[k], points[(k + 1) % count]
        first = (x + (ax - x) * share, y + (ay - y) * share)
        last = (x + (bx - x) * share, y + (by - y) * share)
        path.append(Segment("L" if path else "M", _units(first)))
        handles = [(one[0] + (x - one[0]) * 0.6, one[1] + (y - one[1]) * 0.6) for one in (first, last)]
        path.append(Segment("C", (*_units(handles[0]), *_units(handles[1]), *_units(last))))
    return (*path, Segment("Z")) if path else ()


def scaled(points: Points, share: float, moved: float = 0.0) -> list[tuple[float, float]]:
    """``points`` towards their middle, and ``moved`` to the right and down (negative: towards the light)."""
    x = sum(point[0] for point in points) / max(len(points), 1)
    y = sum(point[1] for point in points) / max(len(points), 1)
    return [(x + (px - x) * share + moved * 0.7, y + (py - y) * share + moved) for px, py in points]


def blob(x: float, y: float, rx: float, ry: float, key: str) -> Path:
    """A soft uneven shape around (x, y), in units; ``key`` decides on its edge."""
    source = random.Random(key)
    count = 9
    radii = [0.72 + 0.42 * source.random() for _ in range(count)]
    points = [
        (
            (x + rx * radii[k] * math.cos(2 * math.pi * k / count)) / UNITS,
            (y + ry * radii[k] * math.sin(2 * math.pi * k / count)) / UNITS,
        )
        for k in range(count)
    ]
    return rounded(points, 0.5)


def block(left: float, top: float, right: float, bottom: float, radius: float = 0.012) -> Path:
    """A rectangle with rounded corners, all in shares of a tile."""
    reach = min(radius / max(min(right - left, bottom - top), 1e-6), 0.45)
    return rounded([(left, top), (right, top), (right, bottom), (left, bottom)], reach)


def line(*points: tuple[float, float]) -> Path:
    """An open path through ``points``, in shares of a tile."""
    return tuple(Segment("L" if k else "M", _units(point)) for k, point in enumerate(points))


def _blades(x: float, y: float, chance: float, ramp: Ramp) -> list[Shape]:
    tall = UNITS * (0.07 + 0.035 * chance)
    if chance > 0.97:
        petals = [
            Shape(ellipse(x + dx * tall * 0.3, y + dy * tall * 0.3, tall * 0.2, tall * 0.2), fill="#fff7e0")
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
        ]
        return [*petals, Shape(ellipse(x, y, tall * 0.17, tall * 0.17), fill="#f5c542")]
    colour = ramp[1] if chance < 0.35 else ramp[3] if chance < 0.8 else ramp[4]
    blades = []
    for lean, share in ((-0.6, 0.75), (0.05, 1.0), (0.62, 0.7)):
        foot = x + lean * tall * 0.2
        tip = (foot + lean * tall * 0.55, y - tall * share)
        wide = tall * 0.15
        blades.append(
            (
                Segment("M", (foot - wide, y)),
                Segment("C", (foot - wide * 0.8, y - tall * share * 0.5, *tip, *tip)),
                Segment("C", (*tip, foot + wide * 1.3, y - tall * share * 0.45, foot + wide, y)),
                Segment("Z"),
            )
        )
    return [Shape(one, fill=colour) for one in blades]


def _leaves(x: float, y: float, chance: float, ramp: Ramp) -> list[Shape]:
    size = UNITS * (0.016 + 0.016 * chance)
    colour = ramp[1] if chance < 0.4 else ramp[3] if chance < 0.85 else ramp[4]
    return [
        Shape(ellipse(x + dx * size, y + dy * size, size, size), fill=colour)
        for dx, dy in ((-0.9, 0.4), (0.9, 0.5), (0, -0.8))
    ]


def _drift(x: float, y: float, chance: float, ramp: Ramp) -> list[Shape]:
    if chance > 0.72:
        return [Shape(sparkle(x, y, UNITS * (0.02 + 0.03 * (chance - 0.72))), fill=ramp[4])]
    wide = UNITS * (0.03 + 0.05 * chance)
    return [Shape(_arc(x, y, wide, wide * 0.35), stroke=ramp[1], width=UNITS * 0.012)]


def _pebble(x: float, y: float, chance: float, ramp: Ramp) -> list[Shape]:
    size = UNITS * (0.008 + 0.024 * chance)
    if chance < 0.45:
        return [Shape(ellipse(x, y, size, size * 0.8), fill=ramp[1])]
    return [
        Shape(ellipse(x + size * 0.12, y + size * 0.3, size * 1.1, size * 0.8), fill=ramp[0]),
        Shape(ellipse(x, y, size, size * 0.76), fill=ramp[3]),
        Shape(ellipse(x - size * 0.25, y - size * 0.22, size * 0.4, size * 0.26), fill=ramp[4]),
    ]


def _puddle(x: float, y: float, chance: float, ramp: Ramp) -> list[Shape]:
    wide = UNITS * (0.014 + 0.034 * chance)
    shapes = [Shape(ellipse(x, y, wide, wide * 0.5), fill=ramp[1 if chance < 0.6 else 0])]
    if chance > 0.5:
        shapes.append(
            Shape(_arc(x, y - wide * 0.1, wide * 1.2, wide * 0.2), stroke=ramp[3], width=UNITS * 0.008)
        )
    return shapes


def _ripple(x: float, y: float, chance: float, ramp: Ramp) -> list[Shape]:
    if chance < 0.35:
        size = UNITS * (0.006 + 0.012 * chance)
        return [Shape(ellipse(x, y, size, size), fill=ramp[1 if chance < 0.2 else 4])]
    wide = UNITS * (0.04 + 0.06 * chance)
    return [
        Shape(_arc(x, y + UNITS * 0.012, wide, wide * 0.2), stroke=ramp[4], width=UNITS * 0.011),
        Shape(_arc(x, y, wide, wide * 0.2), stroke=ramp[1], width=UNITS * 0.011),
    ]


def _wave(x: float, y: float, chance: float, ramp: Ramp) -> list[Shape]:
    wide = UNITS * (0.055 + 0.06 * chance)
    tall = wide * 0.22
    path = (
        Segment("M", (x - wide, y)),
        Segment("C", (x - wide * 0.7, y - tall * 1.4, x - wide * 0.3, y - tall * 1.4, x, y)),
        Segment("C", (x + wide * 0.3, y - tall * 1.4, x + wide * 0.7, y - tall * 1.4, x + wide, y)),
    )
    colour = ramp[4] if chance > 0.7 else ramp[3]
    return [Shape(path, stroke=colour, width=UNITS * (0.011 + 0.006 * chance))]


def _bubble(x: float, y: float, chance: float, ramp: Ramp) -> list[Shape]:
    size = UNITS * (0.014 + 0.03 * chance)
    if chance < 0.4:
        return [Shape(ellipse(x, y, size, size), fill=ramp[3])]
    return [
        Shape(ellipse(x, y, size, size), fill=ramp[1], stroke=ramp[3], width=size * 0.32),
        Shape(ellipse(x - size * 0.3, y - size * 0.35, size * 0.24, size * 0.24), fill=ramp[4]),
    ]


def _glint(x: float, y: float, chance: float, ramp: Ramp) -> list[Shape]:
    far = UNITS * (0.03 + 0.05 * chance)
    stroke = (Segment("M", (x - far, y + far)), Segment("L", (x + far, y - far)))
    near = tuple(
        Segment(
            one.letter,
            (one.points[0] * 0.55 + (x + far * 0.7) * 0.45, one.points[1] * 0.55 + (y + far * 0.7) * 0.45),
        )
        for one in stroke
    )
    return [
        Shape(one, stroke=ramp[4], width=UNITS * width, opacity=0.9)
        for one, width in ((stroke, 0.018), (near, 0.011))
    ]


MARKS: dict[str, Callable[[float, float, float, Ramp], list[Shape]]] = {
    "grass": _blades,
    "moss": _leaves,
    "snow": _drift,
    "dirt": _pebble,
    "mud": _puddle,
    "sand": _ripple,
    "wave": _wave,
    "bubble": _bubble,
    "glint": _glint,
}
"""What is strewn over grounds, at a place in units; a number from 0 to 1 decides on size and kind."""


def _arc(x: float, y: float, wide: float, tall: float) -> Path:
    return (
        Segment("M", (x - wide / 2, y)),
        Segment("C", (x - wide * 0.2, y - tall, x + wide * 0.2, y - tall, x + wide / 2, y)),
    )


def _moved(shape: Shape, dx: float, dy: float) -> Shape:
    return replace(shape, path=warped_path(shape.path, lambda x, y: (x + dx, y + dy)))


def _units(point: tuple[float, float]) -> tuple[float, float]:
    return point[0] * UNITS, point[1] * UNITS


def _cut(
    points: Points, middle: tuple[float, float], way: tuple[float, float], far: float
) -> list[tuple[float, float]]:
    """The part of a convex polygon that is at most ``far`` from ``middle`` along ``way``."""
    kept: list[tuple[float, float]] = []
    over = [(x - middle[0]) * way[0] + (y - middle[1]) * way[1] - far for x, y in points]
    for k, (x, y) in enumerate(points):
        before, here = over[k - 1], over[k]
        if (before > 0) != (here > 0):
            px, py = points[k - 1]
            share = before / (before - here)
            kept.append((px + (x - px) * share, py + (y - py) * share))
        if here <= 0:
            kept.append((x, y))
    return kept
