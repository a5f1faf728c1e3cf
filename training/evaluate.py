"""Checks what the model draws: a contact sheet for people, and a retrieval score for comparing runs.

The score: each concept is drawn once per style; the nearest training picture of that style (by the distance
of premultiplied pixels, averaged down to 16 x 16) should show the same concept. It says whether the
right thing was drawn, not whether it is drawn well, and it rewards remembering the training set; a new
combination has no score here.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import DiffusionPipeline
from PIL import Image
from torch.nn.functional import avg_pool2d

from concepts import read_concepts, styled
from dataset import SpriteDataset
from sources import read_sources

SHEET_PROMPTS = (
    "dragon", "cute dragon", "robot", "cat", "dog", "apple", "sword", "crossed swords",
    "heart", "skull", "ghost", "castle", "tree", "mushroom", "potion", "gem",
    "crown", "shield", "key", "bomb", "fire", "star", "rocket", "fish",
)  # fmt: skip
SHEET_STYLES = ("", "cartoon", "flat", "vivid", "clipart", "3d")
MARGIN = 4
BACKGROUND = (118, 122, 132)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw: steps of the sampler, guidance scale, seed of the first picture."""

    steps: int
    guidance: float
    seed: int = 0


def load(folder: Path) -> DiffusionPipeline:
    """Load the exported folder as any user of diffusers would, in float32."""
    pipeline = DiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def draw(pipeline: DiffusionPipeline, prompts: list[str], sampling: Sampling, batch: int = 32) -> np.ndarray:
    """Draw each prompt once, each from a seed of its own; return (N, 64, 64, 4) in [0, 1], premultiplied."""
    parts = []
    for start in range(0, len(prompts), batch):
        chunk = prompts[start : start + batch]
        seeds = [torch.Generator().manual_seed(sampling.seed + start + place) for place in range(len(chunk))]
        result = pipeline(
            chunk,
            num_inference_steps=sampling.steps,
            guidance_scale=sampling.guidance,
            generator=seeds,
            output_type="np",
        )
        parts.append(result.images)
    return np.concatenate(parts)


def straight_alpha(premultiplied: np.ndarray) -> np.ndarray:
    """Turn premultiplied pictures (..., 4) in [0, 1] into straight RGBA bytes; clear pixels get black.

    Alpha below 4/255 counts as clear, since colours divided by it would be noise.
    """
    alpha = premultiplied[..., 3:]
    clear = alpha < 4 / 255
    colour = np.where(clear, 0, premultiplied[..., :3] / np.where(clear, 1, alpha)).clip(0, 1)
    return (np.concatenate([colour, np.where(clear, 0, alpha)], axis=-1) * 255 + 0.5).astype(np.uint8)


def sheet(pictures: np.ndarray, columns: int, scale: int) -> Image.Image:
    """Lay straight RGBA pictures (N, 64, 64, 4) out on grey, row by row."""
    side = pictures.shape[1] * scale + MARGIN
    rows = -(-len(pictures) // columns)
    canvas = Image.new("RGB", (columns * side + MARGIN, rows * side + MARGIN), BACKGROUND)
    for number, pixels in enumerate(pictures):
        picture = Image.fromarray(pixels).resize((side - MARGIN, side - MARGIN), Image.Resampling.NEAREST)
        canvas.paste(picture, (MARGIN + number % columns * side, MARGIN + number // columns * side), picture)
    return canvas


def contact_sheet(pipeline: DiffusionPipeline, sampling: Sampling, scale: int = 1) -> Image.Image:
    """Draw the fixed prompts, one a column, in every style, one a row (the first row names no style)."""
    prompts = [
        styled(prompt, style) if style else prompt for style in SHEET_STYLES for prompt in SHEET_PROMPTS
    ]
    return sheet(straight_alpha(draw(pipeline, prompts, sampling)), len(SHEET_PROMPTS), scale)


def retrieval(
    pipeline: DiffusionPipeline, data: SpriteDataset, sampling: Sampling, limit: int
) -> dict[str, float]:
    """Return, per style and in all, the share of drawn concepts whose nearest training picture shows them.

    At most `limit` concepts are drawn per style, spread over the list.
    """
    concepts = read_concepts()
    styles = sorted(source.style for source in read_sources().values() if source.style)
    scores: dict[str, float] = {}
    for number, style in enumerate(styles):
        rows = torch.nonzero(data.family == number).squeeze(1)
        known = data.concept[rows]
        asked = known[:: max(1, len(known) // limit)][:limit]
        prompts = [styled(concepts[concept].names[0], style) for concept in asked.tolist()]
        drawn = torch.from_numpy(draw(pipeline, prompts, sampling)).permute(0, 3, 1, 2)
        originals = data.values(rows) / 2 + 0.5
        distances = torch.cdist(avg_pool2d(drawn, 4).flatten(1), avg_pool2d(originals, 4).flatten(1))
        scores[style] = float((known[distances.argmin(1)] == asked).float().mean())
    return scores | {"mean": sum(scores.values()) / len(scores)}


def main() -> None:
    """Run the check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="exported model")
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"), help="work directory")
    parser.add_argument("--sheet", type=Path, help="write the contact sheet to this PNG")
    parser.add_argument(
        "--concepts", type=int, default=0, help="concepts per style for the retrieval score; 0: none"
    )
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scale", type=int, default=1, help="enlargement of the contact sheet")
    options = parser.parse_args()
    sampling = Sampling(options.steps, options.guidance, options.seed)
    pipeline = load(options.folder)
    if options.sheet is not None:
        drawn = contact_sheet(pipeline, sampling, options.scale)
        dither = Image.Dither.FLOYDSTEINBERG  # a palette halves the file; dithering keeps the shading
        drawn.quantize(256, palette=drawn.quantize(256), dither=dither).save(options.sheet, optimize=True)
    if options.concepts:
        print(json.dumps(retrieval(pipeline, SpriteDataset(options.work), sampling, options.concepts)))


if __name__ == "__main__":
    main()
