"""The training examples: every picture, its captions, and how often it is drawn."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from captions import draw_caption, draw_colour_caption, draw_pair_caption, names_of, with_style
from concepts import Concept
from pictures import Picture
from tiles import Tile
from variations import COLOURS, pixelated, recoloured, side_by_side

SHARES = {"chosen": 0.60, "others": 0.15, "tiles": 0.07, "coloured": 0.11, "pairs": 0.04, "pixelated": 0.03}
"""Share of the samples that each kind of example gets."""

CAPTIONS = {"chosen": 10, "others": 4, "tiles": 3, "coloured": 2, "pairs": 1, "pixelated": 4}
"""Captions drawn for each picture of a kind."""

STYLE_WEIGHTS = {"vivid": 2.5, "cartoon": 1.4}
"""How often the styles that people meet first are drawn, where another is drawn once."""

COLOURS_A_PICTURE = 3
PAIRS = 6000
PIXEL_STYLE = "pixel"
PIXELATED_FROM = "cartoon"
"""The family whose pictures are also made into pixel art."""


@dataclass(frozen=True, slots=True)
class Example:
    """A picture of the training set.

    Attributes:
        pixels: uint8, (64, 64, 4), RGB already multiplied by alpha.
        kind: Key of `SHARES`.
        captions: What it goes by, each equally often.
        weight: How often it is drawn, relative to the others of its kind.
        mirrors: Whether its mirror image is as good.
    """

    pixels: np.ndarray
    kind: str
    captions: tuple[str, ...]
    weight: float
    mirrors: bool = True


def make_examples(
    pictures: list[Picture], tiles: list[Tile], concepts: list[Concept], chosen: int, seed: int
) -> list[Example]:
    """Return the training set; the examples of `pictures` come first, in their order.

    Args:
        concepts: All concepts, the chosen ones first.
        chosen: How many of them are chosen.
        seed: Fixes every draw of captions, colours and pairs.
    """
    chance = random.Random(seed)
    taken = names_of(concepts)
    core = {concept.code_point for concept in concepts[:chosen]}
    examples = []
    for picture in pictures:
        kind = "chosen" if picture.concept.code_point in core else "others"
        drawn = [
            draw_caption(picture.concept, picture.family.style, taken, chance) for _ in range(CAPTIONS[kind])
        ]
        weight = picture.concept.weight * STYLE_WEIGHTS.get(picture.family.style, 1.0)
        examples.append(Example(picture.pixels, kind, tuple(drawn), weight))
    main = [picture for picture in pictures if picture.concept.code_point in core]
    examples += _pixelated(pictures, taken, chance)
    examples += _tiles(tiles, chance)
    examples += _coloured(main, chance)
    examples += _pairs(main, chance)
    return examples


def sampling_weights(examples: list[Example]) -> list[float]:
    """Return the weight of every example, such that each kind gets its share."""
    totals = dict.fromkeys(SHARES, 0.0)
    for example in examples:
        totals[example.kind] += example.weight
    return [example.weight * SHARES[example.kind] / totals[example.kind] for example in examples]


def _pixelated(pictures: list[Picture], taken: frozenset[str], chance: random.Random) -> Iterator[Example]:
    for picture in pictures:
        if picture.family.style == PIXELATED_FROM:
            drawn = [
                draw_caption(picture.concept, PIXEL_STYLE, taken, chance)
                for _ in range(CAPTIONS["pixelated"])
            ]
            weight = picture.concept.weight
            yield Example(pixelated(picture.pixels), "pixelated", tuple(drawn), weight)


def _tiles(tiles: list[Tile], chance: random.Random) -> Iterator[Example]:
    for tile in tiles:
        drawn = [with_style(tile.name, PIXEL_STYLE, chance) for _ in range(CAPTIONS["tiles"])]
        yield Example(tile.pixels, "tiles", tuple(drawn), 1.0)


def _coloured(pictures: list[Picture], chance: random.Random) -> Iterator[Example]:
    for picture in pictures:
        if picture.concept.group == "people":
            continue
        for colour in chance.sample(COLOURS, COLOURS_A_PICTURE):
            drawn = [
                draw_colour_caption(picture.concept, colour, picture.family.style, chance)
                for _ in range(CAPTIONS["coloured"])
            ]
            pixels = recoloured(picture.pixels, colour)
            yield Example(pixels, "coloured", tuple(drawn), picture.concept.weight)


def _pairs(pictures: list[Picture], chance: random.Random) -> Iterator[Example]:
    weights = [picture.concept.weight for picture in pictures]
    styles: dict[str, list[int]] = {}
    for number, picture in enumerate(pictures):
        styles.setdefault(picture.family.style, []).append(number)
    for first in chance.choices(pictures, weights, k=PAIRS):
        rows = styles[first.family.style]
        second = pictures[chance.choices(rows, [weights[row] for row in rows])[0]]
        if second.concept != first.concept:
            caption = draw_pair_caption(first.concept, second.concept, first.family.style, chance)
            pixels = side_by_side(first.pixels, second.pixels)
            yield Example(pixels, "pairs", (caption,), 1.0, mirrors=False)
