"""The prepared training set, and batches drawn from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file

from latents import PatchPca

EMPTY_CAPTION = 0
"""Number of the empty caption, which classifier-free guidance takes as unconditional."""

CAPTION_DROPOUT = 0.1
"""Share of samples trained without text (Ho and Salimans 2022)."""


MIRRORED = 0.2
"""Share of samples drawn mirrored: few, so that things keep the side they most often face."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples for the denoiser.

    Attributes:
        latents: (B, 48, 8, 8), float32.
        states: (B, 24, 384), float32, text states.
    """

    latents: torch.Tensor
    states: torch.Tensor


class SpriteDataset:
    """Everything `prepare.py` wrote, in memory (about 2 GB)."""

    def __init__(self, work: Path) -> None:
        """Read the prepared files.

        Raises:
            FileNotFoundError: `prepare.py` has not run.
        """
        examples = load_file(work / "examples.safetensors")
        table = json.loads((work / "captions.json").read_text(encoding="utf-8"))
        self.pixels = examples["pixels"]
        self.weight = examples["weight"]
        self.texts: list[str] = table["texts"]
        self.states = load_file(work / "captions.safetensors")["states"]
        self._mirrors = examples["mirrors"]
        self._pca = PatchPca.load(work / "latents.safetensors")
        self._captions = [torch.tensor(row) for row in table["examples"]]

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.pixels)

    def draw(self, size: int, generator: torch.Generator) -> Batch:
        """Draw a batch: examples by weight, half of those that may be are mirrored, some captions dropped."""
        rows = torch.multinomial(self.weight, size, replacement=True, generator=generator)
        places = torch.rand(size, generator=generator)
        captions = torch.stack(
            [
                self._captions[row][int(place * len(self._captions[row]))]
                for row, place in zip(rows.tolist(), places.tolist(), strict=True)
            ]
        )
        captions[torch.rand(size, generator=generator) < CAPTION_DROPOUT] = EMPTY_CAPTION
        values = self.values(rows)
        mirrored = self._mirrors[rows] & (torch.rand(size, generator=generator) < MIRRORED)
        values[mirrored] = values[mirrored].flip(3)
        return Batch(self._pca.encode(values), self.states[captions].float())

    def values(self, rows: torch.Tensor) -> torch.Tensor:
        """Return pictures as the networks see them: (rows, 4, 64, 64) in [-1, 1], premultiplied."""
        return as_values(self.pixels[rows])


def as_values(pixels: torch.Tensor) -> torch.Tensor:
    """Turn pixels (N, 64, 64, 4) uint8 into values (N, 4, 64, 64) in [-1, 1]."""
    return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1
