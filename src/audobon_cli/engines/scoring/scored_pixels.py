"""What the scorer's network sees of pictures, whatever runs it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WEIGHTS_FILE = "scorer.safetensors"
SIDE = 64
"""Pixels a side that the network sees; other pictures are resized."""


def scored_pixels(images: Sequence[Image.Image]) -> NDArray[np.float32]:
    """``images`` as float32 (len(images), 4, 64, 64) in 0..1, colour multiplied by alpha."""
    pictures = np.zeros((len(images), SIDE, SIDE, 4), dtype=np.float32)
    for place, image in enumerate(images):
        small = image.convert("RGBA").convert("RGBa")
        if small.size != (SIDE, SIDE):
            small = small.resize((SIDE, SIDE), Image.Resampling.BOX)
        pictures[place] = np.asarray(small, dtype=np.float32) / 255
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))
