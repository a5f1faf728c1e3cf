"""The measures of a look: what each is, how far apart two pictures of one hand may lie, how it is said in words."""

from collections.abc import Mapping
from dataclasses import dataclass

SIZE, PALETTE, CONTRAST, OUTLINE, EDGES, TEXTURE, ALPHA, LIGHT, SHAPE, DRAWING = (
    *(
        "size",
        "palette",
        "contrast",
        "outline",
        "edges",
        "texture",
        "alpha",
        "light",
        "proportions",
        "drawing",
    ),
)
GROUPS: Mapping[str, float] = {
    SIZE: 2.0,
    PALETTE: 1.5,
    CONTRAST: 0.5,
    OUTLINE: 1.0,
    EDGES: 2.0,
    TEXTURE: 0.5,
    ALPHA: 0.5,
    LIGHT: 0.25,
    SHAPE: 0.25,
    DRAWING: 0.75,
}
"""What measures are taken together as, and how much each counts in a distance. Of 3,000 sets of weights tried on 300
planted outliers (bench/style.py, other drawings than those of its figures) the best forty agree on these by and large:
light and proportions are as often those of a thing as those of a hand."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of a look. ``floor`` is the spread below which a set's own is not taken to be less: two pictures that
    one hand drew differ by so much. ``words`` says a value, ``title`` what it is of."""

    group: str
    title: str
    floor: float
    words: str = "{:.2f}"
    scale: float = 1.0

    def said(self, value: float) -> str:
        """``value`` as people read it."""
        return self.words.format(value * self.scale)


MEASURES: Mapping[str, Measure] = {
    "side": Measure(SIZE, "longer side", 0.1, "{:.0f} px"),
    "grid": Measure(SIZE, "pixel grid", 0.15, "{:.0f} px"),
    "lightness": Measure(PALETTE, "mean lightness", 0.1),
    "chroma": Measure(PALETTE, "mean chroma", 0.04),
    "strong_chroma": Measure(PALETTE, "strongest chroma", 0.05),
    "colours": Measure(PALETTE, "different colours", 0.7, "{:.0f}"),
    "off_palette": Measure(PALETTE, "distance of its colours from the palette", 0.02, "{:.3f}"),
    "contrast": Measure(CONTRAST, "spread of lightness", 0.05),
    "darkest": Measure(CONTRAST, "darkest colours", 0.1),
    "lightest": Measure(CONTRAST, "lightest colours", 0.1),
    "outline": Measure(OUTLINE, "outline", 0.5, "{:.1f} px"),
    "outline_share": Measure(OUTLINE, "rim with an outline", 0.2, "{:.0f} %", 100),
    "outline_light": Measure(OUTLINE, "lightness of the rim", 0.12),
    "outline_chroma": Measure(OUTLINE, "chroma of the rim", 0.05),
    "edges": Measure(EDGES, "edges between pixels", 0.06, "{:.0f} %", 100),
    "edge_strength": Measure(EDGES, "strength of edges", 0.05),
    "flat": Measure(EDGES, "flat areas", 0.12, "{:.0f} %", 100),
    "shaded": Measure(EDGES, "shading", 0.12, "{:.0f} %", 100),
    "fine": Measure(TEXTURE, "fine texture", 0.012, "{:.3f}"),
    "middle": Measure(TEXTURE, "middling texture", 0.015, "{:.3f}"),
    "coarse": Measure(TEXTURE, "coarse texture", 0.02, "{:.3f}"),
    "specks": Measure(TEXTURE, "single pixels", 0.04, "{:.0f} %", 100),
    "soft_alpha": Measure(ALPHA, "half transparent pixels", 0.03, "{:.0f} %", 100),
    "covered": Measure(ALPHA, "canvas covered", 0.2, "{:.0f} %", 100),
    "light_x": Measure(LIGHT, "light from the right", 0.1),
    "light_y": Measure(LIGHT, "light from below", 0.12),
    "width": Measure(SHAPE, "width of the canvas used", 0.15, "{:.0f} %", 100),
    "height": Measure(SHAPE, "height of the canvas used", 0.15, "{:.0f} %", 100),
    "slimness": Measure(SHAPE, "width over height", 0.4),
    "below": Measure(SHAPE, "room below the figure", 0.08, "{:.0f} %", 100),
}
"""Every measure by its name, which stored cards use. Those of LOGARITHMIC are compared by their base-2
logarithms. What each is stands beside where it is taken (look.py and the modules that it calls)."""

LOGARITHMIC = frozenset({"side", "grid", "colours", "slimness"})
