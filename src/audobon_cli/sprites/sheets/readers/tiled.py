"""Tilesets of Tiled (``.tsx``) that are cut from one picture."""

from xml.etree import ElementTree

from audobon_cli.sprites.sheets.readers.frames import MAX_FRAMES, DataPage, Stated, bounded, number
from audobon_cli.sprites.sheets.readers.xml_elements import parse, root_name


def fits(text: str) -> bool:
    """Whether ``text`` is a tileset."""
    return root_name(text) == "tileset"


def read(text: str) -> list[DataPage]:
    """The one page: the tiles that have the property ``name``, as ours do, or all. Times are those of the tiles'
    animations. Raises ValueError."""
    root = parse(text)
    image = root.find("image")
    if image is None:
        raise ValueError("its tiles are pictures of their own")
    width, height = _whole(root, "tilewidth"), _whole(root, "tileheight")
    spacing, margin = _whole(root, "spacing", "0"), _whole(root, "margin", "0")
    size = (_whole(image, "width"), _whole(image, "height"))
    if min(width, height) < 1:
        raise ValueError("its tiles have no size")
    columns = _whole(root, "columns", "0") or (size[0] - margin + spacing) // (width + spacing)
    rows = (size[1] - margin + spacing) // (height + spacing)
    count = _whole(root, "tilecount", "0") or columns * rows
    if columns < 1 or not 0 < count <= MAX_FRAMES:
        raise ValueError(f"it has {count} tiles in {columns} columns")
    names, times = _names(root), _times(root)
    numbers = sorted(names) if names else range(count)
    frames = [
        Stated(
            names.get(tile, ""),
            margin + tile % columns * (width + spacing),
            margin + tile // columns * (height + spacing),
            width,
            height,
            time=times.get(tile),
        )
        for tile in numbers
    ]
    return [DataPage(image.get("source", ""), size, bounded(frames))]


def _whole(element: ElementTree.Element, name: str, usual: str = "") -> int:
    return int(number(element.get(name, usual)))


def _names(root: ElementTree.Element) -> dict[int, str]:
    names = {}
    for tile in root.iterfind("tile"):
        for said in tile.iterfind("properties/property"):
            if said.get("name") == "name":
                names[_whole(tile, "id")] = said.get("value") or ""
    return names


def _times(root: ElementTree.Element) -> dict[int, int]:
    """Milliseconds by tiles, of the first animation in which each occurs."""
    times: dict[int, int] = {}
    for step in root.iterfind("tile/animation/frame"):
        times.setdefault(_whole(step, "tileid"), _whole(step, "duration", "0"))
    return times
