"""What presets look like: styles that the built-in model composes, and sizes by their shape."""

from collections.abc import Sequence
from dataclasses import dataclass

from audobon_cli.domain.presets import NamedSize, Style
from audobon_cli.exemplars.picture import draw_scene
from audobon_cli.exemplars.plan import planner_of, store_of
from audobon_cli.exemplars.store import STORE
from audobon_cli.generation.resolve.composition import COMPOSED_STYLES
from audobon_cli.pages.render import render_page

SHOWN, SEED, SIDE = "mushroom", 3, 64
"""What every style is shown by: a thing of several shapes and colours that all hands draw."""

FAMILY = "sprite"
"""That of the built-in model."""

BOX = 16
"""Pixels of the longer side of a size's shape."""

GREY = 150


@dataclass(frozen=True, slots=True)
class PresetPreview:
    """A preset and its picture, a PNG; None for what only a network draws."""

    kind: str
    name: str
    about: str
    picture: bytes | None


def preset_previews(styles: Sequence[Style], sizes: Sequence[NamedSize]) -> list[PresetPreview]:
    """A picture of every style of pictures, and of every size the shape."""
    return [
        *(
            PresetPreview("style", one.name, one.description, _style(one))
            for one in styles
            if not one.families or one.families != ("synth",)
        ),
        *(
            PresetPreview(
                "size", one.name, f"{one.size}: {one.description}", _shape(one.size.width, one.size.height)
            )
            for one in sizes
        ),
    ]


def previews_page(previews: Sequence[PresetPreview]) -> str:
    """The previews as an HTML page."""
    return render_page(
        "preset_previews.html",
        title="Presets",
        verdict=f"{sum(one.kind == 'style' for one in previews)} styles, "
        f"{sum(one.kind == 'size' for one in previews)} sizes",
        shown=SHOWN,
        sections=[
            ("Styles", [one for one in previews if one.kind == "style"]),
            ("Sizes", [one for one in previews if one.kind == "size"]),
        ],
    )


def _style(style: Style) -> bytes | None:
    if style.name not in COMPOSED_STYLES or style.source != "built-in" or not style.suits(FAMILY):
        return None
    import numpy as np

    from audobon_cli.media.image.pixels import encode_png

    scene = planner_of(STORE).scene(SHOWN, style.name, SEED, SIDE)
    return encode_png(np.array(draw_scene(scene, store_of(STORE), SIDE).convert("RGBA"), dtype=np.uint8))


def _shape(width: int, height: int) -> bytes:
    import numpy as np

    from audobon_cli.media.image.pixels import encode_png

    longer = max(width, height)
    columns, rows = (max(1, round(side * BOX / longer)) for side in (width, height))
    pixels = np.zeros((rows, columns, 4), dtype=np.uint8)
    pixels[:] = (GREY, GREY, GREY, 255)
    return encode_png(pixels)
