"""Reads an SVG drawing into plain shapes: paths of absolute lines and cubics in one coordinate system.

What comes out is all that the program's own composer reads (`src/audobon_cli/exemplars/shapes.py`): no groups, no
transforms, no references. Filters and masks are left out; `exemplar_store.py` compares pictures and drops drawings that
need them.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from typing import Any

from PIL import ImageColor
from svgelements import Arc, Close, CubicBezier, Line, Matrix, Move, Path, QuadraticBezier

UNITS = 2048
"""Longest side of a drawing in the store's whole units."""

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_INHERITED = ("fill", "stroke", "stroke-width", "fill-rule", "stroke-linecap", "stroke-linejoin", "clip-rule")
_LETTERS = {"butt": "b", "round": "r", "square": "s", "miter": "m", "bevel": "v"}


@dataclass(slots=True)
class Drawing:
    """A drawing as plain shapes.

    Attributes:
        shapes: Each ``{"d": path, "f": fill, ...}``: fill and stroke are "#rrggbb" or the number of a gradient;
            "o" opacity, "s" stroke, "w" its width, "e" even-odd, "c" the number of a clip path, "t" a tag.
        gradients: Each ``{"k": "l" or "r", "p": numbers, "m": matrix, "s": stops}``.
        clips: Path data.
    """

    shapes: list[dict[str, Any]] = field(default_factory=list)
    gradients: list[dict[str, Any]] = field(default_factory=list)
    clips: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """Return the JSON-ready form; what is empty is left out."""
        named = {"s": self.shapes, "g": self.gradients, "c": self.clips}
        return {key: value for key, value in named.items() if value}


def read_drawing(document: str) -> Drawing:
    """Return the plain shapes of an SVG document, its viewBox's longest side made `UNITS` and centred in a square.

    Raises:
        ValueError: The document has no viewBox, or something in it that has no plain form.
    """
    root = ElementTree.fromstring(document)
    left, top, width, height = (float(value) for value in root.attrib["viewBox"].split())
    scale = UNITS / max(width, height)
    matrix = Matrix(f"translate({-left - width / 2},{-top - height / 2})")
    matrix.post_scale(scale, scale)
    matrix.post_translate(UNITS / 2, UNITS / 2)
    reader = _Reader(root)
    reader.walk(root, matrix, {"fill": "#000000"}, 1.0, None)
    return reader.drawing


class _Reader:
    def __init__(self, root: ElementTree.Element) -> None:
        self.drawing = Drawing()
        self._named = {element.attrib["id"]: element for element in root.iter() if "id" in element.attrib}
        self._clips: dict[tuple[str, str], int] = {}
        self._gradients: dict[str, int] = {}

    def walk(
        self,
        element: ElementTree.Element,
        matrix: Matrix,
        style: dict[str, str],
        opacity: float,
        clip: int | None,
    ) -> None:
        tag = element.tag.removeprefix(_SVG)
        if tag in (
            "defs",
            "clipPath",
            "linearGradient",
            "radialGradient",
            "filter",
            "mask",
            "title",
            "metadata",
        ):
            return
        own = element.attrib | _declarations(element.attrib.get("style", ""))
        if own.get("display") == "none":
            return
        style = style | {name: own[name] for name in _INHERITED if name in own}
        if "class" in own:
            style = style | {"class": own["class"]}
        style = style | {name: own[name] for name in ("fill-opacity", "stroke-opacity") if name in own}
        opacity *= float(own.get("opacity", 1))
        if "transform" in own:
            matrix = Matrix(own["transform"]) * matrix
        if "clip-path" in own:
            clip = self._clip(own["clip-path"], matrix)
        if tag == "use":
            target = self._named[(own.get(_HREF) or own["href"]).removeprefix("#")]
            move = Matrix(f"translate({own.get('x', 0)},{own.get('y', 0)})")
            self.walk(target, move * matrix, style, opacity, clip)
        elif tag in ("g", "svg", "symbol", "a"):
            for child in element:
                self.walk(child, matrix, style, opacity, clip)
        else:
            self._shape(_path_of(tag, own), matrix, style, opacity, clip)

    def _shape(
        self, path: Path, matrix: Matrix, style: dict[str, str], opacity: float, clip: int | None
    ) -> None:
        data = path_data(path, matrix)
        if not data:
            return
        shape: dict[str, Any] = {"d": data}
        fill = self._paint(style.get("fill", "#000000"), matrix, path)
        stroke = self._paint(style.get("stroke", "none"), matrix, path)
        if fill is None and stroke is None:
            return
        shade = opacity * float(style.get("fill-opacity" if fill is not None else "stroke-opacity", 1))
        if fill is not None:
            shape["f"] = fill
        if stroke is not None:
            width = float(style.get("stroke-width", "1").removesuffix("px"))
            shape |= {"s": stroke, "w": round(width * abs(matrix.determinant) ** 0.5)}
            ends = (
                _LETTERS[style.get("stroke-linecap", "butt")]
                + _LETTERS[style.get("stroke-linejoin", "miter")]
            )
            if ends != "bm":
                shape["l"] = ends
        if shade < 0.999:
            shape["o"] = round(shade, 3)
        if style.get("fill-rule") == "evenodd":
            shape["e"] = 1
        if clip is not None:
            shape["c"] = clip
        if "class" in style:
            shape["t"] = style["class"]
        self.drawing.shapes.append(shape)

    def _clip(self, reference: str, matrix: Matrix) -> int | None:
        name = reference.removeprefix("url(#").removesuffix(")")
        element = self._named.get(name)
        if element is None:
            return None
        key = (name, str(matrix))
        if key not in self._clips:
            parts = []
            for child in element:
                target = child
                moved = Matrix(child.attrib.get("transform", "")) * matrix
                if child.tag == f"{_SVG}use":
                    target = self._named[(child.attrib.get(_HREF) or child.attrib["href"]).removeprefix("#")]
                    moved = Matrix(target.attrib.get("transform", "")) * moved
                parts.append(path_data(_path_of(target.tag.removeprefix(_SVG), target.attrib), moved))
            self._clips[key] = len(self.drawing.clips)
            self.drawing.clips.append("".join(parts))
        return self._clips[key]

    def _paint(self, value: str, matrix: Matrix, path: Path) -> str | int | None:
        value = value.strip()
        if value in ("none", "transparent"):
            return None
        found = re.match(r"url\(#([^)]+)\)", value)
        if found is None:
            if value == "currentColor":
                value = "#000000"
            red, green, blue = ImageColor.getrgb(value)[:3]
            return f"#{red:02x}{green:02x}{blue:02x}"
        return self._gradient(self._named[found[1]], matrix, path)

    def _gradient(self, element: ElementTree.Element, matrix: Matrix, path: Path) -> int:
        own = dict(element.attrib)
        stops = list(element)
        while not stops or _HREF in own or "href" in own:
            parent = self._named[(own.pop(_HREF, "") or own.pop("href", "")).removeprefix("#")]
            own = dict(parent.attrib) | own
            stops = stops or list(parent)
        units = Matrix()
        if own.get("gradientUnits") != "userSpaceOnUse":
            box = path.bbox() or (0, 0, 1, 1)
            units = Matrix(f"matrix({box[2] - box[0]},0,0,{box[3] - box[1]},{box[0]},{box[1]})")
        full = Matrix(own.get("gradientTransform", "")) * units * matrix
        if element.tag == f"{_SVG}linearGradient":
            names = {"x1": "0", "y1": "0", "x2": "1", "y2": "0"}
        else:
            names = {"cx": "0.5", "cy": "0.5", "r": "0.5"}
            names |= {"fx": own.get("cx", "0.5"), "fy": own.get("cy", "0.5")}
        numbers = [_number(own.get(name, usual)) for name, usual in names.items()]
        made = {
            "k": "l" if "x1" in names else "r",
            "p": [_rounded(number) for number in numbers],
            "m": [_rounded(value) for value in (full.a, full.b, full.c, full.d, full.e, full.f)],
            "s": [_stop(stop) for stop in stops],
        }
        key = repr(made)
        if key not in self._gradients:
            self._gradients[key] = len(self.drawing.gradients)
            self.drawing.gradients.append(made)
        return self._gradients[key]


def path_data(path: Path, matrix: Matrix) -> str:
    """Return a path, moved by a matrix, as whole absolute numbers: M, L, C and Z alone."""
    path = Path(path)
    path.approximate_arcs_with_cubics()
    path *= matrix
    path.reify()
    parts: list[str] = []
    for segment in path:
        points: tuple[Any, ...]
        if isinstance(segment, Move):
            letter, points = "M", (segment.end,)
        elif isinstance(segment, Close):
            parts.append("Z")
            continue
        elif isinstance(segment, Line):
            letter, points = "L", (segment.end,)
        elif isinstance(segment, CubicBezier):
            letter, points = "C", (segment.control1, segment.control2, segment.end)
        elif isinstance(segment, QuadraticBezier):
            first = segment.start + (segment.control - segment.start) * (2 / 3)
            second = segment.end + (segment.control - segment.end) * (2 / 3)
            letter, points = "C", (first, second, segment.end)
        else:
            assert not isinstance(segment, Arc)
            raise ValueError(f"a {type(segment).__name__} has no plain form")
        parts.append(letter + " ".join(f"{round(point.x)} {round(point.y)}" for point in points))
    return "".join(parts)


def _path_of(tag: str, own: dict[str, str]) -> Path:
    def number(name: str, usual: float = 0.0) -> float:
        return float(own.get(name, usual))

    if tag == "path":
        return Path(own["d"])
    if tag in ("circle", "ellipse"):
        rx, ry = (number("r"),) * 2 if tag == "circle" else (number("rx"), number("ry"))
        x, y = number("cx"), number("cy")
        return Path(f"M{x - rx},{y}A{rx},{ry} 0 1 1 {x + rx},{y}A{rx},{ry} 0 1 1 {x - rx},{y}Z")
    if tag == "rect":
        x, y, width, height = number("x"), number("y"), number("width"), number("height")
        rx = min(number("rx", number("ry")), width / 2)
        ry = min(number("ry", rx), height / 2)
        if not rx:
            return Path(f"M{x},{y}h{width}v{height}h{-width}Z")
        corners = f"a{rx},{ry} 0 0 1 "
        return Path(
            f"M{x + rx},{y}h{width - 2 * rx}{corners}{rx},{ry}v{height - 2 * ry}{corners}{-rx},{ry}"
            f"h{2 * rx - width}{corners}{-rx},{-ry}v{2 * ry - height}{corners}{rx},{-ry}Z"
        )
    if tag in ("polygon", "polyline"):
        return Path(f"M{own['points']}" + ("Z" if tag == "polygon" else ""))
    if tag == "line":
        return Path(f"M{number('x1')},{number('y1')}L{number('x2')},{number('y2')}")
    raise ValueError(f"<{tag}> has no plain form")


def _stop(element: ElementTree.Element) -> list[Any]:
    own = element.attrib | _declarations(element.attrib.get("style", ""))
    red, green, blue, *alpha = ImageColor.getrgb(own.get("stop-color", "#000000"))
    shade = float(own.get("stop-opacity", 1)) * (alpha[0] / 255 if alpha else 1)
    stop: list[Any] = [_rounded(_number(own.get("offset", "0"))), f"#{red:02x}{green:02x}{blue:02x}"]
    return stop if shade > 0.999 else [*stop, round(shade, 3)]


def _declarations(style: str) -> dict[str, str]:
    pairs = (part.split(":", 1) for part in style.split(";") if ":" in part)
    return {name.strip(): value.strip() for name, value in pairs}


def _number(text: str) -> float:
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")
