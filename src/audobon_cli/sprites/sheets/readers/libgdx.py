"""Atlases of libGDX (``.atlas``, before also ``.pack`` and ``.txt``), which Spine's are, too.

A page is its picture's name and, line by line, what is said of it; then come regions, each a name and what is said of
it; an empty line ends the page. Before libGDX 1.9.13 a region had ``xy``, ``size``, ``orig`` and ``offset``, since then
it has ``bounds`` and ``offsets``, and what is usual is left out. Sizes are those of the upright picture. It lies on the
page turned **counter-clockwise**, by 90 degrees (``rotate: true``) or as many as are said, and offsets count from the
left and the **bottom** (libGDX's documentation of TextureAtlas.AtlasRegion; Spine's "Atlas export format").
"""

import re
from collections.abc import Iterator

from audobon_cli.sprites.sheets.readers.frames import DataPage, Number, Stated, bounded, number, numbers

_PLACE = re.compile(r"^[ \t]*(?:bounds|xy)[ \t]*:[ \t]*[-+]?\d", re.MULTILINE)
_QUARTERS = {"false": 0, "true": 1, "0": 0, "90": 1, "180": 2, "270": 3}
"""Of a turn, counter-clockwise."""


def fits(text: str) -> bool:
    """Whether some line of ``text`` places a region."""
    return _PLACE.search(text) is not None


def read(text: str) -> list[DataPage]:
    """The pages. A region with an index is called after both, as its picture was: ``walk_3``. Raises ValueError."""
    pages: list[DataPage] = []
    for block in _blocks(text.splitlines()):
        entries = _entries(block)
        image, about = next(entries, ("", {}))
        size = numbers(about["size"], 2) if "size" in about else None
        frames = bounded([_stated(name, said) for name, said in entries])
        pages.append(DataPage(image, (int(size[0]), int(size[1])) if size else None, frames))
    return pages


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """The lines of each page. Entries before the first page's name, which loaders skip, are none of it."""
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            block.append(line)
        elif block:
            if any(":" not in line for line in block):
                yield block
            block = []


def _entries(block: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The page, then its regions: each name with what is said below it."""
    name, said = "", dict[str, str]()
    for line in block:
        key, mark, value = line.partition(":")
        if mark:
            said[key.strip()] = value.strip()
            continue
        if name:
            yield name, said
        name, said = line.strip(), {}
    yield name, said


def _stated(name: str, said: dict[str, str]) -> Stated:
    if "bounds" in said:
        x, y, width, height = numbers(said["bounds"], 4)
    elif "xy" in said and "size" in said:
        (x, y), (width, height) = numbers(said["xy"], 2), numbers(said["size"], 2)
    else:
        raise ValueError(f"nothing says where {name[:40]!r} lies")
    left, bottom, wide, high = _offsets(said)
    if not (wide or high):
        left, bottom, wide, high = 0, 0, width, height
    turned = said.get("rotate", "false").lower()
    if turned not in _QUARTERS:
        raise ValueError(f"{name[:40]!r} lies on the sheet turned by {turned[:40]!r}")
    index = number(said["index"]) if "index" in said else -1
    called = f"{name}_{index}" if index >= 0 else name
    top = high - bottom - height
    return Stated(called, x, y, width, height, left, top, (wide, high), -_QUARTERS[turned])


def _offsets(said: dict[str, str]) -> list[Number]:
    """What was left out on the left and at the bottom, and the width and height of the whole; zeros: nothing."""
    if "offsets" in said:
        return numbers(said["offsets"], 4)
    return [*numbers(said.get("offset", "0,0"), 2), *numbers(said.get("orig", "0,0"), 2)]
