"""Trains the denoiser on the linear latents: v-prediction, AdamW, averaged weights, paced by the clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel

from architecture import TRAINING_TIMESTEPS, build_scheduler, build_unet
from checkpoints import load_averages, log, restore_training, save_training
from dataset import Batch, SpriteDataset
from precision import bfloat16_is_faster
from threads import PoliteThreads

WARM_UP_STEPS = 150
LARGEST_GRADIENT = 1.0
LOG_EVERY_STEPS = 20


@dataclass(frozen=True, slots=True)
class UnetSettings:
    """How to train.

    Attributes:
        minutes: Training time in all, over every resumed run; the learning rate falls towards its end.
        batch: Samples a step.
        rate: Highest learning rate.
        decay_share: Last part of the time, in which the learning rate falls linearly to zero.
        average: Decay of the weights' exponential moving average, per step.
        checkpoint_seconds: Time between checkpoints.
        seed: Seed of everything random; with the step number it fixes every batch.
        device: Where to train ("cpu", "cuda").
    """

    minutes: float
    batch: int = 64
    rate: float = 8e-4
    decay_share: float = 0.3
    average: float = 0.999
    checkpoint_seconds: float = 120.0
    seed: int = 20261121
    device: str = "cpu"

    def rate_at(self, step: int, seconds: float) -> float:
        """Return the learning rate: linear warm-up by steps, level, then a linear fall by time to zero."""
        left = max(0.0, 1 - seconds / (60 * self.minutes))
        return self.rate * min(1.0, (step + 1) / WARM_UP_STEPS) * min(1.0, left / self.decay_share)


class UnetTrainer:
    """The denoiser, its optimiser, its averaged weights and where training stands."""

    def __init__(self, work: Path, settings: UnetSettings) -> None:
        """Start afresh, or from the checkpoint in the work directory."""
        self.settings = settings
        self.folder = work / "unet"
        self.data = SpriteDataset(work)
        torch.manual_seed(settings.seed)
        self.model = build_unet().to(settings.device, memory_format=torch.channels_last)
        self.parameters = list(self.model.parameters())
        self.optimiser = torch.optim.AdamW(
            self.parameters, settings.rate, (0.9, 0.99), weight_decay=0.01, fused=True
        )
        self.averages = [parameter.detach().clone() for parameter in self.parameters]
        self.kept = build_scheduler().alphas_cumprod.to(settings.device)
        self.half = bfloat16_is_faster(settings.device)
        self.step, self.samples, self.seconds = 0, 0, 0.0
        restore_training(self, self.folder / "checkpoint.pt")

    def run(self, threads: PoliteThreads) -> None:
        """Train until the time is used up; checkpoints on the way and at the end."""
        self.folder.mkdir(parents=True, exist_ok=True)
        started, saved = time.monotonic() - self.seconds, time.monotonic()
        losses: list[float] = []
        while self.seconds < 60 * self.settings.minutes:
            losses.append(self.advance())
            self.seconds = time.monotonic() - started
            if len(losses) == LOG_EVERY_STEPS:
                self._report(sum(losses) / len(losses))
                losses.clear()
                threads.adjust()
            if time.monotonic() - saved > self.settings.checkpoint_seconds:
                self.save()
                saved = time.monotonic()
        self.save()

    def advance(self) -> float:
        """Take one step; return its loss."""
        settings = self.settings
        generator = torch.Generator().manual_seed(settings.seed * 1_000_000 + self.step)
        batch = self.data.draw(settings.batch, generator)
        for group in self.optimiser.param_groups:
            group["lr"] = settings.rate_at(self.step, self.seconds)
        loss = self.loss(batch, generator)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.parameters, LARGEST_GRADIENT)
        self.optimiser.step()
        weight = 1 - min(settings.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(self.averages, self.parameters, weight)
        self.step += 1
        self.samples += settings.batch
        return float(loss.detach())

    def loss(self, batch: Batch, generator: torch.Generator) -> torch.Tensor:
        """Return the mean squared error of the predicted velocity (Salimans and Ho 2022).

        Timesteps are spread evenly over the batch, each jittered, which lowers the variance of the loss.
        """
        size, device = len(batch.latents), self.settings.device
        places = (torch.arange(size) + torch.rand(size, generator=generator)) / size
        times = (places * TRAINING_TIMESTEPS).long().clamp(max=TRAINING_TIMESTEPS - 1).to(device)
        noise = torch.randn(batch.latents.shape, generator=generator).to(device)
        latents = batch.latents.to(device)
        signal = self.kept[times].sqrt().view(-1, 1, 1, 1)
        sigma = (1 - self.kept[times]).sqrt().view(-1, 1, 1, 1)
        noisy = (signal * latents + sigma * noise).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device, torch.bfloat16, enabled=self.half):
            predicted = self.model(noisy, times, batch.states.to(device)).sample
        return torch.nn.functional.mse_loss(predicted.float(), signal * noise - sigma * latents)

    def save(self) -> None:
        """Write the checkpoint."""
        save_training(self, self.folder / "checkpoint.pt")

    def _report(self, loss: float) -> None:
        entry = {
            "step": self.step,
            "samples": self.samples,
            "seconds": self.seconds,
            "samples_per_second": self.samples / self.seconds,
            "loss": loss,
            "rate": self.settings.rate_at(self.step, self.seconds),
            "threads": torch.get_num_threads(),
        }
        log(self.folder / "log.jsonl", entry)


def averaged_unet(work: Path) -> tuple[UNet2DConditionModel, dict[str, float]]:
    """Return the denoiser with its averaged weights, and where its training stands (step, samples, seconds).

    An untrained one (zero samples) where no checkpoint exists.
    """
    model = build_unet()
    progress = load_averages(model, work / "unet" / "checkpoint.pt")
    return model.eval(), progress
