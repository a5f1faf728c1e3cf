"""Trains the autoencoder of the second sprite model: sharp edges, latents that bear noise and halving."""

from __future__ import annotations

import copy
import time
from pathlib import Path

import torch
from torch.nn.functional import avg_pool2d, l1_loss

from exemplar_batches import Bank
from exemplar_device import Averages, Clock, load_weights, log, save_weights
from exemplar_networks import Latents, build_autoencoder

NOISE = 0.25
"""Most noise on latents of variance 1 that the decoder learns to see through; half of the samples have none."""

HALVED = 0.25
"""Share of a batch whose latents are halved, and must give the halved picture: keeps latents smooth and simple for the
denoiser (Kouzelis et al. 2025, "EQ-VAE", do so with scales and turns)."""

GRADIENT_WEIGHT = 1.0
FOLLOW = 0.02
SAVE_SECONDS = 30.0


def gradient_loss(made: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Return the mean error of differences between neighbours: blurred edges cost twice their height."""
    return l1_loss(made.diff(dim=3), true.diff(dim=3)) + l1_loss(made.diff(dim=2), true.diff(dim=2))


def picture_loss(made: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Return the error of pictures, at full and at half size."""
    loss = l1_loss(made, true) + GRADIENT_WEIGHT * gradient_loss(made, true)
    small, smaller = avg_pool2d(made, 2), avg_pool2d(true, 2)
    return loss + l1_loss(small, smaller) + GRADIENT_WEIGHT * gradient_loss(small, smaller)


class AutoencoderTrainer:
    """The autoencoder, its optimiser and its averaged weights."""

    def __init__(self, bank: Bank, out: Path, batch: int, rate: float) -> None:
        self.bank, self.out, self.batch = bank, out, batch
        self.layout = torch.contiguous_format
        self.latents = Latents(build_autoencoder()).to(bank.device)
        load_weights(self.latents, out, "autoencoder-training")
        self.parameters = list(self.latents.parameters())
        self.rate = rate
        self._restart()
        network = self.latents.autoencoder
        self.encode, self.decode = network.encoder, network.decoder

    def choose_layout(self, steps: int = 8) -> None:
        """Train a few steps with each memory layout, and go on with the faster."""
        seconds = {}
        for layout in (torch.channels_last, torch.contiguous_format):
            self.layout = layout
            self.latents.to(memory_format=layout)
            self._restart()
            for step in range(2 * steps):
                if step == steps:
                    _wait(self.bank.device)
                    began = time.monotonic()
                self.advance(step)
            _wait(self.bank.device)
            seconds[layout] = (time.monotonic() - began) / steps
            log(
                self.out / "autoencoder.log",
                layout=str(layout),
                samples_per_second=self.batch / seconds[layout],
            )
        self.layout = min(seconds, key=seconds.__getitem__)
        self.latents.to(memory_format=self.layout)
        self._restart()

    def _restart(self) -> None:
        self.optimiser = torch.optim.AdamW(
            self.parameters, self.rate, (0.9, 0.99), weight_decay=0.01, fused=True
        )
        self.averages = Averages(self.parameters, 0.998)

    def run(self, seconds: float) -> None:
        """Train for so long."""
        if self.bank.device.type == "cuda":
            self.choose_layout()
        clock = Clock(seconds, self.rate, 0.4, 100)
        told, saved = 0.0, time.monotonic()
        while clock.share < 1:
            clock.tick(self.optimiser)
            loss = self.advance(clock.step)
            if clock.share > told + 0.05:
                told = clock.share
                log(
                    self.out / "autoencoder.log",
                    share=told,
                    samples=clock.step * self.batch,
                    loss=loss.item(),
                )
            if time.monotonic() - saved > SAVE_SECONDS:
                self.save()
                saved = time.monotonic()
        for words, quality in self.quality(self.save()).items():
            log(self.out / "autoencoder.log", hand=words, decibels=quality)

    def advance(self, step: int) -> torch.Tensor:
        """Take one step; return the loss."""
        with torch.no_grad():
            pictures = self.pictures().contiguous(memory_format=self.layout)
        half = torch.bfloat16
        with torch.autocast(self.bank.device.type, half, enabled=self.bank.device.type == "cuda"):
            raw = self.encode(pictures)[:, : self.latents.mean.numel()]
        self.latents.follow(raw, max(FOLLOW, 1 / (step + 1)))
        values = self.latents.normalised(raw)
        spread = self.latents.normalised(raw).square().mean((0, 2, 3)).sub(1).square().mean()
        sigma = (torch.rand(len(values), 1, 1, 1, device=values.device) * 2 - 1).clamp(min=0) * NOISE
        noisy = (values + sigma * torch.randn_like(values)).contiguous(memory_format=self.layout)
        part = int(len(values) * HALVED)
        small = avg_pool2d(values[:part], 2).contiguous(memory_format=self.layout)
        with torch.autocast(self.bank.device.type, half, enabled=self.bank.device.type == "cuda"):
            made, halved = self.decode(noisy), self.decode(small)
        loss = picture_loss(made.float(), pictures) + HALVED * picture_loss(
            halved.float(), avg_pool2d(pictures[:part], 2)
        )
        loss = loss + 0.01 * spread
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        self.averages.follow()
        return loss.detach()

    def pictures(self) -> torch.Tensor:
        """Draw pictures in [-1, 1]: half of a batch's targets and exemplars each, pairs, poses and colours included."""
        batch = self.bank.draw(self.batch // 2)
        return torch.cat([batch.target, batch.shown])

    def save(self) -> Latents:
        """Write the averaged weights as they train on, and folded as they ship; return the latter."""
        latents = copy.deepcopy(self.latents)
        self.averages.write_to(latents)
        save_weights(latents, self.out, "autoencoder-training", half=False)
        latents.fold()
        save_weights(latents.autoencoder, self.out, "autoencoder")
        return latents

    @torch.no_grad()
    def quality(self, latents: Latents) -> dict[str, float]:
        """Return the mean peak signal-to-noise ratio of held-out things by hand, in decibels."""
        found = {}
        held = torch.tensor(self.bank.held_out, device=self.bank.device)
        network = latents.autoencoder
        for number, hand in enumerate(self.bank.hands):
            those = held[self.bank.present[held, number] > 0]
            if not len(those):
                continue
            those = those if self.bank.device.type == "cuda" else those[:2]
            pictures = self.bank.values(those, torch.full_like(those, number)) * 2 - 1
            made = torch.cat(
                [
                    network.decode(network.encode(part).latent_dist.mode()).sample
                    for part in pictures.split(32)
                ]
            )
            error = ((made.clamp(-1, 1) - pictures) / 2).square().mean((1, 2, 3))
            found[hand] = (-10 * error.log10()).mean().item()
        return found


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
