"""What a card asks of a finished picture, and pictures that are brought to it."""

import hashlib
from dataclasses import replace

import numpy as np

from audobon_cli.domain.output.dress import Dress
from audobon_cli.domain.units import Size
from audobon_cli.media.image.dress import dressed
from audobon_cli.media.image.oklab import from_oklab
from audobon_cli.media.image.pixels import Pixels, as_image
from audobon_cli.styles.card import StyleCard
from audobon_cli.styles.look import look_of

FEW_COLOURS = 64
"""A card of at most so many colours a picture, with hard edges, is of pixel art, whatever its grid."""

PIXEL_SIDE = 64
"""Pixel art without a grid has at most so many pixels a side."""

PULL, REACH = 0.5, 0.12
"""How far colours go to a card's, and from which OKLab distance on hardly any more: all the way would flatten their
shading, and paint an apple brown where no picture of the set is red (measured by bench/style.py)."""

TRANSFERRED = 0.75
"""As PULL, of a picture that is brought to a card as it is: there what it shows is not in doubt."""

ONE_PALETTE = 0.01
"""OKLab distance from a card's 24 colours up to which a set has one palette, to which pixel art goes altogether."""

LEAST_SHARE = 0.002
"""Colours of a card with less of its pixels are left out."""

SHARED_LINE = 0.5
"""An outline that so much of the rims of a set has is drawn."""


def dress_of(card: StyleCard, size: Size) -> Dress:
    """What ``card`` asks of a picture of ``size``; which asset the card is stands nowhere yet."""
    cell = _cell(card, size)
    hard = card.value("soft_alpha") < 0.02
    is_pixel_art = cell > 1 or (
        hard and card.value("colours") <= FEW_COLOURS and card.value("side") <= PIXEL_SIDE
    )
    exact = is_pixel_art and card.value("off_palette") <= ONE_PALETTE
    weight = card.value("outline") if card.value("outline_share") >= SHARED_LINE else 0.0
    line = round(weight if cell > 1 else weight * size.width / card.value("side"))
    return Dress(
        card=hashlib.sha256(card.to_json().encode()).hexdigest(),
        lightness=_usual(card, "lightness"),
        contrast=_usual(card, "contrast"),
        chroma=_usual(card, "chroma"),
        palette=_palette(card),
        pull=1.0 if exact else PULL,
        reach=0.0 if exact else REACH,
        cell=cell,
        hard=is_pixel_art and hard,
        outline=min(line, 64),
        outline_colour=_ink(card),
    )


def _cell(card: StyleCard, size: Size) -> int:
    """The side of a card's pixels in a picture of ``size``: such that it has as many of them as the set's have, or as
    near to that as its sides allow."""
    if card.value("grid") < 1.5:
        return 1
    wanted = size.width * card.value("grid") / card.value("side")
    fitting = [
        cell
        for cell in range(1, min(size.width, size.height) // 8 + 1)
        if size.width % cell == size.height % cell == 0
    ]
    return min(fitting, key=lambda cell: abs(cell - wanted), default=1)


def _palette(card: StyleCard) -> tuple[str, ...]:
    lab = np.array([colour.lab for colour in card.palette if colour.share >= LEAST_SHARE])
    return tuple("#" + bytes(row).hex() for row in from_oklab(lab).tolist())


def _ink(card: StyleCard) -> str:
    """The colour of the palette that is about as light as the lines of the set, and as near to grey as may be: lines
    are often of the hue of what they surround."""
    light = card.value("outline_light")

    def apart(lab: tuple[float, float, float]) -> float:
        return float(abs(lab[0] - light) + (lab[1] ** 2 + lab[2] ** 2) ** 0.5)

    nearest = min((colour.lab for colour in card.palette), key=apart)
    return "#" + bytes(from_oklab(np.array([nearest]))[0].tolist()).hex()


def transferred(pixels: Pixels, card: StyleCard, strength: float) -> Pixels:
    """``pixels`` in the style of ``card``: its colours moved by ``strength`` (0 to 1), in the card's cells and edges,
    with its line if the figure has none."""
    look = look_of(pixels)
    if look.is_blank:
        return pixels
    height, width = pixels.shape[:2]
    dress = dress_of(card, Size(width, height))
    if look.values["outline_share"] >= SHARED_LINE:
        dress = replace(dress, outline=0)
    pull = 1.0 if dress.cell > 1 or dress.hard else TRANSFERRED  # as for pixel art and all else
    moved = replace(dress, strength=strength, pull=pull * strength, reach=0.0)
    return np.array(dressed(as_image(pixels), moved), dtype=np.uint8)


def _usual(card: StyleCard, name: str) -> tuple[float, float]:
    """From and to what a measure is usual: a deviation to either side of the median, so that a dark thing stays darker
    than a light one."""
    spread = card.spreads[name]
    return (
        round(min(max(spread.middle - spread.deviation, 0.0), 1.0), 4),
        round(min(max(spread.middle + spread.deviation, 0.0), 1.0), 4),
    )
