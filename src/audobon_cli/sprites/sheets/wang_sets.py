"""Wang sets, which Tiled calls terrains: which ground lies at the corners and edges of each tile.

    [wangsets.ground]
    kind = "corner"
    colors = { grass = "#3a9d23", dirt = "#8a5a2b" }
    [wangsets.ground.tiles]
    grass = "grass"
    shore_n = ["dirt", "grass", "grass", "dirt"]

Of corners the top right one comes first, of edges the top one, of both ("mixed") the top edge; then clockwise.
One ground is meant for all of them; ``-`` stands for none. Where the middle of a tile is another ground than the
first one around it, as in a tile that stands alone, it is told:

    [wangsets.ground.middles]
    pond = "water"
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from audobon_cli.sprites.sheets.record import WangSet

KINDS = {"corner": (1, 3, 5, 7), "edge": (0, 2, 4, 6), "mixed": (0, 1, 2, 3, 4, 5, 6, 7)}
"""Where the values of each kind stand among the eight of a tile, clockwise from the top edge."""

MAX_COLORS = 254
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def wang_sets(names: Sequence[str], tables: Mapping[str, Any]) -> tuple[WangSet, ...]:
    """The sets that ``tables`` say of frames of these ``names``.

    Raises ValueError, TypeError or AttributeError for what makes no sense.
    """
    places = {name: place for place, name in enumerate(names)}
    return tuple(_wang_set(name, table, places) for name, table in tables.items())


def _wang_set(name: str, table: Mapping[str, Any], places: Mapping[str, int]) -> WangSet:
    unknown = set(table) - {"kind", "colors", "tiles", "middles"}
    if unknown:
        raise ValueError(f"{name} has {sorted(unknown)[0]!r}, which is not known")
    kind, colors = str(table.get("kind", "corner")), dict(table.get("colors", {}))
    if kind not in KINDS:
        raise ValueError(f"the kind of {name} is {kind!r} and none of {', '.join(KINDS)}")
    if not 1 <= len(colors) <= MAX_COLORS:
        raise ValueError(f"{name} wants 1 to {MAX_COLORS} colors")
    for color in colors.values():
        if _COLOR.fullmatch(str(color)) is None:
            raise ValueError(f"{color!r} is no colour of {name}; write #3a9d23")
    numbers = {"-": 0, **{color: number for number, color in enumerate(colors, start=1)}}
    tiles = []
    for tile, said in table.get("tiles", {}).items():
        if tile not in places:
            raise ValueError(f"no frame of {name} is called {tile!r}")
        tiles.append((places[tile], _values(said, KINDS[kind], numbers)))
    middles = []
    for tile, said in table.get("middles", {}).items():
        if tile not in table.get("tiles", {}):
            raise ValueError(f"no tile of {name} is called {tile!r}")
        middles.append((places[tile], _values(said, KINDS["edge"], numbers)[0]))
    shown = tuple((color, str(value).lower()) for color, value in colors.items())
    return WangSet(name, kind, shown, tuple(tiles), tuple(middles))


def _values(
    said: str | Sequence[str], positions: Sequence[int], numbers: Mapping[str, int]
) -> tuple[int, ...]:
    """The eight numbers of a tile of which ``said`` tells those at ``positions``."""
    grounds = [said] * len(positions) if isinstance(said, str) else list(said)
    if len(grounds) != len(positions):
        raise ValueError(f"{grounds} are {len(grounds)} grounds, and {len(positions)} are wanted")
    values = [0] * 8
    for position, ground in zip(positions, grounds, strict=True):
        if ground not in numbers:
            raise ValueError(f"{ground!r} is none of the colors {', '.join(numbers)}")
        values[position] = numbers[ground]
    return tuple(values)
