"""The looks that rules give to a drawing: flat, outline, silhouette, glossy; lines around it, and light on it."""

from collections.abc import Callable
from dataclasses import replace

from audobon_cli.exemplars.attributes import dark_of
from audobon_cli.exemplars.colours import mixed, tone_of
from audobon_cli.exemplars.recolour import chief_colour, colours_of, flattened, painted
from audobon_cli.exemplars.shapes import (
    IDENTITY,
    Box,
    Drawing,
    Gradient,
    Path,
    Shape,
    box_of,
    ellipse,
    polygon,
)

LINE = 34.0
"""Weight of the lines of an outline drawing, in units."""

CONTRAST = 0.22
"""Difference of lightness from which a shape stands out in a silhouette."""


def outlined_by(drawing: Drawing, weight: float, colour: str = "") -> Drawing:
    """``drawing`` with a line of ``weight`` units around everything, behind it; of its own hue unless ``colour``."""
    if weight <= 0:
        return drawing
    ink = colour or dark_of(chief_colour(drawing))
    behind = []
    for shape in drawing.shapes:
        if shape.opacity < 0.6:
            continue
        width = weight * 2 + (shape.width if shape.stroke is not None else 0.0)
        fill = ink if shape.fill is not None else None
        behind.append(replace(shape, fill=fill, stroke=ink, width=width, opacity=1.0, ends="rr"))
    return replace(drawing, shapes=(*behind, *drawing.shapes))


def lit(drawing: Drawing, finish: str) -> Drawing:
    """``drawing`` with light from above: "soft" shade at its foot, or "gloss", a shine besides."""
    box = drawing.box()
    solid = _solid(drawing)
    if not finish or not solid:
        return drawing
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    number, clip = len(drawing.gradients), len(drawing.clips)
    shade = Gradient(
        "l",
        (left + width * 0.35, top, left + width * 0.65, bottom),
        IDENTITY,
        ((0.0, "#fff8e0", 0.28), (0.42, "#fff8e0", 0.0), (0.58, "#1a1040", 0.0), (1.0, "#1a1040", 0.34)),
    )
    shine = Gradient(
        "r",
        (left + width * 0.34, top + height * 0.26, width * 0.34, left + width * 0.34, top + height * 0.26),
        IDENTITY,
        ((0.0, "#ffffff", 0.7), (0.55, "#ffffff", 0.16), (1.0, "#ffffff", 0.0)),
    )
    frame = _frame(left, top, right, bottom)
    over = [Shape(frame, fill=number, clip=clip)]
    if finish == "gloss":
        over.append(Shape(frame, fill=number + 1, clip=clip))
    return Drawing((*drawing.shapes, *over), (*drawing.gradients, shade, shine), (*drawing.clips, solid))


def _flat(drawing: Drawing) -> Drawing:
    return flattened(drawing)


def _outline(drawing: Drawing) -> Drawing:
    """White inside, dark lines along every shape; what was dark stays a little grey."""
    ink = "#1f1f26"
    drawn = flattened(drawing)
    shapes = []
    for shape in drawn.shapes:
        if shape.opacity < 0.5:
            continue
        colour = (colours_of(shape, drawn) or ["#ffffff"])[0]
        dark = tone_of(colour).light < 0.4 and _share(shape, drawn) < 0.05
        if shape.fill is None:
            shapes.append(replace(shape, stroke=ink, width=min(shape.width, LINE * 1.4), opacity=1.0))
        else:
            fill = ink if dark else "#ffffff"
            shapes.append(replace(shape, fill=fill, stroke=ink, width=LINE, opacity=1.0, ends="rr"))
    return outlined_by(replace(drawn, shapes=tuple(shapes)), LINE * 0.5, ink)


def _silhouette(drawing: Drawing) -> Drawing:
    """Black, with what stands out of the chief colour cut out in white."""
    drawn = flattened(drawing)
    chief = tone_of(chief_colour(drawn)).light

    def two(colour: str) -> str:
        tone = tone_of(colour)
        return "#ffffff" if abs(tone.light - chief) > CONTRAST else "#0b0b0f"

    shapes = []
    for shape in drawn.shapes:
        if shape.opacity < 0.5:
            continue
        large = _share(shape, drawn) > 0.3
        one = replace(shape, opacity=1.0)
        colours = colours_of(one, drawn)
        ink = "#0b0b0f" if large or not colours else two(colours[0])
        fill = ink if one.fill is not None else None
        stroke = ink if one.stroke is not None else None
        shapes.append(replace(one, fill=fill, stroke=stroke))
    return outlined_by(replace(drawn, shapes=tuple(shapes)), LINE * 0.45, "#0b0b0f")


def _glossy(drawing: Drawing) -> Drawing:
    return lit(_graded(drawing), "gloss")


def _clipart(drawing: Drawing) -> Drawing:
    return outlined_by(lit(drawing, "gloss"), LINE)


def _solid_look(drawing: Drawing) -> Drawing:
    """Soft plastic: colours graded over each shape, and shade."""
    return lit(_graded(drawing), "soft")


def _glass(drawing: Drawing) -> Drawing:
    """As of enamel or glass: graded shapes, a bright cap with a hard lower edge, and light thrown back from below."""
    graded = _graded(drawing)
    solid = _solid(drawing)
    if not solid:
        return graded
    left, top, right, bottom = drawing.box()
    width, height = right - left, bottom - top
    cap = Gradient(
        "l", (left, top, left, top + height * 0.52), IDENTITY, ((0.0, "#ffffff", 0.6), (1.0, "#ffffff", 0.06))
    )
    foot = Gradient(
        "r",
        (left + width * 0.5, bottom, width * 0.5, left + width * 0.5, bottom),
        IDENTITY,
        ((0.0, "#ffffff", 0.26), (1.0, "#ffffff", 0.0)),
    )
    number, clip = len(graded.gradients), len(graded.clips)
    over = (
        Shape(_frame(left, top + height * 0.55, right, bottom), fill=number + 1, clip=clip),
        Shape(
            ellipse(left + width * 0.5, top + height * 0.16, width * 0.56, height * 0.34),
            fill=number,
            clip=clip,
        ),
    )
    return Drawing((*graded.shapes, *over), (*graded.gradients, cap, foot), (*graded.clips, solid))


def _modelled(drawing: Drawing) -> Drawing:
    """As of clay: each shape is round under a light from the upper left, and the whole is darker away from it."""

    def rounded(shape: Shape, fill: str, box: Box) -> Gradient | None:
        if shape.clip is not None:
            return None
        width, height = box[2] - box[0], box[3] - box[1]
        x, y = box[0] + width * 0.34, box[1] + height * 0.28
        stops = (
            (0.0, mixed(fill, "#fffaf0", 0.5), 1.0),
            (0.38, fill, 1.0),
            (1.0, mixed(fill, "#140a30", 0.52), 1.0),
        )
        return Gradient("r", (x, y, max(width, height) * 0.86, x, y), IDENTITY, stops)

    return lit(_shaded(drawing, rounded), "soft")


def _graded(drawing: Drawing) -> Drawing:
    """Each plain shape shaded from a lighter tone above to a darker one below."""

    def graded(shape: Shape, fill: str, box: Box) -> Gradient:
        stops = (
            (0.0, mixed(fill, "#ffffff", 0.32), 1.0),
            (0.5, fill, 1.0),
            (1.0, mixed(fill, "#140a30", 0.28), 1.0),
        )
        return Gradient("l", (box[0], box[1], box[0], box[3]), IDENTITY, stops)

    return _shaded(drawing, graded)


def _shaded(drawing: Drawing, shade: Callable[[Shape, str, Box], Gradient | None]) -> Drawing:
    """``drawing`` with what ``shade`` gives for each plain shape, its colour and its box; None leaves it."""
    gradients = list(drawing.gradients)
    shapes = []
    for shape in drawing.shapes:
        box = box_of([shape.path])
        gradient = shade(shape, shape.fill, box) if isinstance(shape.fill, str) and box is not None else None
        if gradient is not None:
            gradients.append(gradient)
            shape = replace(shape, fill=len(gradients) - 1)
        shapes.append(shape)
    return replace(drawing, shapes=tuple(shapes), gradients=tuple(gradients))


def _soft(drawing: Drawing) -> Drawing:
    """Muted colours, no gradients."""
    return painted(flattened(drawing), lambda colour: mixed(colour, "#b9b3a8", 0.24))


def _share(shape: Shape, drawing: Drawing) -> float:
    own, whole = box_of([shape.path]), drawing.box()
    if own is None:
        return 0.0
    area = (whole[2] - whole[0]) * (whole[3] - whole[1]) or 1.0
    return (own[2] - own[0]) * (own[3] - own[1]) / area


def _solid(drawing: Drawing) -> tuple[Path, ...]:
    """The paths whose union is what a drawing covers, as far as it is filled."""
    return tuple(
        shape.path
        for shape in drawing.shapes
        if shape.fill is not None and shape.opacity >= 0.6 and shape.clip is None
    )


def _frame(left: float, top: float, right: float, bottom: float) -> Path:
    return polygon((left, top), (right, top), (right, bottom), (left, bottom))


STYLES: dict[str, Callable[[Drawing], Drawing]] = {
    "flat": _flat,
    "outline": _outline,
    "silhouette": _silhouette,
    "glossy": _glossy,
    "clipart": _clipart,
    "3d": _solid_look,
    "soft": _soft,
}
"""Looks that are made by rule, by the names of styles; the others are had by taking a hand that draws so."""

SINCE_RULES_3: dict[str, Callable[[Drawing], Drawing]] = {"glossy": _glass, "3d": _modelled}
"""Looks that scenes of the rules 3 and later have in place of those."""


def look_of(style: str, rules: int) -> Callable[[Drawing], Drawing] | None:
    """What draws ``style`` by the set of ``rules`` of a scene; None where no rule does."""
    if rules >= 3 and style in SINCE_RULES_3:
        return SINCE_RULES_3[style]
    return STYLES.get(style)
