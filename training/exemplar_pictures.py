"""First step of the second sprite model: every thing by every hand, at 128 x 128 pixels.

Takes about three minutes on two cores. Writes, under the work directory:
    exemplar/pictures.safetensors   pixels (N, 128, 128, 4) uint8 premultiplied; thing (N,) and hand (N,), their numbers
    exemplar/things.json            things: names, keywords, group, weight; the hands' style words; what is held out
    pictures.safetensors            the renders of `sources.toml` at 64 x 64, for the judge (`judging.read_renders`)

A *thing* is a concept of `concepts.py` or the name of a pixel-art tile; a *hand* is a family of pictures, named by the
style word of its captions.
"""

from __future__ import annotations

import argparse
import json
import random
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from concepts import Concept, chosen_concepts, read_concepts
from pictures import _reader, outlined, read_labels
from sources import Source, read_sources
from tiles import TILE_PIXELS, read_tiles
from variations import PIXEL_COLOURS, PIXEL_SIDE

SIDE = 128
"""Side of a picture in pixels."""

EXTRA_SOURCES = Path(__file__).with_name("exemplar_sources.toml")
HELD_OUT_FILE = Path(__file__).with_name("exemplar_held_out.json")
PIXEL_HAND = "pixel"
PIXELATED_FROM = "cartoon"
TILE_WEIGHT = 0.5
"""How often a tile is drawn, where a chosen concept is drawn once."""


@dataclass(frozen=True, slots=True)
class Render:
    """A thing by a hand.

    Attributes:
        pixels: uint8, (128, 128, 4), RGB already multiplied by alpha.
        small: The same at 64 x 64.
    """

    thing: int
    hand: str
    pixels: np.ndarray
    small: np.ndarray


def fitted(image: Image.Image, side: int) -> np.ndarray:
    """Fit an RGBA image into a square; return uint8 (side, side, 4) with RGB multiplied by alpha."""
    scale = side / max(image.size)
    size = (round(image.width * scale), round(image.height * scale))
    canvas = np.zeros((side, side, 4), dtype=np.uint8)
    small = np.asarray(image.convert("RGBa").resize(size, Image.Resampling.BOX))
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = small
    return canvas


def pixel_art(pixels: np.ndarray) -> np.ndarray:
    """Return a picture (128, 128, 4) as pixel art: 32 x 32, few colours, hard edges, each pixel 4 x 4."""
    straight = (
        Image.fromarray(pixels, "RGBa").resize((PIXEL_SIDE, PIXEL_SIDE), Image.Resampling.BOX).convert("RGBA")
    )
    solid = np.asarray(straight)[..., 3] > 110
    flat = straight.convert("RGB").quantize(PIXEL_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colours = np.where(solid[..., None], np.asarray(flat.convert("RGB")), 0).astype(np.uint8)
    values = np.concatenate([colours, np.where(solid, 255, 0).astype(np.uint8)[..., None]], axis=-1)
    factor = SIDE // PIXEL_SIDE
    return values.repeat(factor, 0).repeat(factor, 1)


def render_things(
    concepts: list[Concept], families: list[Source], work: Path, labels: dict[str, str]
) -> list[Render]:
    """Draw every concept by every family that has it, and as pixel art; by family, then in the concepts' order."""

    def draw(family: Source) -> Iterator[Render]:
        reader = _reader(family, work, labels)
        for thing, concept in enumerate(concepts):
            image = reader.image(concept)
            if image is None:
                continue
            image = outlined(image) if family.treatment == "outlined" else image
            pixels = fitted(image, SIDE)
            yield Render(thing, family.style, pixels, fitted(image, SIDE // 2))
            if family.style == PIXELATED_FROM:
                art = pixel_art(pixels)
                yield Render(thing, PIXEL_HAND, art, art[::2, ::2])

    with ThreadPoolExecutor(2) as pool:
        return [one for drawn in pool.map(lambda family: list(draw(family)), families) for one in drawn]


def render_tiles(work: Path, source: Source, first: int) -> tuple[list[Render], list[str]]:
    """Return the pixel-art tiles and their names; tiles of one name are one thing, numbered from `first`."""
    names: list[str] = []
    found = []
    factor = SIDE // TILE_PIXELS
    for tile in read_tiles(source.folder(work) / "source" / "rltiles"):
        if tile.name not in names:
            names.append(tile.name)
        pixels = tile.pixels[::2, ::2].repeat(factor, 0).repeat(factor, 1)
        found.append(Render(first + names.index(tile.name), PIXEL_HAND, pixels, tile.pixels))
    return found, names


def choose_held_out(concepts: list[Concept], renders: list[Render]) -> list[int]:
    """Return the 60 things that no network may see: 33 common prompts, 27 others that the main hands all have."""
    names = {concept.names[0]: number for number, concept in enumerate(concepts)}
    prompts = Path(__file__).with_name("evaluation_prompts.toml").read_text(encoding="utf-8")
    held = [names[name] for name in tomllib.loads(prompts)["common"][1::3]]
    hands: dict[int, set[str]] = {}
    for one in renders:
        hands.setdefault(one.thing, set()).add(one.hand)
    wanted = {"vivid", "3d", "glossy", "cartoon", "flat"}
    others = range(len(chosen_concepts()), len(concepts))
    full = [number for number in others if wanted <= hands.get(number, set())]
    return held + random.Random(7).sample(full, 60 - len(held))


def save_for_judge(renders: list[Render], styles: list[str], work: Path) -> None:
    """Write the renders of the first model's families where `judging.read_renders` looks for them."""
    kept = [one for one in renders if one.hand in styles]
    tensors = {
        "pixels": torch.from_numpy(np.stack([one.small for one in kept])),
        "concept": torch.tensor([one.thing for one in kept]),
        "family": torch.tensor([styles.index(one.hand) for one in kept]),
    }
    save_file(tensors, work / "pictures.safetensors", {"styles": json.dumps(styles)})


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"), help="work directory")
    work: Path = parser.parse_args().work
    sources, extra = read_sources(), read_sources(EXTRA_SOURCES)
    emojibase = sources["emojibase"].folder(work)
    concepts = read_concepts(emojibase)
    families = [source for source in (*sources.values(), *extra.values()) if source.holds_icons]
    renders = render_things(concepts, families, work, read_labels(emojibase))
    held_out = choose_held_out(concepts, renders)
    first = sorted({source.style for source in sources.values() if source.holds_icons})
    save_for_judge(renders, first, work)
    tiles, tile_names = render_tiles(work, sources["crawl"], len(concepts))
    renders += tiles
    hands = [*dict.fromkeys(source.style for source in families), PIXEL_HAND]
    folder = work / "exemplar"
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        "pixels": torch.from_numpy(np.stack([one.pixels for one in renders])),
        "thing": torch.tensor([one.thing for one in renders]),
        "hand": torch.tensor([hands.index(one.hand) for one in renders]),
    }
    save_file(tensors, folder / "pictures.safetensors")
    things = [
        {"names": one.names, "keywords": one.keywords, "group": one.group, "weight": one.weight}
        for one in concepts
    ] + [{"names": [name], "keywords": [], "group": "tiles", "weight": TILE_WEIGHT} for name in tile_names]
    table = {"hands": hands, "things": things, "concepts": len(concepts), "held_out": held_out}
    (folder / "things.json").write_text(json.dumps(table), encoding="utf-8")
    words = [concepts[number].names[0] for number in held_out]
    HELD_OUT_FILE.write_text(json.dumps(words, indent=1) + "\n", encoding="utf-8")
    for number, hand in enumerate(hands):
        print(f"{hand}: {int((tensors['hand'] == number).sum())}")
    print(f"{len(renders)} pictures of {len(things)} things, {len(held_out)} held out")


if __name__ == "__main__":
    main()
