"""Small pictures of sounds: the waveform."""

import io

import numpy as np

from audobon_cli.domain.errors import PictureUnreadable
from audobon_cli.media.sound.channels import one_channel
from audobon_cli.media.sound.decoding import open_sound

WIDTH, HEIGHT = 128, 64
COLOR = (86, 180, 233, 255)
"""A blue that people with every kind of sight tell from its ground (Okabe and Ito)."""


def envelope(data: bytes, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest sample of each of ``columns`` equal parts of the sound, full scale is 1.

    Raises PictureUnreadable.
    """
    opened = open_sound(data)
    low, high = np.zeros(columns), np.zeros(columns)
    done = 0
    for block in opened.blocks():
        mono = np.nan_to_num(one_channel(block))
        places = (np.arange(done, done + len(mono)) * columns // opened.frames).clip(0, columns - 1)
        np.minimum.at(low, places, mono)
        np.maximum.at(high, places, mono)
        done += len(mono)
    return low, high


def preview(data: bytes) -> bytes | None:
    """The waveform as a WebP of 128 x 64 pixels on clear ground; None for what cannot be decoded."""
    from PIL import Image

    try:
        low, high = envelope(data, WIDTH)
    except PictureUnreadable:
        return None
    rows = np.arange(HEIGHT)[:, None]
    middle = (HEIGHT - 1) / 2
    top = middle - np.clip(high, 0, 1) * middle - 0.5
    bottom = middle - np.clip(low, -1, 0) * middle + 0.5
    pixels = np.zeros((HEIGHT, WIDTH, 4), dtype=np.uint8)
    pixels[(rows >= top) & (rows <= bottom)] = COLOR
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "WEBP", lossless=True)
    return stream.getvalue()
