"""Drawings as plain shapes: paths of absolute lines and cubics, moved and written without a graphics library."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from audobon_cli.dataclass import dataclass

UNITS = 2048.0
"""Side of the square that a drawing fills, in its own units."""

Paint = str | int | None
"""A colour ("#rrggbb"), the number of a gradient, or nothing."""

Matrix = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f of SVG: x' = a x + c y + e, y' = b x + d y + f."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_SEGMENT = re.compile(r"([MLCZ])([^MLCZ]*)")
_ENDS = {"b": "butt", "r": "round", "s": "square", "m": "miter", "v": "bevel"}


@dataclass(frozen=True, slots=True)
class Segment:
    """A path command, M, L, C or Z, with its points x, y, x, y ..."""

    letter: str
    points: tuple[float, ...] = ()


Path = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled or stroked path; ``width`` is the stroke's, ``clip`` the number of a clip path of its drawing."""

    path: Path
    fill: Paint = None
    stroke: Paint = None
    width: float = 0.0
    opacity: float = 1.0
    even_odd: bool = False
    ends: str = "rr"
    clip: int | None = None
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Gradient:
    """A linear ("l": x1, y1, x2, y2) or radial ("r": cx, cy, r, fx, fy) gradient, and where its numbers stand;
    ``stops`` are (place, colour, opacity)."""

    kind: str
    numbers: tuple[float, ...]
    matrix: Matrix
    stops: tuple[tuple[float, str, float], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes from back to front, with the gradients and clip paths that they number."""

    shapes: tuple[Shape, ...] = ()
    gradients: tuple[Gradient, ...] = ()
    clips: tuple[tuple[Path, ...], ...] = ()
    """Each the union of some paths."""

    def box(self, inked: bool = False) -> Box:
        """What it covers, by its control points: a little more than it draws; all zeros if it is empty. Lines count as
        if they had no width, unless ``inked``."""
        clips = [box_of(clip) for clip in self.clips]
        found = []
        for shape in self.shapes:
            own = box_of([shape.path])
            inside = None if shape.clip is None else clips[shape.clip]
            if own is not None:
                half = shape.width / 2 if inked and shape.stroke is not None else 0.0
                own = (own[0] - half, own[1] - half, own[2] + half, own[3] + half)
                found.append(own if inside is None else _common(own, inside))
        seen = [box for box in found if box[0] <= box[2] and box[1] <= box[3]]
        if not seen:
            return (0.0, 0.0, 0.0, 0.0)
        lefts, tops, rights, bottoms = zip(*seen, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    def moved(self, matrix: Matrix) -> "Drawing":
        """The same under ``matrix``; strokes grow by the root of its determinant."""
        a, b, c, d, e, f = matrix
        scale = abs(a * d - b * c) ** 0.5

        def place(x: float, y: float) -> tuple[float, float]:
            return a * x + c * y + e, b * x + d * y + f

        moved = self.warped(place, scale)
        gradients = tuple(replace(one, matrix=product(matrix, one.matrix)) for one in self.gradients)
        return replace(moved, gradients=gradients)

    def warped(self, place: Callable[[float, float], tuple[float, float]], scale: float = 1.0) -> "Drawing":
        """The same with every point put where ``place`` says, and strokes ``scale`` times as wide.

        Gradients stay: a warp moves points by a small part of the drawing.
        """
        return replace(
            self,
            shapes=tuple(
                replace(shape, path=warped_path(shape.path, place), width=shape.width * scale)
                for shape in self.shapes
            ),
            clips=tuple(tuple(warped_path(path, place) for path in clip) for clip in self.clips),
        )

    def with_shapes(self, before: Iterable[Shape] = (), after: Iterable[Shape] = ()) -> "Drawing":
        """The same between shapes behind it and shapes in front of it, none of which number anything."""
        return replace(self, shapes=(*before, *self.shapes, *after))

    def over(self, other: "Drawing") -> "Drawing":
        """``other`` with this one in front of it."""
        gradients, clips = len(other.gradients), len(other.clips)
        mine = tuple(_renumbered(shape, gradients, clips) for shape in self.shapes)
        return Drawing(
            (*other.shapes, *mine), (*other.gradients, *self.gradients), (*other.clips, *self.clips)
        )

    def clipped(self, paths: Iterable[Path]) -> "Drawing":
        """The same inside the union of ``paths``, as far as shapes have no clip path of their own."""
        number = len(self.clips)
        shapes = tuple(
            shape if shape.clip is not None else replace(shape, clip=number) for shape in self.shapes
        )
        return replace(self, shapes=shapes, clips=(*self.clips, tuple(paths)))


def read_drawing(text: str | bytes) -> Drawing:
    """The drawing that the store keeps as JSON; training/vector_shapes.py says how."""
    plain: dict[str, Any] = json.loads(text)
    return Drawing(
        tuple(_shape(one) for one in plain.get("s", ())),
        tuple(
            Gradient(
                one["k"],
                tuple(one["p"]),
                tuple(one["m"]),
                tuple((stop[0], stop[1], stop[2] if len(stop) > 2 else 1.0) for stop in one["s"]),
            )
            for one in plain.get("g", ())
        ),
        tuple((read_path(data),) for data in plain.get("c", ())),
    )


def read_path(data: str) -> Path:
    """The path of SVG data that holds absolute M, L, C and Z alone."""
    return tuple(
        Segment(letter, tuple(float(number) for number in numbers.split()))
        for letter, numbers in _SEGMENT.findall(data)
    )


def polygon(*points: tuple[float, float]) -> Path:
    """A closed path through ``points``."""
    first, *others = (Segment("M" if not place else "L", point) for place, point in enumerate(points))
    return (first, *others, Segment("Z"))


ROUND = 0.5523
"""Length of the handles of a quarter circle as a cubic, in radii."""


def ellipse(x: float, y: float, rx: float, ry: float) -> Path:
    """An ellipse around (x, y)."""
    kx, ky = rx * ROUND, ry * ROUND
    return (
        Segment("M", (x + rx, y)),
        Segment("C", (x + rx, y + ky, x + kx, y + ry, x, y + ry)),
        Segment("C", (x - kx, y + ry, x - rx, y + ky, x - rx, y)),
        Segment("C", (x - rx, y - ky, x - kx, y - ry, x, y - ry)),
        Segment("C", (x + kx, y - ry, x + rx, y - ky, x + rx, y)),
        Segment("Z"),
    )


def warped_path(path: Path, place: Callable[[float, float], tuple[float, float]]) -> Path:
    """``path`` with every point put where ``place`` says."""
    return tuple(
        Segment(
            one.letter,
            tuple(
                value
                for k in range(0, len(one.points), 2)
                for value in place(one.points[k], one.points[k + 1])
            ),
        )
        for one in path
    )


def box_of(paths: Iterable[Path]) -> Box | None:
    """What the control points of ``paths`` cover; None without any."""
    points = [value for path in paths for one in path for value in one.points]
    if not points:
        return None
    return min(points[0::2]), min(points[1::2]), max(points[0::2]), max(points[1::2])


def _common(one: Box, other: Box) -> Box:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def product(outer: Matrix, inner: Matrix) -> Matrix:
    """The matrix that does ``inner`` and then ``outer``."""
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return (
        a * g + c * h,
        b * g + d * h,
        a * i + c * j,
        b * i + d * j,
        a * k + c * m + e,
        b * k + d * m + f,
    )


def svg_body(drawing: Drawing, prefix: str = "") -> str:
    """The elements of ``drawing``, whose ids begin with ``prefix``."""
    definitions = [
        *(_gradient_element(one, f"{prefix}g{k}") for k, one in enumerate(drawing.gradients)),
        *(
            f'<clipPath id="{prefix}c{k}">{"".join(map(_clip_element, clip))}</clipPath>'
            for k, clip in enumerate(drawing.clips)
        ),
    ]
    head = f"<defs>{''.join(definitions)}</defs>" if definitions else ""
    return head + "".join(_shape_element(shape, prefix) for shape in drawing.shapes)


def path_text(path: Path) -> str:
    """``path`` as SVG data, to a tenth of a unit."""
    return "".join(one.letter + " ".join(map(_short, one.points)) for one in path)


def _shape_element(shape: Shape, prefix: str) -> str:
    said = {"d": path_text(shape.path), "fill": _paint(shape.fill, prefix)}
    if shape.stroke is not None:
        said |= {"stroke": _paint(shape.stroke, prefix), "stroke-width": _short(shape.width)}
        said |= {"stroke-linecap": _ENDS[shape.ends[0]], "stroke-linejoin": _ENDS[shape.ends[1]]}
    if shape.opacity < 1:
        said["opacity"] = _short(shape.opacity, 3)
    if shape.even_odd:
        said["fill-rule"] = "evenodd"
    if shape.clip is not None:
        said["clip-path"] = f"url(#{prefix}c{shape.clip})"
    return "<path " + " ".join(f'{name}="{value}"' for name, value in said.items()) + "/>"


def _clip_element(path: Path) -> str:
    return f'<path d="{path_text(path)}"/>'


def _gradient_element(gradient: Gradient, name: str) -> str:
    keys = ("x1", "y1", "x2", "y2") if gradient.kind == "l" else ("cx", "cy", "r", "fx", "fy")
    tag = "linearGradient" if gradient.kind == "l" else "radialGradient"
    numbers = " ".join(
        f'{key}="{_short(value, 4)}"' for key, value in zip(keys, gradient.numbers, strict=True)
    )
    matrix = " ".join(_short(value, 4) for value in gradient.matrix)
    stops = "".join(
        f'<stop offset="{_short(place, 4)}" stop-color="{colour}"'
        + (f' stop-opacity="{_short(opacity, 3)}"' if opacity < 1 else "")
        + "/>"
        for place, colour, opacity in gradient.stops
    )
    return (
        f'<{tag} id="{name}" gradientUnits="userSpaceOnUse" {numbers} gradientTransform="matrix({matrix})">'
        f"{stops}</{tag}>"
    )


def _paint(paint: Paint, prefix: str) -> str:
    if paint is None:
        return "none"
    return paint if isinstance(paint, str) else f"url(#{prefix}g{paint})"


def _short(value: float, digits: int = 1) -> str:
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") if value else "0"


def _renumbered(shape: Shape, gradients: int, clips: int) -> Shape:
    def paint(old: Paint) -> Paint:
        return old + gradients if isinstance(old, int) else old

    clip = None if shape.clip is None else shape.clip + clips
    return replace(shape, fill=paint(shape.fill), stroke=paint(shape.stroke), clip=clip)


def _shape(plain: dict[str, Any]) -> Shape:
    return Shape(
        read_path(plain["d"]),
        plain.get("f"),
        plain.get("s"),
        float(plain.get("w", 0)),
        float(plain.get("o", 1)),
        bool(plain.get("e", 0)),
        plain.get("l", "bm"),
        plain.get("c"),
        plain.get("t", ""),
    )
