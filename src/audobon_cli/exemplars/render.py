"""SVG documents as pixels, by resvg: the same on every machine of one kind."""

import io
from importlib.metadata import version
from typing import TYPE_CHECKING

from audobon_cli.exemplars.shapes import UNITS, Drawing, svg_body

if TYPE_CHECKING:
    from PIL.Image import Image


def document(drawing: Drawing, side: int | None = None, metadata: str = "") -> str:
    """``drawing`` as an SVG document, ``side`` pixels wide and high where it is shown."""
    shown = f' width="{side}" height="{side}"' if side else ""
    box = f"0 0 {UNITS:.0f} {UNITS:.0f}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"{shown}>{metadata}{svg_body(drawing)}</svg>\n'


def rasterise(drawing: Drawing, side: int) -> "Image":
    """``drawing`` as a Pillow picture, RGBA with straight alpha, ``side`` pixels wide and high.

    It is drawn at four times the side and averaged, on colours multiplied by alpha: finer than resvg's own edges.
    """
    import resvg_py
    from PIL import Image

    large = bytes(resvg_py.svg_to_bytes(svg_string=document(drawing), width=side * 4, height=side * 4))
    image = Image.open(io.BytesIO(large)).convert("RGBA").convert("RGBa")
    return image.resize((side, side), Image.Resampling.BOX).convert("RGBA")


def libraries(traced: bool = False) -> dict[str, str]:
    """The packages that decide on pixels, with their versions; ``traced``: of the user's own pictures, too."""
    names = ("pillow", "resvg-py", "vtracer") if traced else ("pillow", "resvg-py")
    return {name: version(name) for name in names}
