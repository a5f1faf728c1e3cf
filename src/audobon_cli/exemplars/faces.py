"""Faces by rule: eyes, brows and mouths drawn over those of a drawing, or onto a thing that has none."""

from collections.abc import Callable

from audobon_cli.dataclass import dataclass
from audobon_cli.exemplars.colours import mixed, tone_of
from audobon_cli.exemplars.shapes import Box, Path, Segment, Shape, ellipse, polygon

INK = "#1d1420"
WHITE = "#ffffff"
LEAST_EYE = 0.055
"""Radius of a drawn eye at least, as a share of the width of what it looks out of."""


@dataclass(frozen=True, slots=True)
class Face:
    """Where a face is: (x, y) between the eyes, ``gap`` from eye to eye, ``radius`` of an eye, ``skin`` around it.

    ``bare``: a thing without a face, which gets a mouth besides.
    """

    x: float
    y: float
    gap: float
    radius: float
    skin: str
    bare: bool = False

    @property
    def eyes(self) -> tuple[float, ...]:
        """As Thing.eyes."""
        return (self.x - self.gap / 2, self.y, self.x + self.gap / 2, self.y, self.radius)

    @property
    def both(self) -> tuple[float, float]:
        """Where the eyes are across."""
        return self.x - self.gap / 2, self.x + self.gap / 2


def face_of(eyes: tuple[float, ...], box: Box, alive: bool, skin: str) -> Face | None:
    """The face with these ``eyes``; of a thing that is not alive, one in its middle; None for a creature whose eyes
    are not known."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    if eyes:
        gap = abs(eyes[2] - eyes[0])
        radius = min(max(eyes[4], LEAST_EYE * 0.6 * width), gap * 0.34)
        return Face((eyes[0] + eyes[2]) / 2, (eyes[1] + eyes[3]) / 2, gap, radius, skin)
    if alive:
        return None
    small = min(width, height)
    return Face(left + width / 2, top + height * 0.56, small * 0.32, small * 0.058, skin, bare=True)


def _cute(face: Face) -> list[Shape]:
    large = min(face.radius * 1.75, face.gap * 0.44)
    shapes: list[Shape] = []
    for x in face.both:
        shapes += [
            Shape(ellipse(x, face.y, large, large * 1.12), fill=INK),
            Shape(ellipse(x - large * 0.3, face.y - large * 0.42, large * 0.4, large * 0.4), fill=WHITE),
            Shape(ellipse(x + large * 0.34, face.y + large * 0.42, large * 0.2, large * 0.2), fill=WHITE),
        ]
    for x, side in zip(face.both, (-1, 1), strict=True):
        blush = ellipse(x + side * large * 0.55, face.y + large * 1.6, large * 0.72, large * 0.42)
        shapes.append(Shape(blush, fill="#ff6f91", opacity=0.75))
    return shapes + (_smile(face) if face.bare else [])


def _happy(face: Face) -> list[Shape]:
    shapes = _patched(face, 1.5)
    for x in face.both:
        shapes.append(
            _arc(x, face.y + face.radius * 0.5, face.radius * 1.25, -1.3 * face.radius, face.radius * 0.62)
        )
    return shapes + (_smile(face) if face.bare else _blush(face))


def _sad(face: Face) -> list[Shape]:
    shapes = _plain_eyes(face) + _brows(face, -0.55)
    x, y = face.both[0], face.y + face.radius * 2.4
    tear = (
        Segment("M", (x, y - face.radius * 1.5)),
        Segment(
            "C",
            (x + face.radius, y - face.radius * 0.2, x + face.radius, y + face.radius, x, y + face.radius),
        ),
        Segment(
            "C",
            (
                x - face.radius,
                y + face.radius,
                x - face.radius,
                y - face.radius * 0.2,
                x,
                y - face.radius * 1.5,
            ),
        ),
        Segment("Z"),
    )
    shapes.append(Shape(tear, fill="#59b7f2", stroke="#2277b8", width=face.radius * 0.16))
    if face.bare:
        shapes.append(
            _arc(face.x, face.y + face.gap * 0.62, face.gap * 0.26, -face.gap * 0.2, face.radius * 0.5)
        )
    return shapes


def _sleepy(face: Face) -> list[Shape]:
    shapes = _patched(face, 1.55)
    for x in face.both:
        shapes.append(_arc(x, face.y, face.radius * 1.3, face.radius * 1.1, face.radius * 0.62))
    from_x, from_y = face.x + face.gap * 0.95, face.y - face.gap * 0.75
    for at, size in ((0.0, 0.5), (0.48, 0.34), (0.8, 0.24)):
        x, y, half = from_x - face.gap * at * 0.6, from_y + face.gap * at * 0.8, face.gap * size / 2
        letter = polygon(
            (x - half, y - half), (x + half, y - half), (x - half, y + half), (x + half, y + half)
        )
        shapes.append(Shape(letter[:-1], stroke=WHITE, width=face.gap * size * 0.42))
        shapes.append(Shape(letter[:-1], stroke="#3d4f96", width=face.gap * size * 0.2))
    return shapes + (
        [_arc(face.x, face.y + face.gap * 0.5, face.gap * 0.12, face.gap * 0.1, face.radius * 0.5)]
        if face.bare
        else []
    )


def _angry(face: Face) -> list[Shape]:
    shapes = _plain_eyes(face) + _brows(face, 0.75)
    if face.bare:
        shapes.append(
            _arc(face.x, face.y + face.gap * 0.62, face.gap * 0.3, -face.gap * 0.24, face.radius * 0.55)
        )
    return shapes


def _evil(face: Face) -> list[Shape]:
    shapes = _patched(face, 1.7)
    size = max(face.radius * 1.5, face.gap * 0.26)
    for x, side in zip(face.both, (1, -1), strict=True):
        almond = (
            Segment("M", (x - side * size, face.y - size * 0.75)),
            Segment("L", (x + side * size, face.y + size * 0.1)),
            Segment(
                "C",
                (
                    x + side * size * 0.5,
                    face.y + size * 0.95,
                    x - side * size * 0.7,
                    face.y + size * 0.8,
                    x - side * size,
                    face.y - size * 0.75,
                ),
            ),
            Segment("Z"),
        )
        shapes += [
            Shape(almond, fill="#ffe03a", stroke="#c01414", width=size * 0.22),
            Shape(ellipse(x, face.y + size * 0.14, size * 0.16, size * 0.44), fill="#7a0000"),
        ]
    shapes += _brows(face, 0.85)
    if face.bare:
        shapes += _fangs(face)
    return shapes


def _plain_eyes(face: Face) -> list[Shape]:
    """Eyes for what has none."""
    if not face.bare:
        return []
    return [
        shape
        for x in face.both
        for shape in (
            Shape(
                ellipse(x, face.y, face.radius * 1.5, face.radius * 1.6),
                fill=WHITE,
                stroke=INK,
                width=face.radius * 0.3,
            ),
            Shape(ellipse(x, face.y + face.radius * 0.2, face.radius * 0.72, face.radius * 0.8), fill=INK),
        )
    ]


def _patched(face: Face, share: float) -> list[Shape]:
    """The skin drawn over eyes that are there."""
    if face.bare:
        return []
    radius = face.radius * share
    return [Shape(ellipse(x, face.y, radius, radius), fill=face.skin) for x in face.both]


def _brows(face: Face, slope: float) -> list[Shape]:
    """Thick brows; with a ``slope`` above 0 they fall towards the middle."""
    wide, thick = max(face.radius * 1.9, face.gap * 0.3), max(face.radius * 0.85, face.gap * 0.13)
    colour = INK if tone_of(face.skin).light > 0.45 else mixed(INK, WHITE, 0.85)
    shapes = []
    for x, side in zip(face.both, (1, -1), strict=True):
        y = face.y - max(face.radius * 1.75, face.gap * 0.24)
        outer = (x - side * wide, y - slope * wide * 0.62)
        inner = (x + side * wide * 0.85, y + slope * wide * 0.52)
        path = (Segment("M", outer), Segment("L", inner))
        shapes.append(Shape(path, stroke=colour, width=thick))
    return shapes


def _smile(face: Face) -> list[Shape]:
    return [_arc(face.x, face.y + face.gap * 0.36, face.gap * 0.24, face.gap * 0.2, face.radius * 0.5)]


def _blush(face: Face) -> list[Shape]:
    return [
        Shape(
            ellipse(
                x + side * face.radius, face.y + face.radius * 2.3, face.radius * 1.1, face.radius * 0.65
            ),
            fill="#ff6f91",
            opacity=0.7,
        )
        for x, side in zip(face.both, (-1, 1), strict=True)
    ]


def _fangs(face: Face) -> list[Shape]:
    x, y, half = face.x, face.y + face.gap * 0.5, face.gap * 0.42
    mouth = (
        Segment("M", (x - half, y - half * 0.1)),
        Segment(
            "C", (x - half * 0.4, y + half * 0.25, x + half * 0.4, y + half * 0.25, x + half, y - half * 0.1)
        ),
        Segment(
            "C", (x + half * 0.6, y + half * 0.9, x - half * 0.6, y + half * 0.9, x - half, y - half * 0.1)
        ),
        Segment("Z"),
    )
    teeth = [
        Shape(
            polygon(
                (x + at - half * 0.14, y + half * 0.08),
                (x + at + half * 0.14, y + half * 0.08),
                (x + at, y + half * 0.46),
            ),
            fill=WHITE,
        )
        for at in (-half * 0.4, half * 0.4)
    ]
    return [Shape(mouth, fill="#3a0610"), *teeth]


def _arc(x: float, y: float, half: float, depth: float, width: float) -> Shape:
    """A curved line from (x - half, y) to (x + half, y), ``depth`` lower (or higher) in its middle."""
    path: Path = (
        Segment("M", (x - half, y)),
        Segment("C", (x - half * 0.5, y + depth * 1.33, x + half * 0.5, y + depth * 1.33, x + half, y)),
    )
    return Shape(path, stroke=INK, width=width)


FACES: dict[str, Callable[[Face], list[Shape]]] = {
    "cute": _cute,
    "happy": _happy,
    "sad": _sad,
    "sleepy": _sleepy,
    "angry": _angry,
    "evil": _evil,
}
"""What is drawn onto a face, by the names of attributes."""
