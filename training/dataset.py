"""The prepared training set, and batches drawn from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file

EMPTY_CAPTION = 0
"""Number of the empty caption, which classifier-free guidance takes as unconditional."""

CAPTION_DROPOUT = 0.1
"""Share of samples trained without text (Ho and Salimans 2022)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples for the denoiser.

    Attributes:
        latents: (B, 32, 8, 8), float32.
        states: (B, 24, 384), float32, text states.
    """

    latents: torch.Tensor
    states: torch.Tensor


class SpriteDataset:
    """Everything `prepare.py` wrote, in memory (about 200 MB)."""

    def __init__(self, work: Path) -> None:
        """Read the prepared files.

        Raises:
            FileNotFoundError: `prepare.py` has not run.
        """
        pictures = load_file(work / "pictures.safetensors")
        table = json.loads((work / "captions.json").read_text(encoding="utf-8"))
        self.pixels = pictures["pixels"]
        self.latents = pictures["latents"]
        self.concept = pictures["concept"]
        self.family = pictures["family"]
        self.weight = pictures["weight"]
        self.texts: list[str] = table["texts"]
        self.states = load_file(work / "captions.safetensors")["states"]
        width = max(len(row["captions"]) for row in table["pictures"])
        self._captions = torch.zeros(len(self.pixels), width, dtype=torch.long)
        self._shares = torch.zeros(len(self.pixels), width)
        for number, row in enumerate(table["pictures"]):
            self._captions[number, : len(row["captions"])] = torch.tensor(row["captions"])
            self._shares[number, : len(row["shares"])] = torch.tensor(row["shares"])

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.pixels)

    def draw(self, size: int, generator: torch.Generator) -> Batch:
        """Draw a batch: pictures by weight, a caption each by its share, some captions dropped."""
        rows = torch.multinomial(self.weight, size, replacement=True, generator=generator)
        choice = torch.multinomial(self._shares[rows], 1, generator=generator)
        captions = self._captions[rows].gather(1, choice).squeeze(1)
        captions[torch.rand(size, generator=generator) < CAPTION_DROPOUT] = EMPTY_CAPTION
        return Batch(self.latents[rows], self.states[captions].float())

    def values(self, rows: torch.Tensor) -> torch.Tensor:
        """Return pictures as the autoencoder sees them: (rows, 4, 64, 64) in [-1, 1], premultiplied."""
        return self.pixels[rows].permute(0, 3, 1, 2).float() / 127.5 - 1
