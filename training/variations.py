"""Pictures made from pictures: other colours, pixel art, two at once."""

from __future__ import annotations

import numpy as np
from PIL import Image

from pictures import PICTURE_PIXELS

HUES = {"red": 0.0, "orange": 0.08, "yellow": 0.15, "green": 0.33, "cyan": 0.5, "blue": 0.61, "purple": 0.77,
        "pink": 0.92}  # fmt: skip
"""Named hues, as shares of the circle that starts and ends at red."""

RAMPS = {
    "golden": ((80, 40, 0), (230, 160, 30), (255, 245, 170)),
    "silver": ((50, 55, 65), (160, 168, 180), (250, 252, 255)),
    "black": ((8, 8, 12), (45, 45, 55), (120, 120, 135)),
    "white": ((130, 130, 140), (225, 225, 230), (255, 255, 255)),
    "brown": ((50, 25, 10), (130, 80, 40), (215, 170, 120)),
}
"""Colours that are no hue: dark, middle and light, RGB."""

COLOURS = (*HUES, *RAMPS)

LEAST_CONTRAST = 100.0
"""Range of light that a ramp is spread over at least: less would turn noise into spots."""

PIXEL_COLOURS = 20
PIXEL_SIDE = 32
PAIR_PIXELS = 36


def recoloured(pixels: np.ndarray, colour: str) -> np.ndarray:
    """Return a picture in a named colour: its hues turned together, or its light mapped onto a ramp.

    Turning keeps a picture's other colours apart; a grey one has no hue to turn and is tinted.

    Args:
        pixels: uint8, (64, 64, 4), premultiplied, as the result.
    """
    straight = _straight(pixels)
    if colour in RAMPS:
        light = straight.convert("RGB").convert("L")
        values = np.asarray(light, dtype=np.float32)
        visible = pixels[..., 3] > 128
        low, middle, high = (
            np.percentile(values[visible], (5, 50, 95)) if visible.any() else (0.0, 128.0, 255.0)
        )
        places = np.clip(0.5 + (values - middle) / max(high - low, LEAST_CONTRAST), 0, 1)
        ramp = np.array(RAMPS[colour], dtype=np.float32)
        colours = np.stack([np.interp(places, (0, 0.5, 1), ramp[:, band]) for band in range(3)], axis=-1)
        return _premultiplied(colours.astype(np.uint8), pixels[..., 3])
    hsv = np.asarray(straight.convert("RGB").convert("HSV")).astype(np.int16)
    weight = pixels[..., 3] / 255 * (hsv[..., 1] / 255) * (hsv[..., 2] / 255)
    target = round(HUES[colour] * 255)
    if weight.sum() < 0.15 * (pixels[..., 3] / 255).sum():
        hsv[..., 0], hsv[..., 1] = target, np.clip(hsv[..., 1] + 150, 0, 200)
    else:
        angles = hsv[..., 0] / 255 * 2 * np.pi
        mean = np.angle((weight * np.exp(1j * angles)).sum()) / (2 * np.pi) * 255
        hsv[..., 0] = (hsv[..., 0] + target - round(mean)) % 256
    colours = np.asarray(Image.fromarray(hsv.astype(np.uint8), "HSV").convert("RGB"))
    return _premultiplied(colours, pixels[..., 3])


def pixelated(pixels: np.ndarray) -> np.ndarray:
    """Return a picture as pixel art: 32 x 32 with few colours and hard edges, each pixel doubled."""
    small = Image.fromarray(pixels, "RGBa").resize((PIXEL_SIDE, PIXEL_SIDE), Image.Resampling.BOX)
    straight = small.convert("RGBA")
    solid = np.asarray(straight)[..., 3] > 110
    flat = straight.convert("RGB").quantize(PIXEL_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colours = np.where(solid[..., None], np.asarray(flat.convert("RGB")), 0).astype(np.uint8)
    values = np.concatenate([colours, np.where(solid, 255, 0).astype(np.uint8)[..., None]], axis=-1)
    factor = PICTURE_PIXELS // PIXEL_SIDE
    return values.repeat(factor, 0).repeat(factor, 1)


def side_by_side(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return two pictures in one: the first at the lower left, the second at the right, a little higher."""
    canvas = Image.new("RGBa", (PICTURE_PIXELS, PICTURE_PIXELS))
    room = PICTURE_PIXELS - PAIR_PIXELS
    for pixels, place in ((second, (room, room // 4)), (first, (0, room - room // 4))):
        small = Image.fromarray(pixels, "RGBa").resize((PAIR_PIXELS, PAIR_PIXELS), Image.Resampling.BOX)
        mask = small.getchannel(3)
        under = canvas.crop((*place, place[0] + PAIR_PIXELS, place[1] + PAIR_PIXELS))
        kept = np.asarray(under).astype(np.float32) * (1 - np.asarray(mask)[..., None] / 255)
        both = (np.asarray(small) + kept).clip(0, 255).astype(np.uint8)
        canvas.paste(Image.fromarray(both, "RGBa"), place)
    return np.asarray(canvas)


def _straight(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels, "RGBa").convert("RGBA")


def _premultiplied(colours: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    values = colours.astype(np.uint16) * alpha[..., None] // 255
    return np.concatenate([values.astype(np.uint8), alpha[..., None]], axis=-1)
