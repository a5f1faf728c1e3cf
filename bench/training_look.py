"""A look that the built-in model has never seen, drawn by script: woodcuts in four inks.

Shapes are those of the shipped drawings, what one sees of them is not: tones become inks, middle tones become broad
diagonal hatching, and a heavy line with a light rim stands around everything. Every pixel is one of the four inks, or
clear, as in sprites for games. Patterns are as coarse as the model's autoencoder can hold.

python bench/training_look.py FOLDER [COUNT]     # writes sprites of 64 x 64 pixels
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from audobon_cli.exemplars.picture import draw_scene
from audobon_cli.exemplars.plan import planner_of, store_of
from audobon_cli.exemplars.store import STORE

SIDE, FACTOR = 64, 4
INKS = np.array([[22, 28, 66], [196, 66, 40], [42, 140, 132], [244, 232, 200]], dtype=np.float32)
"""Line, hatching, ground tone and light: midnight, vermilion, teal, paper."""
LINE, RIM = 12, 10
"""Widths of the line around a figure and of the light rim within it, in quarters of a pixel."""
HATCH = 48
"""Quarters of a pixel from one line of the hatching to the next."""

TAUGHT = (
    *("sword", "shield", "potion", "heart", "key", "castle", "fish", "tree", "mushroom", "crown"),
    *("bomb", "bow", "cat", "house", "apple", "star", "axe", "ghost", "chest", "boot"),
)
"""What a LoRA is taught with."""
ASKED = (
    *("dragon", "dog", "helmet", "ring", "skull", "book", "rocket", "bird", "flower", "candle"),
    *("hammer", "frog", "ship", "cake", "owl", "robot", "anchor", "snake", "bell", "lantern"),
)
"""What is asked for afterwards: none of TAUGHT."""
OTHERS = (
    *("horse", "pig", "cow", "bear", "spider", "whale", "car", "train", "guitar", "umbrella"),
    *("scissors", "hourglass", "balloon", "cherry", "lemon", "carrot", "cheese", "moon", "cloud", "cactus"),
    *("snail", "turtle", "penguin", "rabbit", "fox", "lion", "monkey", "butterfly", "bee", "crab"),
)
"""What a judge of the look learns it from: none of the others."""


def woodcut(thing: str, seed: int) -> Image.Image:
    """``thing`` in that look: RGBA, 64 x 64."""
    large = SIDE * FACTOR
    scene = planner_of(STORE).scene(thing, "flat", seed, SIDE)
    plain = draw_scene(scene, store_of(STORE), large).convert("RGBA")
    shrunk = plain.resize((large - 8 * FACTOR, large - 8 * FACTOR), Image.Resampling.LANCZOS)
    canvas = Image.new("RGBA", (large, large))
    canvas.paste(shrunk, (4 * FACTOR, 4 * FACTOR))
    figure = canvas.getchannel("A").point([0] * 128 + [255] * 128)
    around = figure.filter(ImageFilter.MaxFilter(LINE * 2 + 1))
    inside = figure.filter(ImageFilter.MinFilter(RIM * 2 + 1))
    tone = np.asarray(
        canvas.convert("RGB").convert("L").filter(ImageFilter.MedianFilter(9)), dtype=np.float32
    )
    body = np.asarray(figure) > 0
    low, high = (np.percentile(tone[body], share) for share in (15, 65)) if body.any() else (0.0, 255.0)
    rows, columns = np.indices((large, large))
    lines = (rows + columns) % HATCH < HATCH * 0.5
    inks = np.where(tone < low, 0, np.where(tone <= high, 2, 3))
    inks = np.where((inks == 2) & lines, 1, inks)
    inks = np.where(np.asarray(inside) > 0, inks, 3)  # the light rim
    inks = np.where(body, inks, 0)
    pixels = np.zeros((large, large, 4), dtype=np.float32)
    pixels[..., :3] = INKS[inks]
    pixels[..., 3] = np.asarray(around)
    image = Image.fromarray(pixels.astype(np.uint8))
    return image.resize((SIDE, SIDE), Image.Resampling.NEAREST)


def main() -> None:
    """Write the pictures that are taught with, named after what they show."""
    folder = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else len(TAUGHT)
    folder.mkdir(parents=True, exist_ok=True)
    for place, thing in enumerate(TAUGHT[:count]):
        woodcut(thing, place).save(folder / f"{thing}.png")


if __name__ == "__main__":
    main()
