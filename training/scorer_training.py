"""Teaches the scorer that `ultra` chooses with: pictures into the space of the locked text encoder.

Writes float16 safetensors of about 1.2 MB. One style is kept from it, to say how well it does on renders it never
saw. It shares no weights or seed with the evaluator, which judges the result.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import torch
from audobon_cli.engines.scoring.image_scorer import ImageEncoder
from audobon_cli.engines.scoring.scored_pixels import WEIGHTS_FILE
from audobon_cli.engines.scoring.text_embedder import TextEmbedder
from safetensors.torch import save_file
from torch.nn import functional

from judging import Renders, disturbed, read_renders

SEED = 7
BATCH = 64
SHARPNESS = 30.0
"""What cosines are multiplied by before the softmax over all concepts."""

RATE = 3e-3


def text_bank(embedder: TextEmbedder, renders: Renders) -> list[torch.Tensor]:
    """Return, for each concept, its names and keywords as points: (texts, 384).

    The main name counts four times as often as all others together: keywords such as "face" go with many concepts.
    """
    bank = []
    for concept in renders.concepts:
        others = [*concept.names[1:], *concept.keywords]
        texts = [concept.names[0]] * max(1, 4 * len(others)) + others
        bank.append(torch.from_numpy(embedder.embed(texts)))
    return bank


def draw_texts(bank: list[torch.Tensor], generator: torch.Generator) -> torch.Tensor:
    """Return one point of each concept, drawn at random: (concepts, 384)."""
    places = torch.rand(len(bank), generator=generator).tolist()
    return torch.stack([points[int(place * len(points))] for points, place in zip(bank, places, strict=True)])


def train_scorer(renders: Renders, bank: list[torch.Tensor], minutes: float) -> tuple[ImageEncoder, int]:
    """Teach a tower for so many minutes; also return the number of pictures seen."""
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    tower = ImageEncoder()
    optimiser = torch.optim.AdamW(tower.parameters(), lr=RATE, weight_decay=0.02)
    began, seen, told = time.monotonic(), 0, 0.0
    while (share := (time.monotonic() - began) / (minutes * 60)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = max(RATE * min(1.0, share * 20, 1.05 - share), 1e-5)
        rows = torch.randint(len(renders.pixels), (BATCH,), generator=generator)
        points = functional.normalize(tower(disturbed(renders.pixels[rows], generator)), dim=-1)
        scores = points @ draw_texts(bank, generator).T
        loss = functional.cross_entropy(scores * SHARPNESS, renders.concept[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        seen += BATCH
        if share > told + 0.1:
            told = share
            note = {"share": round(share, 2), "seen": seen, "loss": round(loss.item(), 3)}
            print(json.dumps(note), flush=True)
    return tower.eval(), seen


@torch.inference_mode()
def retrieval(tower: ImageEncoder, renders: Renders, names: torch.Tensor) -> dict[str, float]:
    """Return how often the right name is nearest, and among the ten nearest, to a picture."""
    points = torch.cat([tower(part.float() / 255) for part in renders.pixels.split(256)])
    scores = functional.normalize(points, dim=-1) @ names.T
    places = (scores > scores.gather(1, renders.concept.unsqueeze(1))).sum(1)
    return {f"top{count}": float((places < count).float().mean()) for count in (1, 10)}


def main() -> None:
    """Train, write, and say how it does on the style kept from it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="diffusers folder whose text encoder is used")
    parser.add_argument("folder", type=Path, help="folder to write to")
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"), help="prepared data")
    parser.add_argument("--kept", default="soft", help="style not shown in training")
    parser.add_argument("--minutes", type=float, default=15)
    options = parser.parse_args()
    renders = read_renders(options.work)
    embedder = TextEmbedder(options.model)
    bank = text_bank(embedder, renders)
    tower, seen = train_scorer(renders.without_styles([options.kept]), bank, options.minutes)
    options.folder.mkdir(parents=True, exist_ok=True)
    halves = {
        name: value.half() if value.is_floating_point() else value
        for name, value in tower.state_dict().items()
    }
    save_file(halves, options.folder / WEIGHTS_FILE, {"seen": str(seen), "kept": options.kept})
    names = torch.from_numpy(embedder.embed([concept.names[0] for concept in renders.concepts]))
    found = retrieval(tower, renders.of_styles([options.kept]), names)
    print(json.dumps({"style": options.kept, "seen": seen, **found}))


if __name__ == "__main__":
    main()
