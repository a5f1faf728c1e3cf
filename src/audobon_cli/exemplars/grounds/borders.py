"""Tiles of two grounds in vectors: the border between them as a path, with its bank, foam and shade."""

from collections.abc import Callable
from dataclasses import replace

from audobon_cli.exemplars.colours import mixed, tone_of
from audobon_cli.exemplars.grounds.kinds import GroundLook
from audobon_cli.exemplars.grounds.looks import look_of, other_of
from audobon_cli.exemplars.grounds.shores import field_of
from audobon_cli.exemplars.grounds.strokes import GROUND
from audobon_cli.exemplars.grounds.vectors import ground_drawing
from audobon_cli.exemplars.recolour import painted
from audobon_cli.exemplars.scene import GroundTile
from audobon_cli.exemplars.shapes import (
    IDENTITY,
    UNITS,
    Drawing,
    Gradient,
    Path,
    Segment,
    Shape,
    box_of,
    warped_path,
)

LATTICE = 40
"""Squares on a side of the tile, in which the border is looked for."""

BEYOND = 4
"""Squares that it is followed beyond the tile."""

BANK = 0.06
"""How much of the earth under a ground is seen where it ends above a fluid, in shares of a tile."""

INK = "#1f1f26"
CONTRAST = 0.16
"""Difference of lightness from which a shape stands out in two tones."""


def tile_drawing(tile: GroundTile, style: str) -> Drawing:
    """``tile`` in vectors, filling its square, in the look that ``style`` gives to grounds."""
    look = look_of(tile)
    drawing = ground_drawing(look, tile.seed)
    if tile.other:
        drawing = _both(tile, look, other_of(tile))
    return LOOKS[style](drawing) if style in LOOKS else drawing


def _both(tile: GroundTile, look: GroundLook, other: GroundLook) -> Drawing:
    inside = look.kind.rank >= other.kind.rank
    over, under = (look, other) if inside else (other, look)
    value = field_of(tile)
    region = traced((lambda x, y: value(x, y) - 0.5) if inside else (lambda x, y: 0.5 - value(x, y)))
    below = ground_drawing(under, tile.seed)
    if not region:
        return below
    edge = _edge(region, over, under)
    above = ground_drawing(over, tile.seed).clipped([region])
    rim = Shape(region, stroke=over.ramp[1], width=UNITS * 0.016)
    return replace(
        above.over(Drawing((*below.shapes, *edge))), shapes=(*below.shapes, *edge, *above.shapes, rim)
    )


def _edge(region: Path, over: GroundLook, under: GroundLook) -> list[Shape]:
    """What lies between two grounds, over the lower one."""
    if not under.kind.fluid:
        shade = under.ramp[0]
        return [
            Shape(_down(region, 0.02), fill=shade, stroke=shade, width=UNITS * 0.02, opacity=0.5),
        ]
    foot = _down(region, BANK)
    foam = under.ramp[4 if under.kind.rank else 3]
    around = [Shape(path, fill=foam, stroke=foam, width=UNITS * 0.045) for path in (foot, region)]
    return [
        *around,
        Shape(foot, fill=over.bank[0], stroke=over.bank[0], width=UNITS * 0.008),
        Shape(_down(region, BANK * 0.55), fill=over.bank[1]),
    ]


def traced(value: Callable[[float, float], float]) -> Path:
    """The closed path around where ``value`` is above 0, in units; beyond the tile it ends. Marching squares."""
    low, high = -BEYOND, LATTICE + BEYOND
    values = {
        (i, j): -1.0 if i in (low, high) or j in (low, high) else value(i / LATTICE, j / LATTICE)
        for i in range(low, high + 1)
        for j in range(low, high + 1)
    }
    following: dict[tuple[float, float], tuple[float, float]] = {}
    for i in range(low, high):
        for j in range(low, high):
            corners = ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))
            leaving: list[tuple[float, float]] = []
            entering: list[tuple[float, float]] = []
            for k, first in enumerate(corners):
                second = corners[(k + 1) % 4]
                here, there = values[first], values[second]
                if (here > 0) != (there > 0):
                    (leaving if here > 0 else entering).append(_crossing(first, second, here, there))
            for k, point in enumerate(leaving):
                following[point] = entering[k - (values[corners[0]] > 0) * (len(entering) - 1)]
    path: list[Segment] = []
    while following:
        start = next(iter(following))
        loop = [start]
        point = following.pop(start)
        while point in following:
            loop.append(point)
            point = following.pop(point)
        path += [
            Segment("L" if k else "M", (x * UNITS / LATTICE, y * UNITS / LATTICE))
            for k, (x, y) in enumerate(loop)
        ]
        path.append(Segment("Z"))
    return tuple(path)


def _crossing(
    first: tuple[int, int], second: tuple[int, int], here: float, there: float
) -> tuple[float, float]:
    """Where the value is 0 between two points of the lattice: the same from both sides."""
    if second < first:
        first, second, here, there = second, first, there, here
    share = here / (here - there)
    return round(first[0] + (second[0] - first[0]) * share, 6), round(
        first[1] + (second[1] - first[1]) * share, 6
    )


def _down(path: Path, share: float) -> Path:
    return warped_path(path, lambda x, y: (x, y + share * UNITS))


def _soft(drawing: Drawing) -> Drawing:
    return painted(drawing, lambda colour: mixed(colour, "#b9b3a8", 0.24))


def _outline(drawing: Drawing) -> Drawing:
    """White, with dark lines along every shape."""
    shapes = [
        replace(one, fill="#ffffff", opacity=1.0)
        if one.tag == GROUND
        else replace(
            one, stroke=INK, width=UNITS * 0.009, opacity=1.0, fill=None if one.fill is None else "#ffffff"
        )
        for one in drawing.shapes
    ]
    return replace(drawing, shapes=tuple(shapes))


def _silhouette(drawing: Drawing) -> Drawing:
    """Two tones: what is as light as the ground, and what stands out."""
    grounds = [one.fill for one in drawing.shapes if one.tag == GROUND and isinstance(one.fill, str)]
    light = tone_of(grounds[0]).light

    def two(colour: str) -> str:
        return "#ffffff" if abs(tone_of(colour).light - light) > CONTRAST else "#0b0b0f"

    shapes = tuple(replace(one, opacity=1.0) for one in drawing.shapes if one.opacity > 0.5)
    return painted(replace(drawing, shapes=shapes), two)


def _graded(drawing: Drawing) -> Drawing:
    """Each shape shaded from a lighter tone above to a darker one below."""
    gradients: list[Gradient] = []
    shapes = []
    for shape in drawing.shapes:
        box = box_of([shape.path])
        if shape.tag == GROUND or box is None or not isinstance(shape.fill, str):
            shapes.append(shape)
            continue
        light, dark = mixed(shape.fill, "#ffffff", 0.28), mixed(shape.fill, "#140a30", 0.24)
        stops = ((0.0, light, 1.0), (0.5, shape.fill, 1.0), (1.0, dark, 1.0))
        gradients.append(Gradient("l", (box[0], box[1], box[0], box[3]), IDENTITY, stops))
        shapes.append(replace(shape, fill=len(gradients) - 1))
    return replace(drawing, shapes=tuple(shapes), gradients=tuple(gradients))


LOOKS: dict[str, Callable[[Drawing], Drawing]] = {
    "soft": _soft,
    "outline": _outline,
    "silhouette": _silhouette,
    "3d": _graded,
    "glossy": _graded,
}
"""What styles change of a ground; others leave it as it is. None lays light over all of it, as that would end at the
border."""
