"""What the evaluator and the scorer share: real renders to learn from, made worse as drawn pictures are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch.nn import functional

from concepts import Concept, read_concepts
from sources import read_sources


@dataclass(frozen=True, slots=True)
class Renders:
    """Real pictures of concepts.

    Attributes:
        pixels: (N, 4, 64, 64) uint8, colour multiplied by alpha.
        concept: (N,), places in `concepts`.
        style: (N,), places in `styles`.
    """

    pixels: torch.Tensor
    concept: torch.Tensor
    style: torch.Tensor
    concepts: list[Concept]
    styles: list[str]

    def of_styles(self, names: list[str]) -> Renders:
        """Return the pictures of these styles."""
        return self._where(torch.isin(self.style, self._numbers(names)))

    def without_styles(self, names: list[str]) -> Renders:
        """Return the pictures of all other styles."""
        return self._where(~torch.isin(self.style, self._numbers(names)))

    def _numbers(self, names: list[str]) -> torch.Tensor:
        return torch.tensor([self.styles.index(name) for name in names], dtype=torch.long)

    def _where(self, chosen: torch.Tensor) -> Renders:
        return Renders(
            self.pixels[chosen], self.concept[chosen], self.style[chosen], self.concepts, self.styles
        )


def read_renders(work: Path) -> Renders:
    """Read what `prepare.py` rendered, without the examples made from it.

    Raises:
        FileNotFoundError: `prepare.py` has not run.
    """
    concepts = read_concepts(read_sources()["emojibase"].folder(work))
    with safe_open(work / "pictures.safetensors", "pt") as tensors:
        pixels = tensors.get_tensor("pixels").permute(0, 3, 1, 2).contiguous()
        styles = json.loads(tensors.metadata()["styles"])
        return Renders(pixels, tensors.get_tensor("concept"), tensors.get_tensor("family"), concepts, styles)


def disturbed(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return float pictures (N, 4, 64, 64) in [0, 1]: moved, turned, mirrored, recoloured, smeared and with noise.

    Smears and noise are those of a weak generator, so that a judge taught with them knows its pictures too.
    """
    count = len(pixels)

    def draw(low: float, high: float, *shape: int) -> torch.Tensor:
        return torch.rand(count, *shape, generator=generator) * (high - low) + low

    mirror = torch.where(draw(0, 1) < 0.5, -1.0, 1.0)
    angle, zoom = draw(-0.2, 0.2), draw(0.9, 1.25)
    across, along = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    turn = torch.stack(
        [
            torch.stack([across * mirror, -along, draw(-0.15, 0.15)], dim=1),
            torch.stack([along * mirror, across, draw(-0.15, 0.15)], dim=1),
        ],
        dim=1,
    )
    values = pixels.float() / 255
    values = functional.grid_sample(
        values, functional.affine_grid(turn, list(values.shape), align_corners=False), align_corners=False
    )
    colour, alpha = values[:, :3], values[:, 3:]
    grey = colour.mean(1, keepdim=True)
    saturation = draw(0.3, 1.3, 1, 1, 1)
    colour = (grey + (colour - grey) * saturation) * draw(0.8, 1.2, 3, 1, 1)
    values = torch.cat([torch.minimum(colour.clamp(0, 1), alpha), alpha], dim=1)
    smeared = functional.interpolate(functional.avg_pool2d(values, 4), scale_factor=4, mode="bilinear")
    share = draw(-0.6, 0.9, 1, 1, 1).clamp(min=0)
    values = values * (1 - share) + smeared * share
    coarse = torch.randn(count, 4, 16, 16, generator=generator) * draw(0, 0.15, 1, 1, 1)
    fine = torch.randn(count, 4, 64, 64, generator=generator) * draw(0, 0.06, 1, 1, 1)
    noise = fine + functional.interpolate(coarse, scale_factor=4, mode="bilinear")
    return (values + noise * alpha.clamp(min=0.1)).clamp(0, 1)
