"""Makes the store of exemplars that ships with the program, from the pinned packages and this repository's drawings.

Run after `fetch.py`; the same packages give the same files. Only hands under MIT, Apache-2.0 and CC0: nothing that a
game which ships what is composed of them would have to pass on but a line in its credits.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import math
import re
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from audobon_cli.exemplars.render import rasterise
from audobon_cli.exemplars.shapes import box_of, read_path
from audobon_cli.exemplars.shapes import read_drawing as read_plain
from PIL import Image

from characters import read_characters
from concepts import Concept, read_concepts, read_emojibase
from exemplar_eyes import find_eyes
from pictures import IconFamily, read_labels
from sources import Source, read_sources
from tiles import TILE_PIXELS, read_tiles
from vector_shapes import UNITS, read_drawing

HANDS = {"fluent": "fluent-flat", "noto": "noto", "noto-round": "noto-v1", "fxemoji": "fxemoji"}
"""Hands of the store, and their keys in `sources.toml`."""

OWN = ("audobon", "audobon-2", "audobon-3")
"""Hands of this repository's drawings: the first, second and third form of a thing."""

OWN_FOLDER = Path(__file__).with_name("drawings")
STYLES = {
    "fluent": "vivid",
    "noto": "cartoon",
    "noto-round": "round",
    "fxemoji": "soft",
    **dict.fromkeys(OWN, "vivid"),
    "crawl": "pixel",
}

WORST_DIFFERENCE = 0.02
"""Mean difference of a drawing's plain form from the original, of 1; what is worse needs filters or masks."""

LEAST_INK = 0.03
"""Mean alpha of a picture at least; less is nothing to see."""

WRONG = {
    ("fxemoji", "bow and arrow"), ("fxemoji", "walking cat"), ("fxemoji", "walking dog"), ("fxemoji", "sunglasses"),
    ("fxemoji", "horse"),
}  # fmt: skip
"""Drawings that show another thing than they are named for (a ribbon, a face)."""

ONE_EYE = {
    (hand, name) for hand in HANDS for name in ("dragon", "whole dragon", "horse face", "unicorn", "eagle")
} - {("noto", "dragon")}
"""Drawings from the side, where the pair that is found is an eye and something else."""

OWN_UNITS = 128
NAMES_FILE = Path(__file__).with_name("exemplar_names.toml")
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
COLUMNS = 40


@dataclass(slots=True)
class Thing:
    """What the index says of a thing: its names, words that go with it, its hands and their eyes."""

    names: list[str]
    keywords: list[str]
    group: str
    hands: list[str]
    eyes: dict[str, list[int]]
    straight: bool = False
    """Whether it is neither turned, bent nor mirrored."""

    def plain(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        own: dict[str, Any] = {
            "n": self.names,
            "k": self.keywords,
            "g": self.group,
            "h": self.hands,
            "e": self.eyes,
        }
        own["s"] = int(self.straight)
        return {key: value for key, value in own.items() if value}


def emoji_things(sources: dict[str, Source], work: Path, members: dict[str, str]) -> list[Thing]:
    """Return the things that the hands' packages draw, and add each drawing to `members`."""
    labels = read_labels(sources["emojibase"].folder(work))
    concepts = [
        *read_concepts(sources["emojibase"].folder(work)),
        *_symbols(sources["emojibase"].folder(work)),
    ]
    families = {hand: IconFamily(sources[key].folder(work), labels) for hand, key in HANDS.items()}
    things = []
    for concept in concepts:
        thing = Thing(list(concept.names), list(concept.keywords), concept.group, [], {})
        for hand, family in families.items():
            plain = _plain(family, concept)
            if plain is not None and (hand, thing.names[0]) not in WRONG:
                _add(thing, hand, plain, members)
        if thing.hands:
            things.append(thing)
    return things


def _symbols(emojibase: Path) -> list[Concept]:
    """Return the signs of interfaces that `NAMES_FILE` chooses among emoji that are no things."""
    chosen = tomllib.loads(NAMES_FILE.read_text(encoding="utf-8"))["symbols"]
    codes = {row["label"]: row["hexcode"].lower().replace("-fe0f", "") for row in read_emojibase(emojibase)}
    return [Concept(codes[label], tuple(names), "objects", 0.0) for label, names in chosen.items()]


def own_things(members: dict[str, str]) -> list[tuple[Thing, bool]]:
    """Return the things drawn in this repository, and whether each is another thing than the packages' of its name;
    add each drawing to `members`."""
    table = tomllib.loads((OWN_FOLDER / "drawings.toml").read_text(encoding="utf-8"))
    things = []
    for stem, said in table.items():
        thing = Thing(said["names"], said.get("keywords", []), said["group"], [], {})
        files = (OWN_FOLDER / f"{stem}{form}.svg" for form in ("", "-2", "-3"))
        forms = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
        eyes = [said.get(f"eyes{form}", ()) for form in ("", "-2", "-3")]
        thing.straight = said.get("straight", False)
        _add_forms(thing, forms, eyes, members)
        things.append((thing, said.get("alone", False)))
    for one in read_characters():
        thing = Thing([*one.names], [*one.keywords], one.group, [], {})
        _add_forms(thing, one.documents, one.eyes, members)
        things.append((thing, one.alone))
    return things


def _add_forms(
    thing: Thing, documents: Sequence[str], eyes: Sequence[Sequence[float]], members: dict[str, str]
) -> None:
    """Add the forms of a thing, each by its own hand; `eyes` are those of each form, in a square of `OWN_UNITS`."""
    for hand, document, seen in zip(OWN, documents, eyes, strict=False):
        _add(thing, hand, _text(document), members)
        thing.eyes.pop(hand, None)
        if seen:
            thing.eyes[hand] = [round(value * UNITS / OWN_UNITS) for value in seen]


def _text(document: str) -> str:
    """Return a document's plain shapes as the store keeps them; what lies outside of the square is left out."""
    drawing = read_drawing(document)
    seen = []
    for shape in drawing.shapes:
        left, top, right, bottom = box_of([read_path(shape["d"])]) or (0, 0, 0, 0)
        if right > 0 and bottom > 0 and left < UNITS and top < UNITS:
            seen.append(shape)
    drawing.shapes = seen
    return json.dumps(drawing.plain(), separators=(",", ":"))


def _add(thing: Thing, hand: str, plain: str, members: dict[str, str]) -> None:
    thing.hands.append(hand)
    members[f"{hand}/{thing.names[0]}"] = plain
    if thing.group in ("creatures", "faces", "people"):
        drawing = json.loads(plain)
        eyes = find_eyes(_Shapes(drawing["s"]))  # type: ignore[arg-type]
        if eyes and (hand, thing.names[0]) not in ONE_EYE:
            thing.eyes[hand] = eyes


@dataclass(frozen=True, slots=True)
class _Shapes:
    shapes: list[dict[str, Any]]


def _plain(family: IconFamily, concept: Concept) -> str | None:
    document, image = family.svg(concept), family.image(concept)
    if document is None or image is None:
        return None
    try:
        text = _text(document)
    except (ValueError, KeyError):
        return None
    side = 64
    mine = rasterise(read_plain(text), side).convert("RGBa")
    theirs = _squared(image).convert("RGBa").resize((side, side), Image.Resampling.BOX)
    difference = np.abs(np.asarray(mine, dtype=float) - np.asarray(theirs, dtype=float)).mean() / 255
    return text if difference <= WORST_DIFFERENCE and _is_sprite(np.asarray(theirs)[..., 3] / 255) else None


def _is_sprite(alpha: np.ndarray) -> bool:
    """Whether a picture (its alpha, 0 to 1) shows something, and not a scene that fills its square to the corners."""
    near = len(alpha) // 16
    corners = [alpha[y, x] for y in (near, -near - 1) for x in (near, -near - 1)]
    return bool(alpha.mean() >= LEAST_INK and sum(corner > 0.9 for corner in corners) < 3)


def _squared(image: Image.Image) -> Image.Image:
    side = max(image.size)
    square = Image.new("RGBA", (side, side))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square


def merged(things: list[Thing], drawn: list[tuple[Thing, bool]]) -> list[Thing]:
    """Return `things` with those of this repository. A drawing adds a hand to the thing of its first name, or, where it
    is alone, takes its names from all others; things without any name left are dropped."""
    table = tomllib.loads(NAMES_FILE.read_text(encoding="utf-8"))
    taken = {name for thing, _ in drawn for name in thing.names}
    own = {thing.names[0]: alone for thing, alone in drawn}
    kept: dict[str, Thing] = {}
    for thing in things:
        chief = thing.names[0]
        if chief in own and not own[chief]:
            kept[chief] = thing
            continue
        thing.names = [name for name in thing.names if name not in taken]
        if thing.names:
            kept[chief] = thing
    moved = {chief: thing for chief, thing in kept.items() if thing.names[0] != chief}
    for thing, alone in drawn:
        known = None if alone else kept.get(thing.names[0])
        if known is None:
            kept[f"own {thing.names[0]}"] = thing
            continue
        known.hands, known.eyes = [*thing.hands, *known.hands], thing.eyes | known.eyes
        known.names = [*thing.names, *(name for name in known.names if name not in thing.names)]
        known.straight |= thing.straight
        known.keywords += [word for word in thing.keywords if word not in known.keywords]
    found = {thing.names[0]: thing for thing in kept.values()}
    for name in table["straight"]:
        found[name].straight = True
    for name, more in table["names"].items():
        if name in found:
            found[name].names += [other for other in more if other not in found[name].names]
    for chief, thing in moved.items():
        MOVED[thing.names[0]] = chief
    return list(found.values())


MOVED: dict[str, str] = {}
"""Things whose chief name a drawing of this repository took: their names now, and before."""


def tile_atlas(folder: Path) -> tuple[list[str], Image.Image]:
    """Return the names of the CC0 tiles, and all of them in one picture, `COLUMNS` to a row."""
    tiles = read_tiles(folder)
    rows = math.ceil(len(tiles) / COLUMNS)
    atlas = Image.new("RGBA", (COLUMNS * TILE_PIXELS, rows * TILE_PIXELS))
    for place, tile in enumerate(tiles):
        image = Image.fromarray(tile.pixels[::2, ::2].copy(), "RGBa").convert("RGBA")
        atlas.paste(image, (place % COLUMNS * TILE_PIXELS, place // COLUMNS * TILE_PIXELS))
    return [tile.name for tile in tiles], atlas


def named_tiles(names: list[str], things: list[Thing]) -> list[str]:
    """Return the names of tiles, none for items that are called as a creature is ("the assassin" is a dagger)."""
    alive = {
        name for thing in things if thing.group in ("creatures", "people", "faces") for name in thing.names
    }
    items = next(
        place for place, name in enumerate(names) if name.endswith(" amulet")
    )  # they follow the monsters
    return [*names[:items], *("" if name in alive else name for name in names[items:])]


def write_store(folder: Path, work: Path) -> None:
    """Write the store's files to `folder`."""
    sources = read_sources()
    members: dict[str, str] = {}
    theirs = emoji_things(sources, work, members)
    mine: dict[str, str] = {}
    things = merged(theirs, own_things(mine))
    for name, before in MOVED.items():
        for hand in HANDS:
            if f"{hand}/{before}" in members:
                members[f"{hand}/{name}"] = members.pop(f"{hand}/{before}")
    members |= mine
    held = {f"{hand}/{thing.names[0]}" for thing in things for hand in thing.hands}
    members = {name: text for name, text in members.items() if name in held}
    assert held == members.keys(), held ^ members.keys()
    alike = tomllib.loads(NAMES_FILE.read_text(encoding="utf-8"))["alike"]
    known = {thing.names[0] for thing in things}
    assert not set(alike.values()) - known, set(alike.values()) - known
    names, atlas = tile_atlas(sources["crawl"].folder(work) / "source" / "rltiles")
    names = named_tiles(names, things)
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "vectors.zip", "w") as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, FIRST_DAY)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, members[name], zipfile.ZIP_DEFLATED, 9)
    buffer = io.BytesIO()
    atlas.save(buffer, "PNG", optimize=True)
    (folder / "tiles.png").write_bytes(buffer.getvalue())
    index = {
        "hands": hands(sources),
        "things": [thing.plain() for thing in things],
        "alike": alike,
        "tiles": names,
    }
    text = json.dumps(index, separators=(",", ":"), ensure_ascii=True)
    text = re.sub(r'(\{"n":|"tiles":|"alike":)', r"\n\1", text) + "\n"
    (folder / "index.json").write_text(text, encoding="utf-8")
    files = ("index.json", "tiles.png", "vectors.zip")
    sums = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in files]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    print(f"{len(things)} things, {len(members)} drawings, {len(names)} tiles")


def hands(sources: dict[str, Source]) -> dict[str, dict[str, str]]:
    """Return what the index says of each hand: its style, licence and whom to name."""
    said = {
        hand: {"licence": sources[key].licence, "attribution": sources[key].attribution}
        for hand, key in (*HANDS.items(), ("crawl", "crawl"))
    }
    own = {"licence": "Apache-2.0", "attribution": "Drawn for Audobon, Copyright the Audobon authors"}
    said |= dict.fromkeys(OWN, own)
    return {hand: {"style": STYLES[hand], **facts} for hand, facts in said.items()}


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where to write the store")
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"), help="work directory")
    options = parser.parse_args()
    write_store(options.folder, options.work)


if __name__ == "__main__":
    main()
