"""Reads Dungeon Crawl Stone Soup's tiles: 32 x 32 pixel art, named by folder and file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from pictures import PICTURE_PIXELS

TILE_PIXELS = 32

MONSTERS = "mon"
"""Folder of the monsters; their file names are names."""

ITEMS = {"amulet": "{} amulet", "armour": "{}", "book": "{} book", "food": "{}", "potion": "{} potion",
         "ring": "{} ring", "staff": "{} staff", "wand": "{} wand", "weapon": "{}"}  # fmt: skip
"""Folders of items to take, and what to make of a file name in them. File names of items that take their
appearance by chance ("bubbly", "ruby") are adjectives."""

UNKNOWN_LICENCE = re.compile(
    r"active_ballistomycete|arrow[12]|ballistomycete|crossbow_bolt[12]|dart-p|dart[12]|demonblade|dowan"
    r"|duvessa|flaming_corpse|fungus|javelin[12]|kenku|khufu|mold_small[1-4]|needle.*|nikola|pikel|reaping-[23]"
    r"|slave|slime_creature[2-5]?|s(ilver|teel)_.*|sling_bullet.*|toadstool_.*|transparent_flesh[1-6]"
    r"|vine-covered_golem|zombie_.*"
)
"""Monsters and items whose artists were not reached in 2010 (the crawl/tiles repository's list): left out."""

_NOISE = re.compile(r"^(urand|spwpn)_|[0-9]+$|_(new|old|inert|unknown)$")


@dataclass(frozen=True, slots=True)
class Tile:
    """A named tile.

    Attributes:
        name: Lower-case words ("golden dragon").
        pixels: uint8, (64, 64, 4), each tile pixel doubled, RGB already multiplied by alpha.
    """

    name: str
    pixels: np.ndarray


def read_tiles(folder: Path) -> list[Tile]:
    """Return the distinct tiles of monsters and items under `folder` (source/rltiles), in the order of paths."""
    seen: set[bytes] = set()
    tiles: list[Tile] = []
    for path, template in _paths(folder):
        name = _name(path.stem)
        with Image.open(path) as image:
            if not name or image.size != (TILE_PIXELS, TILE_PIXELS):
                continue
            values = np.asarray(image.convert("RGBA").convert("RGBa"))
        content = values.tobytes()
        if content in seen or (values[..., 3] > 0).mean() < 0.03:
            continue
        seen.add(content)
        factor = PICTURE_PIXELS // TILE_PIXELS
        tiles.append(Tile(template.format(name), values.repeat(factor, 0).repeat(factor, 1)))
    return tiles


def _paths(folder: Path) -> Iterator[tuple[Path, str]]:
    kinds = [(MONSTERS, "{}"), *((f"item/{kind}", template) for kind, template in ITEMS.items())]
    for kind, template in kinds:
        for path in sorted((folder / kind).rglob("*.png")):
            marks = path.name.startswith(("i-", ".")) or {"brands", "tentacles"} & set(path.parts)
            if not marks and not UNKNOWN_LICENCE.fullmatch(path.stem):
                yield path, template


def _name(stem: str) -> str:
    before = ""
    while before != stem:
        before, stem = stem, _NOISE.sub("", stem).strip("_- ")
    return stem.replace("_", " ").replace("-", " ").lower()
