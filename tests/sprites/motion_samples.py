"""Figures to be moved: with eyes, legs, a lid; in flat colours."""

import numpy as np
from PIL import Image, ImageDraw

from audobon_cli.media.image.pixels import Pixels

CREAM, BROWN, BLACK, GOLD, TEAL = (240, 220, 180), (120, 70, 30), (20, 16, 24), (250, 210, 60), (40, 150, 150)


def imp(size: int = 32) -> Pixels:
    """A figure on two legs with a head, two eyes and an arm on its right."""
    image = Image.new("RGBA", (32, 32))
    draw = ImageDraw.Draw(image)
    draw.rectangle([11, 22, 14, 29], fill=BROWN, outline=BLACK)
    draw.rectangle([17, 22, 20, 29], fill=BROWN, outline=BLACK)
    draw.rectangle([10, 13, 21, 23], fill=TEAL, outline=BLACK)
    draw.rectangle([21, 15, 26, 18], fill=CREAM, outline=BLACK)
    draw.rectangle([8, 3, 23, 13], fill=CREAM, outline=BLACK)
    draw.rectangle([12, 7, 13, 9], fill=BLACK)
    draw.rectangle([18, 7, 19, 9], fill=BLACK)
    draw.rectangle([15, 15, 16, 20], fill=GOLD)
    return np.array(image).repeat(size // 32, axis=0).repeat(size // 32, axis=1)


def chest() -> Pixels:
    """A chest with a lid that ends at row 14."""
    image = Image.new("RGBA", (32, 32))
    draw = ImageDraw.Draw(image)
    draw.rectangle([3, 6, 28, 28], fill=BROWN, outline=BLACK)
    draw.rectangle([3, 12, 28, 13], fill=GOLD)
    draw.rectangle([14, 11, 17, 17], fill=GOLD, outline=BLACK)
    return np.array(image)


def door() -> Pixels:
    """A door, twice as tall as wide."""
    image = Image.new("RGBA", (20, 36))
    draw = ImageDraw.Draw(image)
    draw.rectangle([2, 1, 17, 34], fill=BROWN, outline=BLACK)
    draw.rectangle([5, 5, 14, 14], fill=GOLD)
    return np.array(image)
