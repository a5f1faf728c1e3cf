"""Small pictures for the workshop's tests, drawn here."""

import io
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageDraw

from audobon_cli.media.image.pixels import DecodedImage, Pixels

FEW = np.array([[0, 0, 0, 0], [255, 0, 0, 255], [0, 0, 255, 128], [9, 9, 9, 1]], dtype=np.uint8)
RED, DARK, GREEN, SKIN = (200, 40, 40), (60, 10, 20), (40, 160, 60), (240, 200, 160)


def picture(pixels: Any, name: str = "sprite") -> DecodedImage:
    """``pixels`` as an operation's input."""
    return DecodedImage(name, (np.asarray(pixels, dtype=np.uint8),))


def canvas(width: int, height: int) -> Pixels:
    """All transparent."""
    return np.zeros((height, width, 4), dtype=np.uint8)


def knight(size: int = 16, shift: int = 0) -> Pixels:
    """A small figure in flat colours, ``shift`` pixels to the right."""
    image = Image.new("RGBA", (size, size))
    draw = ImageDraw.Draw(image)
    unit = size // 16
    draw.rectangle([4 * unit + shift, 5 * unit, 11 * unit - 1 + shift, 14 * unit - 1], fill=RED)
    draw.rectangle([5 * unit + shift, 2 * unit, 10 * unit - 1 + shift, 5 * unit - 1], fill=SKIN)
    draw.rectangle([4 * unit + shift, 14 * unit, 6 * unit - 1 + shift, 15 * unit - 1], fill=DARK)
    draw.rectangle([9 * unit + shift, 14 * unit, 11 * unit - 1 + shift, 15 * unit - 1], fill=DARK)
    draw.rectangle([6 * unit + shift, 8 * unit, 8 * unit - 1 + shift, 10 * unit - 1], fill=GREEN)
    return np.array(image)


def disc(size: int = 64, colour: tuple[int, int, int] = RED) -> Pixels:
    """A disc with soft edges."""
    image = Image.new("RGBA", (size * 8, size * 8))
    ImageDraw.Draw(image).ellipse([size, size, size * 7, size * 7], fill=colour)
    return np.array(image.convert("RGBa").resize((size, size), Image.Resampling.BOX).convert("RGBA"))


def over(pixels: Pixels, colour: tuple[int, int, int]) -> Pixels:
    """``pixels`` on an opaque background."""
    below = Image.new("RGBA", (pixels.shape[1], pixels.shape[0]), (*colour, 255))
    below.alpha_composite(Image.fromarray(pixels))
    return np.array(below)


def saved(pixels: Pixels, **options: Any) -> bytes:
    """``pixels`` as a file, a PNG unless ``format`` is given."""
    stream = io.BytesIO()
    mode = options.pop("mode", "RGBA")
    Image.fromarray(pixels).convert(mode).save(stream, **{"format": "PNG", **options})
    return stream.getvalue()


def any_pixels(largest: int = 12) -> st.SearchStrategy[Pixels]:
    """Small pictures in few colours, often with transparent margins."""
    shapes = st.tuples(st.integers(1, largest), st.integers(1, largest))
    places = shapes.flatmap(lambda shape: arrays.arrays(np.uint8, shape, elements=st.integers(0, 3)))
    return places.map(lambda each: FEW[each])
