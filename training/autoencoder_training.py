"""Trains the shipped autoencoder to write and read the linear latents.

The decoder turns latents, slightly disturbed, into pixels; it sees the whole picture, so it draws sharper
edges than the linear map. The encoder repeats the linear map, which editing a picture (img2img) needs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from torch.nn.functional import mse_loss

from architecture import build_vae
from checkpoints import load_averages, log, restore_training, save_training
from dataset import SpriteDataset
from latents import PatchPca
from precision import bfloat16_is_faster
from threads import PoliteThreads

WARM_UP_STEPS = 100
LOG_EVERY_STEPS = 100

LARGEST_NOISE = 0.4
"""Standard deviation of the strongest disturbance of latents (their own is 1): what a denoiser gets wrong."""

LOG_VARIANCE = -20.0
"""Log variance that the encoder is taught: nearly no noise when latents are sampled from it."""

ENCODER_EVERY_STEPS = 4
"""The encoder's task is linear and easy; the time goes to the decoder."""

LARGEST_SHIFT = 6
"""Pixels that pictures are moved by at random, each way."""


@dataclass(frozen=True, slots=True)
class AutoencoderSettings:
    """How to train; see `UnetSettings` for the fields that have the same name."""

    minutes: float
    batch: int = 8
    rate: float = 1.5e-3
    decay_share: float = 0.4
    average: float = 0.998
    checkpoint_seconds: float = 120.0
    seed: int = 20261122
    device: str = "cpu"

    def rate_at(self, step: int, seconds: float) -> float:
        """Return the learning rate: linear warm-up by steps, level, then a linear fall by time to zero."""
        left = max(0.0, 1 - seconds / (60 * self.minutes))
        return self.rate * min(1.0, (step + 1) / WARM_UP_STEPS) * min(1.0, left / self.decay_share)


def decoder_loss(drawn: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return L1 + 4 x L2 + L1 of the differences between neighbouring pixels, for (B, 4, H, W) in [-1, 1].

    The differences keep edges crisp, where plain errors would accept a blur.
    """
    error = drawn - wanted
    across, down = error.diff(dim=3).abs().mean(), error.diff(dim=2).abs().mean()
    return error.abs().mean() + 4 * error.square().mean() + across + down


class AutoencoderTrainer:
    """The autoencoder, its optimiser, its averaged weights and where training stands."""

    def __init__(self, work: Path, settings: AutoencoderSettings) -> None:
        """Start afresh, or from the checkpoint in the work directory."""
        self.settings = settings
        self.folder = work / "autoencoder"
        self.data = SpriteDataset(work)
        self.pca = PatchPca.load(work / "latents.safetensors")
        torch.manual_seed(settings.seed)
        self.model = build_vae().to(settings.device, memory_format=torch.channels_last)
        self.parameters = list(self.model.parameters())
        self.optimiser = torch.optim.AdamW(
            self.parameters, settings.rate, (0.9, 0.99), weight_decay=0.01, fused=True
        )
        self.averages = [parameter.detach().clone() for parameter in self.parameters]
        self.half = bfloat16_is_faster(settings.device)
        self.step, self.samples, self.seconds = 0, 0, 0.0
        restore_training(self, self.folder / "checkpoint.pt")

    def run(self, threads: PoliteThreads) -> None:
        """Train until the time is used up; checkpoints on the way and at the end."""
        self.folder.mkdir(parents=True, exist_ok=True)
        started, saved = time.monotonic() - self.seconds, time.monotonic()
        losses: list[tuple[float, float, float]] = []
        while self.seconds < 60 * self.settings.minutes:
            losses.append(self.advance())
            self.seconds = time.monotonic() - started
            if len(losses) == LOG_EVERY_STEPS:
                self._report(losses)
                losses.clear()
                threads.adjust()
            if time.monotonic() - saved > self.settings.checkpoint_seconds:
                self.save()
                saved = time.monotonic()
        self.save()

    def advance(self) -> tuple[float, float, float]:
        """Take one step; return the decoder's loss, its mean squared error and the encoder's loss."""
        settings = self.settings
        generator = torch.Generator().manual_seed(settings.seed * 1_000_000 + self.step)
        pictures = self.draw(generator)
        latents = self.pca.encode(pictures)
        level = LARGEST_NOISE * torch.rand(len(latents), 1, 1, 1, generator=generator) ** 2
        noisy = latents + level * torch.randn(latents.shape, generator=generator)
        for group in self.optimiser.param_groups:
            group["lr"] = settings.rate_at(self.step, self.seconds)
        wanted = pictures.to(settings.device)
        with torch.autocast(settings.device, torch.bfloat16, enabled=self.half):
            drawn = self.model.decode(noisy.to(settings.device, memory_format=torch.channels_last)).sample
        drawn = drawn.float()
        decoding = decoder_loss(drawn, wanted)
        encoding = torch.zeros((), device=settings.device)
        if self.step % ENCODER_EVERY_STEPS == 0:
            encoding = self.encoder_loss(wanted, latents.to(settings.device))
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(decoding + encoding)
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        weight = 1 - min(settings.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(self.averages, self.parameters, weight)
        self.step += 1
        self.samples += settings.batch
        return float(decoding.detach()), float(mse_loss(drawn, wanted).detach()), float(encoding.detach())

    def draw(self, generator: torch.Generator) -> torch.Tensor:
        """Draw pictures (B, 4, 64, 64) in [-1, 1], half of them mirrored, half moved by a few pixels."""
        size = self.settings.batch
        pictures = self.data.values(
            torch.multinomial(self.data.weight, size, replacement=True, generator=generator)
        )
        half = size // 2
        pictures[::2] = pictures[::2].flip(3)
        across, down = torch.randint(-LARGEST_SHIFT, LARGEST_SHIFT + 1, (2,), generator=generator).tolist()
        pictures[:half] = pictures[:half].roll((down, across), (2, 3))
        return pictures

    def encoder_loss(self, pictures: torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
        """Return the encoder's squared error; its targets are the linear latents and `LOG_VARIANCE`."""
        moments = self.model.encoder(pictures.contiguous(memory_format=torch.channels_last))
        mean, log_variance = moments.chunk(2, dim=1)
        return mse_loss(mean, latents) + 0.001 * mse_loss(
            log_variance, torch.full_like(log_variance, LOG_VARIANCE)
        )

    def save(self) -> None:
        """Write the checkpoint."""
        save_training(self, self.folder / "checkpoint.pt")

    def _report(self, losses: list[tuple[float, float, float]]) -> None:
        decoding, squared, encoding = (sum(column) / len(losses) for column in zip(*losses, strict=True))
        entry = {
            "step": self.step,
            "samples": self.samples,
            "seconds": self.seconds,
            "decoder_loss": decoding,
            "decoder_squared_error": squared,
            "encoder_loss": encoding * ENCODER_EVERY_STEPS,
            "rate": self.settings.rate_at(self.step, self.seconds),
        }
        log(self.folder / "log.jsonl", entry)


def averaged_vae(work: Path) -> tuple[AutoencoderKL, dict[str, float]]:
    """Return the autoencoder with averaged weights, and its progress; untrained without a checkpoint."""
    model = build_vae()
    progress = load_averages(model, work / "autoencoder" / "checkpoint.pt")
    return model.eval(), progress
