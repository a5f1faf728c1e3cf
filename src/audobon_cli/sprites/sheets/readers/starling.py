"""Texture atlases of Starling and Sparrow: XML with a ``SubTexture`` for each frame.

``width`` and ``height`` are those of the stored part **as it lies on the page**: with ``rotated`` it lies there turned
clockwise, and is shown turned back. ``frameX`` and ``frameY``, none or negative, are where the whole picture begins,
counted from the upright part, ``frameWidth`` and ``frameHeight`` its size (Starling's documentation of TextureAtlas and
SubTexture).
"""

from xml.etree import ElementTree

from audobon_cli.sprites.sheets.readers.frames import DataPage, Stated, bounded, number
from audobon_cli.sprites.sheets.readers.xml_elements import parse, root_name


def fits(text: str) -> bool:
    """Whether ``text`` is such an atlas."""
    return root_name(text) == "TextureAtlas"


def read(text: str) -> list[DataPage]:
    """The one page. Raises ValueError."""
    root = parse(text)
    frames = bounded([_stated(each) for each in root.iter("SubTexture")])
    width, height = root.get("width"), root.get("height")
    size = (int(number(width)), int(number(height))) if width and height else None
    return [DataPage(root.get("imagePath", ""), size, frames)]


def _stated(element: ElementTree.Element) -> Stated:
    name = element.get("name")
    x, y, width, height = (number(element.get(each, "")) for each in ("x", "y", "width", "height"))
    turned = element.get("rotated", "false").lower() in ("true", "1")
    if turned:
        width, height = height, width
    left, top, wide, high = (
        number(element.get(each, "0")) for each in ("frameX", "frameY", "frameWidth", "frameHeight")
    )
    if wide <= 0 or high <= 0:
        return Stated(name, x, y, width, height, turns=int(turned))
    return Stated(name, x, y, width, height, -left, -top, (wide, high), int(turned))
