"""Small things that attributes draw beside or onto a drawing: flames, hearts, cracks, sparkles."""

import random

from audobon_cli.exemplars.faces import Face
from audobon_cli.exemplars.shapes import Box, Drawing, Path, Segment, Shape, ellipse, polygon, warped_path


def beard(face: Face) -> list[Shape]:
    """A white beard and brows."""
    x, y, gap, radius = face.x, face.y, face.gap, face.radius
    low = y + gap * 0.62
    beard = (
        Segment("M", (x - gap * 0.72, low)),
        Segment("C", (x - gap * 0.4, low + gap * 0.2, x + gap * 0.4, low + gap * 0.2, x + gap * 0.72, low)),
        Segment(
            "C", (x + gap * 0.75, low + gap * 0.7, x + gap * 0.25, low + gap * 0.75, x, low + gap * 1.25)
        ),
        Segment(
            "C", (x - gap * 0.25, low + gap * 0.75, x - gap * 0.75, low + gap * 0.7, x - gap * 0.72, low)
        ),
        Segment("Z"),
    )
    brows = [
        Shape(
            ellipse(at, y - radius * 2.0, radius * 1.5, radius * 0.62),
            fill="#f4f2ee",
            stroke="#b9b4aa",
            width=12,
        )
        for at in (x - gap / 2, x + gap / 2)
    ]
    return [Shape(beard, fill="#f4f2ee", stroke="#b9b4aa", width=16), *brows]


def cracks(drawing: Drawing, chance: random.Random, count: int, colour: str) -> list[Shape]:
    """``count`` dark cracks in a drawing."""
    left, top, right, bottom = drawing.box()
    width, height = right - left, bottom - top
    cracks = []
    for k in range(count):
        x, y = (
            left + width * (0.3 + 0.4 * k / max(count - 1, 1)),
            top + height * (0.22 + 0.2 * chance.random()),
        )
        points = [Segment("M", (x, y))]
        for _ in range(4):
            x += width * 0.09 * (chance.random() - 0.5) * 2
            y += height * (0.05 + 0.06 * chance.random())
            points.append(Segment("L", (x, y)))
        cracks.append(Shape(tuple(points), stroke=colour, width=width * 0.014, ends="rm"))
    return cracks


def cobweb(box: Box) -> list[Shape]:
    """A cobweb in the upper left corner of ``box``."""
    left, top, right, bottom = box
    side = min(right - left, bottom - top) * 0.34
    rays = [(side * 1.0, side * 0.1), (side * 0.75, side * 0.62), (side * 0.1, side * 1.0)]
    lines = [polygon((left, top), (left + x, top + y))[:2] for x, y in rays]
    rings = [
        (
            Segment("M", (left + rays[0][0] * share, top + rays[0][1] * share)),
            Segment("L", (left + rays[1][0] * share, top + rays[1][1] * share)),
            Segment("L", (left + rays[2][0] * share, top + rays[2][1] * share)),
        )
        for share in (0.4, 0.65, 0.9)
    ]
    return [Shape(one, stroke="#f2f2f2", width=side * 0.035) for one in (*lines, *rings)]


def flame(x: float, y: float, width: float, height: float) -> list[Shape]:
    """A tongue of fire that stands on (x, y): red, orange and yellow, one inside the other."""
    layers = (("#e2261a", 1.0), ("#ff8a14", 0.68), ("#ffe14a", 0.38))
    return [Shape(_tongue(x, y, width * share, height * share), fill=colour) for colour, share in layers]


def _tongue(x: float, y: float, width: float, height: float) -> Path:
    half = width / 2
    return (
        Segment("M", (x, y)),
        Segment(
            "C", (x - half * 1.5, y, x - half * 1.3, y - height * 0.42, x - half * 0.35, y - height * 0.6)
        ),
        Segment(
            "C",
            (
                x - half * 0.1,
                y - height * 0.72,
                x - half * 0.1,
                y - height * 0.85,
                x + half * 0.1,
                y - height,
            ),
        ),
        Segment(
            "C",
            (
                x + half * 0.3,
                y - height * 0.72,
                x + half * 1.2,
                y - height * 0.6,
                x + half * 1.05,
                y - height * 0.28,
            ),
        ),
        Segment("C", (x + half, y - height * 0.1, x + half * 0.6, y, x, y)),
        Segment("Z"),
    )


def heart(x: float, y: float, side: float) -> Shape:
    """A pink heart of ``side`` around (x, y)."""
    half = side / 2
    path = (
        Segment("M", (x, y + half)),
        Segment("C", (x - half * 1.6, y - half * 0.2, x - half * 0.9, y - half * 1.2, x, y - half * 0.4)),
        Segment("C", (x + half * 0.9, y - half * 1.2, x + half * 1.6, y - half * 0.2, x, y + half)),
        Segment("Z"),
    )
    return Shape(path, fill="#ff5f8f")


def vein(x: float, y: float, side: float, colour: str) -> list[Shape]:
    """The four curves that stand for anger in comics."""
    curve = (Segment("M", (0.12, 1.0)), Segment("C", (0.12, 0.35, 0.35, 0.12, 1.0, 0.12)))
    shapes = []
    for across, down in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
        path = _put(curve, x, y, side * across / 2, side * down / 2)
        shapes.append(Shape(path, stroke=colour, width=side * 0.16))
    return shapes


def letters_z(x: float, y: float, side: float) -> list[Shape]:
    """Three letters Z, each smaller than the one before."""
    letters = []
    for at, size in ((0.0, 1.0), (0.85, 0.65), (1.4, 0.42)):
        px, py, half = x - side * at, y + side * at * 0.9, side * size / 2
        path = polygon(
            (px - half, py - half), (px + half, py - half), (px - half, py + half), (px + half, py + half)
        )
        letters.append(Shape(path[:-1], stroke="#4a5a8c", width=side * size * 0.2, ends="rr"))
    return letters


def drop(x: float, y: float, side: float) -> Path:
    """A drop around (x, y)."""
    half = side / 2
    return (
        Segment("M", (x, y - side)),
        Segment("C", (x + half * 0.5, y - side * 0.4, x + half, y - side * 0.2, x + half, y + half * 0.4)),
        Segment("C", (x + half, y + half * 1.2, x - half, y + half * 1.2, x - half, y + half * 0.4)),
        Segment("C", (x - half, y - side * 0.2, x - half * 0.5, y - side * 0.4, x, y - side)),
        Segment("Z"),
    )


def ghost(x: float, y: float, side: float) -> list[Shape]:
    """A small ghost around (x, y), ``side`` tall, with eyes and an open mouth."""
    wide, tall = side * 0.36, side * 0.5
    hem = y + tall * 0.86
    body = (
        Segment("M", (x - wide, hem)),
        Segment("C", (x - wide * 1.05, y - tall * 1.4, x + wide * 1.05, y - tall * 1.4, x + wide, hem)),
        *(
            Segment(
                "C",
                (right, hem + tall * 0.22, right - wide * 0.66, hem + tall * 0.22, right - wide * 0.66, hem),
            )
            for right in (x + wide, x + wide / 3, x - wide / 3)
        ),
        Segment("Z"),
    )
    dark = [
        ellipse(x - wide * 0.36, y - tall * 0.16, wide * 0.17, tall * 0.16),
        ellipse(x + wide * 0.36, y - tall * 0.16, wide * 0.17, tall * 0.16),
        ellipse(x, y + tall * 0.26, wide * 0.16, tall * 0.14),
    ]
    return [
        Shape(body, fill="#f3f1ff", stroke="#7d6fb0", width=16),
        *(Shape(one, fill="#2a1a4a") for one in dark),
    ]


def sparkle(x: float, y: float, radius: float) -> Path:
    """A star with four points."""
    near = radius * 0.16
    return (
        Segment("M", (x, y - radius)),
        Segment("C", (x + near, y - near, x + near, y - near, x + radius, y)),
        Segment("C", (x + near, y + near, x + near, y + near, x, y + radius)),
        Segment("C", (x - near, y + near, x - near, y + near, x - radius, y)),
        Segment("C", (x - near, y - near, x - near, y - near, x, y - radius)),
        Segment("Z"),
    )


def _put(path: Path, x: float, y: float, across: float, down: float) -> Path:
    """``path`` of the unit square at (x, y), ``across`` wide and ``down`` high."""
    return warped_path(path, lambda px, py: (x + px * across, y + py * down))


def tree(x: float, y: float, tall: float, colour: str) -> list[Shape]:
    """A small fir that stands on (x, y)."""
    trunk = _upright(x, y, tall * 0.12, tall * 0.3)
    crown = polygon(
        (x - tall * 0.34, y - tall * 0.2), (x + tall * 0.34, y - tall * 0.2), (x, y - tall * 1.05)
    )
    return [Shape(trunk, fill="#6b4423"), Shape(crown, fill=colour)]


def house(x: float, y: float, tall: float) -> list[Shape]:
    """A small house that stands on (x, y)."""
    roof = polygon((x - tall * 0.55, y - tall * 0.5), (x + tall * 0.55, y - tall * 0.5), (x, y - tall * 0.95))
    return [
        Shape(_upright(x, y, tall * 0.8, tall * 0.5), fill="#f1e3c4"),
        Shape(roof, fill="#c2452d"),
        Shape(_upright(x, y, tall * 0.2, tall * 0.28), fill="#6b4423"),
    ]


def _upright(x: float, y: float, wide: float, tall: float) -> Path:
    return polygon((x - wide / 2, y), (x + wide / 2, y), (x + wide / 2, y - tall), (x - wide / 2, y - tall))
