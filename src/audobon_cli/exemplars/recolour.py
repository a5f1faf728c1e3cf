"""Drawings in other colours and materials, by region: what is chief of a drawing changes, its details stay."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from audobon_cli.dataclass import dataclass
from audobon_cli.exemplars.colours import Tone, colour_of, hue_distance, mixed, on_ramp, tone_of
from audobon_cli.exemplars.shapes import Drawing, Paint, Shape, box_of

HUES = {
    "red": Tone(0.60, 0.22, 27), "orange": Tone(0.73, 0.17, 58), "yellow": Tone(0.87, 0.17, 98),
    "green": Tone(0.66, 0.19, 145), "cyan": Tone(0.78, 0.12, 200), "blue": Tone(0.58, 0.18, 258),
    "purple": Tone(0.54, 0.21, 305), "pink": Tone(0.74, 0.17, 355),
}  # fmt: skip
"""What the words for hues look like at their purest in a picture."""

RAMPS = {
    "black": ("#08080c", "#1b1b23", "#2f2f3a", "#50505e", "#83838f"),
    "white": ("#8f93a3", "#bfc3cf", "#e4e6ed", "#f5f6fa", "#ffffff"),
    "grey": ("#2e3138", "#5b5f69", "#8b909b", "#b6bac3", "#e0e2e8"),
    "brown": ("#2c1608", "#57301a", "#85522d", "#b07f4e", "#dbb283"),
    "golden": ("#5c2f00", "#a8690a", "#eba91f", "#ffd94f", "#fff7c4"),
    "silver": ("#3d4350", "#7e8797", "#b6bfcc", "#dfe5ec", "#ffffff"),
    "iron": ("#1d2229", "#434c58", "#707b89", "#a3aebb", "#dbe3ea"),
    "wooden": ("#38200f", "#69401f", "#9a6434", "#c48d52", "#e8c48e"),
    "stone": ("#34343a", "#5f5f66", "#8a8a8e", "#b1b0ae", "#d6d4cd"),
    "rusty": ("#2f150c", "#6b2e14", "#a24d1f", "#b9764a", "#c7a58c"),
    "copper": ("#42180a", "#86401d", "#c3703b", "#e6a06c", "#ffd9b4"),
    "icy": ("#2b6ca8", "#5fa9dd", "#9ad7f5", "#cdf0fd", "#ffffff"),
    "glass": ("#4b8fa8", "#86c3d6", "#b4e2ec", "#dcf5f8", "#ffffff"),
    "lava": ("#1a0a08", "#5c1208", "#d43208", "#ff8a12", "#ffec7a"),
    "bone": ("#6e5f45", "#a8987a", "#d6c9a8", "#efe6cc", "#fffaea"),
}  # fmt: skip
"""From dark to light, for colours that are no hue and for materials."""

GREY_CHROMA = 0.035
"""Less chroma than this is grey: it has no hue to turn."""

REGION_DEGREES = 50.0
"""Hues this near to the chief one belong to its region."""

CHIEF_SHARE = 0.55
"""A region smaller than this share of a drawing is not what a colour is said of: then all of it is tinted."""

LEAST_RANGE = 0.35
"""Range of lightness that a ramp is spread over at least: less would turn nothing into contrast."""


@dataclass(frozen=True, slots=True)
class _Area:
    colour: str
    tone: Tone
    size: float


def recoloured(drawing: Drawing, colour: str) -> Drawing:
    """``drawing`` in a colour of HUES or RAMPS."""
    if colour in RAMPS:
        return of_material(drawing, colour, keep_details=True)
    return _turned(drawing, HUES[colour])


def of_material(drawing: Drawing, material: str, keep_details: bool = False) -> Drawing:
    """``drawing`` with its lightness mapped onto the ramp of ``material``; ``keep_details`` leaves small dark and
    white shapes, such as eyes."""
    areas = _areas(drawing.shapes, drawing)
    if not areas:
        return drawing
    ramp = RAMPS[material]
    whole = sum(area.size for area in areas)
    low, middle, high = (_percentile(areas, share * whole) for share in (0.05, 0.5, 0.95))
    span = max(high - low, LEAST_RANGE)
    details = {area.colour for area in areas if keep_details and _is_detail(area, areas)}

    def mapped(colour: str) -> str:
        if colour in details:
            return colour
        return on_ramp(ramp, 0.55 + (tone_of(colour).light - middle) / span * 0.9)

    return painted(drawing, mapped)


def shifted(drawing: Drawing, degrees: float, chroma: float = 1.0, light: float = 0.0) -> Drawing:
    """``drawing`` with all hues turned by ``degrees``, chroma multiplied and lightness moved."""

    def mapped(colour: str) -> str:
        tone = tone_of(colour)
        if tone.chroma < GREY_CHROMA:
            return colour
        return colour_of(Tone(tone.light + light, tone.chroma * chroma, tone.hue + degrees))

    return painted(drawing, mapped)


def tinted(drawing: Drawing, colour: str, share: float) -> Drawing:
    """``drawing`` with ``share`` of ``colour`` in all of its colours."""
    return painted(drawing, lambda own: mixed(own, colour, share))


def flattened(drawing: Drawing) -> Drawing:
    """``drawing`` without gradients: each is one colour, the mean of its stops."""
    means = [_mean_colour(stop[1] for stop in one.stops) for one in drawing.gradients]

    def paint(old: Paint) -> Paint:
        return means[old] if isinstance(old, int) else old

    shapes = tuple(replace(one, fill=paint(one.fill), stroke=paint(one.stroke)) for one in drawing.shapes)
    return replace(drawing, shapes=shapes, gradients=())


def painted(drawing: Drawing, change: Callable[[str], str]) -> Drawing:
    """``drawing`` with every colour as ``change`` says."""

    def paint(old: Paint) -> Paint:
        return change(old) if isinstance(old, str) else old

    return replace(
        drawing,
        shapes=tuple(replace(one, fill=paint(one.fill), stroke=paint(one.stroke)) for one in drawing.shapes),
        gradients=tuple(
            replace(one, stops=tuple((at, change(colour), shade) for at, colour, shade in one.stops))
            for one in drawing.gradients
        ),
    )


def chief_colour(drawing: Drawing) -> str:
    """The colour that covers most of ``drawing``."""
    sizes: dict[str, float] = {}
    for area in _areas(drawing.shapes, drawing):
        sizes[area.colour] = sizes.get(area.colour, 0.0) + area.size
    return max(sizes, key=lambda colour: (sizes[colour], colour), default="#808080")


def colours_of(shape: Shape, drawing: Drawing) -> list[str]:
    """The colours of a shape's fill, and of its stroke where it has no fill."""
    paint = shape.fill if shape.fill is not None else shape.stroke
    if isinstance(paint, int):
        return [stop[1] for stop in drawing.gradients[paint].stops if stop[2] > 0.5]
    return [paint] if paint is not None else []


def _turned(drawing: Drawing, target: Tone) -> Drawing:
    areas = _areas(drawing.shapes, drawing)
    coloured = [area for area in areas if area.tone.chroma >= GREY_CHROMA]
    size = sum(area.size for area in coloured)
    if size < 0.3 * sum(area.size for area in areas) or not coloured:
        return _tinted_greys(drawing, target, areas)
    chief = max(
        coloured,
        key=lambda one: sum(
            other.size * other.tone.chroma
            for other in coloured
            if hue_distance(one.tone.hue, other.tone.hue) < REGION_DEGREES
        ),
    ).tone.hue
    region = [area for area in coloured if hue_distance(area.tone.hue, chief) < REGION_DEGREES]
    if sum(area.size for area in region) < 0.5 * size:
        region = coloured
    if sum(area.size for area in region) < CHIEF_SHARE * sum(area.size for area in areas):
        return _tinted_greys(drawing, target, areas)
    weight = sum(area.size for area in region)
    light = sum(area.size * area.tone.light for area in region) / weight
    chroma = sum(area.size * area.tone.chroma for area in region) / weight
    members = {area.colour for area in region}

    def mapped(colour: str) -> str:
        if colour not in members:
            return colour
        tone = tone_of(colour)
        away = (tone.hue - chief + 180) % 360 - 180
        return colour_of(
            Tone(
                tone.light + (target.light - light) * 0.8,
                tone.chroma * max(1.0, 0.85 * target.chroma / max(chroma, 0.02)),
                target.hue + away * 0.3,
            )
        )

    return painted(drawing, mapped)


def _tinted_greys(drawing: Drawing, target: Tone, areas: list[_Area]) -> Drawing:
    whole = sum(area.size for area in areas) or 1.0
    light = sum(area.size * area.tone.light for area in areas) / whole
    details = {area.colour for area in areas if _is_detail(area, areas)}

    def mapped(colour: str) -> str:
        if colour in details:
            return colour
        tone = tone_of(colour)
        lightness = target.light + (tone.light - light) * 0.7
        return colour_of(Tone(lightness, target.chroma * 0.85, target.hue))

    return painted(drawing, mapped)


def _is_detail(area: _Area, areas: list[_Area]) -> bool:
    """Whether a colour is that of eyes, teeth and lines: very dark or white, and little of it."""
    extreme = area.tone.light < 0.36 or (area.tone.light > 0.97 and area.tone.chroma < GREY_CHROMA)
    mine = sum(other.size for other in areas if other.colour == area.colour)
    return extreme and mine < 0.15 * sum(other.size for other in areas)


def _areas(shapes: Iterable[Shape], drawing: Drawing) -> list[_Area]:
    """Each colour of each shape with a guess of its size: half of the box, less what later shapes would hide is not
    counted."""
    found = []
    for shape in shapes:
        box = box_of([shape.path])
        colours = colours_of(shape, drawing)
        if box is None or not colours:
            continue
        width, height = box[2] - box[0], box[3] - box[1]
        size = width * height * shape.opacity
        if shape.fill is None:
            size = max(width, height) * shape.width
        found += [_Area(one, tone_of(one), max(size, 1.0) / len(colours)) for one in colours]
    return found


def _percentile(areas: list[_Area], size: float) -> float:
    covered = 0.0
    ordered = sorted(areas, key=lambda area: area.tone.light)
    for area in ordered:
        covered += area.size
        if covered >= size:
            return area.tone.light
    return ordered[-1].tone.light


def _mean_colour(colours: Iterable[str]) -> str:
    known = list(colours)
    mean = known[0]
    for place, colour in enumerate(known[1:], 2):
        mean = mixed(mean, colour, 1 / place)
    return mean
