"""How loud a sound is from moment to moment, and which pitches are in it."""

from dataclasses import dataclass

import numpy as np

from audobon_cli.media.sound.channels import one_channel
from audobon_cli.media.sound.decoding import BLOCK_FRAMES, open_sound

LOWEST = 60.0
RANGE_DB = 60.0
SHADES = 4
MAX_BLOCKS = 40
"""Of a long sound the first 60 s or so are shown."""


@dataclass(frozen=True, slots=True)
class SpectrumPicture:
    """``levels`` from 0 to 1, one a column; ``shades`` from 0 to SHADES, a row for each band of ``hertz`` (its lower
    end)."""

    levels: tuple[float, ...]
    shades: tuple[tuple[int, ...], ...]
    hertz: tuple[float, ...]
    seconds: float


def spectrum_picture(data: bytes, columns: int, rows: int) -> SpectrumPicture:
    """The sound file ``data`` in ``columns`` equal parts and ``rows`` bands, as wide to the ear. Raises
    PictureUnreadable."""
    opened = open_sound(data)
    blocks = []
    for block in opened.blocks():
        blocks.append(np.nan_to_num(one_channel(block)))
        if len(blocks) * BLOCK_FRAMES > MAX_BLOCKS * BLOCK_FRAMES:
            break
    samples = np.concatenate(blocks)
    edges = LOWEST * (0.5 * opened.rate / LOWEST) ** (np.arange(rows + 1) / rows)
    size = 1024
    starts = (np.arange(columns) * max(len(samples) - size, 0) // max(columns - 1, 1)).astype(int)
    padded = np.concatenate([samples, np.zeros(size)])
    frames = np.stack([padded[start : start + size] for start in starts]) * np.hanning(size)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    hertz = np.fft.rfftfreq(size, 1 / opened.rate)
    bands = np.stack([power[:, _band(hertz, *edges[row : row + 2])].max(axis=1) for row in range(rows)])
    shades = np.clip(1 + (10 * np.log10(bands / max(bands.max(), 1e-12) + 1e-12)) / RANGE_DB, 0, 1) * SHADES
    parts = np.array_split(np.abs(samples), columns)
    levels = np.array([part.max() if len(part) else 0.0 for part in parts])
    return SpectrumPicture(
        tuple(float(level) for level in levels / max(levels.max(), 1e-9)),
        tuple(tuple(int(shade) for shade in np.rint(row)) for row in shades),
        tuple(float(edge) for edge in edges[:-1]),
        len(samples) / opened.rate,
    )


def _band(hertz: np.ndarray, low: float, high: float) -> np.ndarray:
    """The places of the spectrum from ``low`` to ``high``; the nearest one where none lies between."""
    inside = np.flatnonzero((hertz >= low) & (hertz < high))
    return inside if len(inside) else np.array([int(np.abs(hertz - low).argmin())])
