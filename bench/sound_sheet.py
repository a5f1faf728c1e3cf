"""Spectrograms of presets on one sheet: 60 Hz to 16 kHz, 60 dB, each as long as it is.

python bench/sound_sheet.py docs/images/sounds.png [--names coin laser ...]
"""

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from audobon_cli.engines.synth.plan import complete
from audobon_cli.engines.synth.render import render
from audobon_cli.engines.synth.spreads import played_by
from audobon_cli.presets.catalog import Presets, shipped_presets

RATE = 44_100
WIDTH, HEIGHT, GAP, LABEL, COLUMNS = 150, 84, 8, 14, 6
LOWEST, HIGHEST, RANGE_DB, LONGEST = 60.0, 16_000.0, 60.0, 3.0
NAMES = (
    "coin",
    "jump",
    "laser",
    "explosion",
    "powerup",
    "gameover",
    "click",
    "blip",
    "footsteps-gravel",
    "footsteps-wood",
    "door-creak",
    "door-slam",
    "sword-clash",
    "glass-break",
    "bell",
    "wind",
    "rain",
    "thunder",
    "fire",
    "stream",
    "engine",
    "siren",
    "bird",
    "creature-growl",
)
INK = ((13, 17, 33), (74, 41, 112), (190, 73, 88), (246, 167, 76), (255, 246, 211))
"""From silence to the loudest: dark to bright, so that it reads without colours."""


def spectrogram(samples: np.ndarray) -> np.ndarray:
    """Levels from 0 to 1, HEIGHT rows from high to low, WIDTH columns of LONGEST seconds."""
    size = 2048
    columns = max(8, min(WIDTH, round(WIDTH * len(samples) / RATE / LONGEST)))
    padded = np.concatenate([np.zeros(size // 2), samples, np.zeros(size)])
    starts = np.linspace(0, max(len(samples) - 1, 0), columns).astype(int)
    frames = np.stack([padded[start : start + size] for start in starts]) * np.hanning(size)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    hertz = LOWEST * (HIGHEST / LOWEST) ** (np.arange(HEIGHT + 1) / HEIGHT)
    places = np.clip(np.round(hertz * size / RATE).astype(int), 1, size // 2)
    rows = [power[:, low : max(low + 1, high)].max(axis=1) for low, high in pairwise(places)]
    levels = 10 * np.log10(np.stack(rows[::-1]) / power.max() + 1e-12)
    return np.clip(1 + levels / RANGE_DB, 0, 1)


def coloured(levels: np.ndarray) -> Image.Image:
    """The levels in INK, on a tile as wide as LONGEST seconds."""
    places = levels * (len(INK) - 1)
    whole = np.minimum(places.astype(int), len(INK) - 2)
    part = (places - whole)[..., None]
    ink = np.array(INK, dtype=float)
    tile = np.full((HEIGHT, WIDTH, 3), INK[0], dtype=np.uint8)
    tile[:, : levels.shape[1]] = (ink[whole] * (1 - part) + ink[whole + 1] * part).astype(np.uint8)
    return Image.fromarray(tile)


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--names", nargs="+", default=list(NAMES))
    arguments = parser.parse_args()
    presets = Presets((("built-in", shipped_presets()),)).sounds
    rows = -(-len(arguments.names) // COLUMNS)
    size = (COLUMNS * (WIDTH + GAP) + GAP, rows * (HEIGHT + LABEL + GAP) + GAP)
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    for number, name in enumerate(arguments.names):
        preset = presets[name]
        samples = render(played_by(complete(preset), preset.pattern), RATE, 1)[: int(LONGEST * RATE)]
        left = GAP + number % COLUMNS * (WIDTH + GAP)
        top = GAP + number // COLUMNS * (HEIGHT + LABEL + GAP)
        pen.text((left, top), name, fill=(40, 40, 40))
        sheet.paste(coloured(spectrogram(samples)), (left, top + LABEL))
    sheet.quantize(64).save(arguments.out, optimize=True)


if __name__ == "__main__":
    main()
