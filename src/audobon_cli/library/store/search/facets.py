"""Facets: what an asset is, as short names that the text index holds beside its words.

A facet is written into the index as one character of Unicode's private use areas (two from the 131,069th
on), which no word can contain. docs: migrations/m002_search.py.
"""

from collections.abc import Iterable

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.media import NO_PIXELS, pixels_of

LIVING = "all"
"""The facet of every asset, for queries that only exclude."""

FIRST_PLANE, SECOND_PLANE, PLANE_SIZE = 0xF0000, 0x100000, 65_534
CELL_BITS = 4
"""Colours are found by cells of 4 bits a channel, 17 steps of 256 apart."""

MAX_SIDE = 99_999


def token(number: int) -> str:
    """How the facet with this number is written in the index."""
    high, low = divmod(number, 2 * PLANE_SIZE)
    plane = FIRST_PLANE if low < PLANE_SIZE else SECOND_PLANE - PLANE_SIZE
    return (token(high - 1) if high else "") + chr(plane + low)


def plain_value(value: str) -> str:
    """A value as facets hold it: without case, and without what no database text can hold."""
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8").casefold()


def facets_of(asset: Asset, colors: Iterable[str] = ()) -> list[str]:
    """The facets of a living asset; ``colors`` are the cells of its palette (see `cell`)."""
    day = asset.created.strftime("%Y-%m-%d")
    found = [
        LIVING,
        f"kind:{asset.kind.value}",
        f"format:{asset.format}",
        *_sides(asset),
        f"created:{day[:4]}",
        f"created:{day[:7]}",
        f"created:{day}",
    ]
    for field, value in (("model", asset.model), ("style", asset.style), ("quality", asset.quality)):
        if value:
            found.append(f"{field}:{plain_value(value)}")
    if asset.rating is not None:
        found.append(f"rating:{asset.rating}")
    found += [f"tag:{plain_value(tag)}" for tag in asset.tags]
    if asset.category:
        category = plain_value(asset.category)
        parts = category.split("/")
        found.append(f"category:{category}")
        found += [f"in:{'/'.join(parts[:depth])}" for depth in range(1, len(parts) + 1)]
    found += [f"palette:{color}" for color in colors]
    return list(dict.fromkeys(found))


def _sides(asset: Asset) -> list[str]:
    """The facets of an image's sides; none for what is no image."""
    image = pixels_of(asset.media)
    if image is NO_PIXELS:
        return []
    side = min(max(image.width, image.height), MAX_SIDE)
    return [f"dimensions:{image.width}x{image.height}", f"size:{side:05}", f"size:{side // 100:03}"]


def cell(red: int, green: int, blue: int) -> str:
    """The cell of a colour (0 to 255 each), as three hex digits."""
    shift = 8 - CELL_BITS
    return f"{red >> shift:x}{green >> shift:x}{blue >> shift:x}"
