"""The evaluator: a small network that names the concept of a picture, taught by real renders alone.

It never sees a drawn picture, nor any render of the styles it is held out from, so that it judges drawn and real
pictures of such a style on equal terms. It shares no weights, seed or design with the scorer that `ultra` uses.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from judging import Renders, disturbed, read_renders

FAMILIES = {"vivid": ["vivid", "3d", "glossy"], "flat": ["flat", "outline"], "cartoon": ["cartoon", "round"]}
"""Styles whose pictures were drawn by the same hands: held out together."""

SEED = 41
BATCH = 64
WIDTHS = (48, 96, 192)


class Evaluator(nn.Module):
    """Pictures (N, 4, 64, 64) in [0, 1], premultiplied, to scores of concepts (N, concepts)."""

    def __init__(self, concepts: int) -> None:
        super().__init__()
        first, second, third = WIDTHS
        self.layers = nn.Sequential(
            nn.AvgPool2d(2),
            _step(4, first, 2),
            _Residual(first),
            _step(first, second, 2),
            _Residual(second),
            _step(second, third, 2),
            _Residual(third),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(third, concepts),
        )

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """See the class."""
        scores: torch.Tensor = self.layers(pictures)
        return scores


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(_step(width, width, 1), _step(width, width, 1))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = values + self.layers(values)
        return result


def _step(inner: int, outer: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(inner, outer, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outer), nn.ReLU())


Disturb = Callable[[torch.Tensor, torch.Generator], torch.Tensor]


def train_evaluator(
    renders: Renders,
    minutes: float,
    disturb: Disturb = disturbed,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Evaluator, int]:
    """Teach an evaluator for so many minutes of `clock` by pictures `disturb`ed; also return how many it saw."""
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    model = Evaluator(len(renders.concepts))
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.05)
    began, seen, told = clock(), 0, 0.0
    while (share := (clock() - began) / (minutes * 60)) < 1:
        rate = 3e-3 * min(1.0, share * 20, 1.05 - share)
        for group in optimiser.param_groups:
            group["lr"] = max(rate, 1e-5)
        rows = torch.randint(len(renders.pixels), (BATCH,), generator=generator)
        scores = model(disturb(renders.pixels[rows], generator))
        loss = functional.cross_entropy(scores, renders.concept[rows], label_smoothing=0.1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        seen += BATCH
        if share > told + 0.1:
            told = share
            print(
                json.dumps({"share": round(share, 2), "seen": seen, "loss": round(loss.item(), 3)}),
                flush=True,
            )
    return model.eval(), seen


@torch.inference_mode()
def ranks(model: nn.Module, pictures: torch.Tensor, concept: torch.Tensor) -> torch.Tensor:
    """Return the place (from 0) of each picture's true concept among all; pictures (N, 4, 64, 64) in [0, 1]."""
    scores = torch.cat([model(part) for part in pictures.split(256)])
    right = scores.gather(1, concept.unsqueeze(1))
    return (scores > right).sum(1)


def top(places: torch.Tensor, count: int) -> float:
    """Return the share of `places` below `count`."""
    return float((places < count).float().mean())


def load_evaluator(path: Path) -> tuple[Evaluator, dict[str, str]]:
    """Read an evaluator and what is noted with it: `held_out`, `seen`, `seed`."""
    with safe_open(path, "pt") as tensors:
        notes = dict(tensors.metadata())
        weights = {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118, no mapping
    model = Evaluator(len(weights["layers.10.bias"]))
    model.load_state_dict(weights)
    return model.eval(), notes


def main() -> None:
    """Train the evaluator and say how good it is on the renders it was held out from."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"), help="prepared data")
    parser.add_argument("--out", type=Path, default=Path("evaluator.safetensors"))
    parser.add_argument("--style", default="vivid", help="the style to judge; its family is held out")
    parser.add_argument("--minutes", type=float, default=15)
    options = parser.parse_args()
    held_out = FAMILIES.get(options.style, [options.style])
    renders = read_renders(options.work)
    model, seen = train_evaluator(renders.without_styles(held_out), options.minutes)
    notes = {"held_out": json.dumps(held_out), "seen": str(seen), "seed": str(SEED)}
    save_file(model.state_dict(), options.out, notes)
    for style in held_out:
        real = renders.of_styles([style])
        places = ranks(model, real.pixels.float() / 255, real.concept)
        print(json.dumps({"style": style, "top1": top(places, 1), "top10": top(places, 10)}))


if __name__ == "__main__":
    main()
