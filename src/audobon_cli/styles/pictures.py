"""Looks of pictures, and the picture of a card."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audobon_cli.domain.errors import PictureUnusable
from audobon_cli.media.image.inspect import STYLE_TEXT
from audobon_cli.media.image.oklab import from_oklab
from audobon_cli.media.image.pixels import DecodedImage, Pixels, resized
from audobon_cli.styles.card import StyleCard, card_from_json
from audobon_cli.styles.distance import distance, palette_of
from audobon_cli.styles.drawing import drawings
from audobon_cli.styles.look import Look, look_of

WIDTH, SWATCHES, SHOWN = 256, 64, 4
"""Pixels of a card's picture: its width, the height of its colours; and how many of the set it shows below."""

CELL = WIDTH // SHOWN


def looks_of(pictures: Sequence[Pixels]) -> list[Look]:
    """The look of each, with ``drawing``. About 3 ms for 64 x 64 pixels."""
    return [
        replace(look_of(pixels), drawing=drawn)
        for pixels, drawn in zip(pictures, drawings(pictures), strict=True)
    ]


def card_of(picture: DecodedImage) -> StyleCard:
    """The card that a picture carries. Raises PictureUnusable for one without."""
    try:
        return card_from_json(picture.texts[STYLE_TEXT])
    except (KeyError, ValueError) as error:
        raise PictureUnusable(
            f"{picture.name} is no style card.", hint="learn one with `audobon style learn SET --name NAME`"
        ) from error


def card_picture(card: StyleCard, pictures: Sequence[Pixels], looks: Sequence[Look]) -> Pixels:
    """What a card looks like: its colours from dark to light, each the wider the more of it there is, and below the
    most typical of ``pictures``."""
    canvas = np.zeros((SWATCHES + CELL, WIDTH, 4), dtype=np.uint8)
    canvas[:SWATCHES, :, :3] = _swatches(card)
    canvas[:SWATCHES, :, 3] = 255
    apart = [distance(look, card).total for look in looks]
    for place, number in enumerate(sorted(range(len(apart)), key=apart.__getitem__)[:SHOWN]):
        small = _fitted(pictures[number])
        height, width = small.shape[:2]
        top, left = SWATCHES + (CELL - height) // 2, place * CELL + (CELL - width) // 2
        canvas[top : top + height, left : left + width] = small
    return canvas


def _swatches(card: StyleCard) -> NDArray[np.uint8]:
    lab = palette_of(card)
    order = np.argsort(lab[:, 0], kind="stable")
    widths = np.sqrt([card.palette[k].share for k in order])
    ends = np.round(np.cumsum(widths) / widths.sum() * WIDTH).astype(int)
    colours = from_oklab(lab[order])
    row: NDArray[np.uint8] = np.repeat(colours, np.diff(ends, prepend=0), axis=0)
    return row


def _fitted(pixels: Pixels) -> Pixels:
    """``pixels`` in at most CELL pixels a side: smaller ones repeated whole times."""
    height, width = pixels.shape[:2]
    factor = CELL / max(height, width)
    if factor >= 1:
        return np.repeat(np.repeat(pixels, int(factor), axis=0), int(factor), axis=1)
    return resized(pixels, max(1, round(width * factor)), max(1, round(height * factor)))
