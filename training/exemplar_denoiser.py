"""Trains the denoiser of the second sprite model, then teaches it guidance: one pass a step instead of three."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn.functional import mse_loss

from architecture import TRAINING_TIMESTEPS
from exemplar_batches import Bank
from exemplar_device import Averages, Clock, load_weights, log, save_weights
from exemplar_networks import GUIDANCE_INPUTS, Latents, build_denoiser, build_sampler

TEXT_GUIDANCE = (1.0, 6.0)
EXEMPLAR_GUIDANCE = (1.0, 4.0)
"""Ranges of guidance that the denoiser learns to draw with in one pass."""

SAVE_SECONDS = 45.0


@dataclass(frozen=True, slots=True)
class DenoiserSettings:
    """How to train.

    Attributes:
        pairs: Pairs of target and exemplar a step.
        copies: How often each is used in a step, with noise and time of its own: the pictures cost more than that.
        rate: Highest learning rate.
        compiled: Whether to compile the networks (GPU).
    """

    pairs: int = 256
    copies: int = 2
    rate: float = 1e-3
    compiled: bool = True


@dataclass(frozen=True, slots=True)
class Noised:
    """Inputs of the denoiser and what it should answer.

    Attributes:
        noisy: (N, 16, 16, 16).
        shown: The exemplar's latents, likewise; zeros where there is none.
        times: (N,) training time steps.
        text: (N,) numbers of the bank's texts.
        velocity: (N, 16, 16, 16), signal * noise - sigma * target.
    """

    noisy: torch.Tensor
    shown: torch.Tensor
    times: torch.Tensor
    text: torch.Tensor
    velocity: torch.Tensor


class DenoiserTrainer:
    """The denoiser, its optimiser and its averaged weights; resumes from what lies in `out`."""

    def __init__(self, bank: Bank, latents: Latents, out: Path, settings: DenoiserSettings) -> None:
        self.bank, self.out, self.settings = bank, out, settings
        self.encoder = latents.autoencoder.encoder.requires_grad_(False)
        self.latents = latents
        self.model = build_denoiser()
        torch.nn.init.zeros_(self.model.time_embedding.cond_proj.weight)
        load_weights(self.model, out, "denoiser")
        self.model.to(bank.device, memory_format=torch.channels_last)
        self.parameters = list(self.model.parameters())
        self.averages = Averages(self.parameters, 0.999)
        self.kept = build_sampler().alphas_cumprod.to(bank.device)
        self.encode, self.denoise = self.encoder, self.model
        if settings.compiled:
            self.encode, self.denoise = (
                torch.compile(self.encoder, dynamic=False),
                torch.compile(self.model, dynamic=False),
            )
        self.half = bank.device.type == "cuda"
        self.saved, self.samples = time.monotonic(), 0

    def optimiser(self, rate: float) -> torch.optim.AdamW:
        """Return a fresh optimiser."""
        return torch.optim.AdamW(self.parameters, rate, (0.9, 0.99), weight_decay=0.01, fused=True)

    @torch.no_grad()
    def draw(self) -> Noised:
        """Draw samples, encode them and put noise on the targets; times are spread evenly over the batch."""
        batch, copies = self.bank.draw(self.settings.pairs), self.settings.copies
        pictures = torch.cat([batch.target, batch.shown]).contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.bank.device.type, torch.bfloat16, enabled=self.half):
            raw = self.encode(pictures)[:, : self.latents.mean.numel()]
        target, shown = self.latents.normalised(raw).chunk(2)
        shown = shown * batch.seen.view(-1, 1, 1, 1)
        target, shown, text = (
            values.repeat(copies, *[1] * (values.ndim - 1)) for values in (target, shown, batch.text)
        )
        size = len(target)
        places = (torch.randperm(size, device=target.device) + torch.rand(size, device=target.device)) / size
        times = (places * TRAINING_TIMESTEPS).long().clamp(max=TRAINING_TIMESTEPS - 1)
        signal, sigma = (
            self.kept[times].sqrt().view(-1, 1, 1, 1),
            (1 - self.kept[times]).sqrt().view(-1, 1, 1, 1),
        )
        noise = torch.randn_like(target)
        return Noised(signal * target + sigma * noise, shown, times, text, signal * noise - sigma * target)

    def answer(
        self,
        model: torch.nn.Module,
        one: Noised,
        shown: torch.Tensor,
        text: torch.Tensor,
        told: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return the predicted velocity, float32; `told` (N, 2) is the guidance less 1, zeros if not given."""
        told = one.velocity.new_zeros(len(text), GUIDANCE_INPUTS) if told is None else told
        inputs = torch.cat([one.noisy, shown], 1).contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.bank.device.type, torch.bfloat16, enabled=self.half):
            found: torch.Tensor = model(
                inputs,
                one.times,
                self.bank.states[text].to(torch.bfloat16 if self.half else torch.float32),
                timestep_cond=told,
                return_dict=False,
            )[0]
        return found.float()

    def train(self, seconds: float) -> None:
        """Learn from data for so long."""
        optimiser, clock = self.optimiser(self.settings.rate), Clock(seconds, self.settings.rate, 0.4, 200)
        self._loop("train", optimiser, clock, self._data_loss)

    def learn_guidance(self, seconds: float) -> None:
        """Learn to answer in one pass what the averaged weights answer in three, for any guidance of the ranges.

        Guidance on text and exemplar as Brooks et al. 2023 ("InstructPix2Pix") write it; the student is told both,
        as Meng et al. 2023 ("On Distillation of Guided Diffusion Models").
        """
        self.averages.write_to(self.model)
        teach = self.teacher()
        self.averages = Averages(self.parameters, 0.998)
        optimiser, clock = self.optimiser(4e-4), Clock(seconds, 4e-4, 0.6, 50)
        self._loop("guidance", optimiser, clock, lambda: self._guided_loss(teach))

    def teacher(self) -> torch.nn.Module:
        """Return a copy of the denoiser that stays as it is."""
        teacher = copy.deepcopy(self.model).requires_grad_(False).eval()
        return torch.compile(teacher, dynamic=False) if self.settings.compiled else teacher

    def _data_loss(self) -> torch.Tensor:
        one = self.draw()
        return mse_loss(self.answer(self.denoise, one, one.shown, one.text), one.velocity)

    def _guided_loss(self, teach: torch.nn.Module) -> torch.Tensor:
        one = self.draw()
        size, device = len(one.text), one.text.device
        nothing, empty = torch.zeros_like(one.shown), torch.zeros_like(one.text)
        by_text = TEXT_GUIDANCE[0] + (TEXT_GUIDANCE[1] - TEXT_GUIDANCE[0]) * torch.rand(size, device=device)
        by_exemplar = EXEMPLAR_GUIDANCE[0] + (EXEMPLAR_GUIDANCE[1] - EXEMPLAR_GUIDANCE[0]) * torch.rand(
            size, device=device
        )
        with torch.no_grad():
            neither = self.answer(teach, one, nothing, empty)
            exemplar = self.answer(teach, one, one.shown, empty)
            both = self.answer(teach, one, one.shown, one.text)
            wanted = (
                neither
                + by_exemplar.view(-1, 1, 1, 1) * (exemplar - neither)
                + by_text.view(-1, 1, 1, 1) * (both - exemplar)
            )
        told = torch.stack([by_text - 1, by_exemplar - 1], 1)
        return mse_loss(self.answer(self.denoise, one, one.shown, one.text, told), wanted)

    def _loop(self, name: str, optimiser: torch.optim.Optimizer, clock: Clock, loss_of: object) -> None:
        told, total, count = 0.0, torch.zeros((), device=self.bank.device), 0
        while clock.share < 1:
            rate = clock.tick(optimiser)
            loss = loss_of()  # type: ignore[operator]
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
            optimiser.step()
            self.averages.follow()
            self.samples += self.settings.pairs * self.settings.copies
            total, count = total + loss.detach(), count + 1
            if clock.share > told + 0.02 or clock.step in (1, 20):
                told = clock.share
                mean = total.item() / count
                if not math.isfinite(mean):
                    raise FloatingPointError(f"loss is {mean}")
                log(
                    self.out / "denoiser.log",
                    phase=name,
                    share=told,
                    step=clock.step,
                    samples=self.samples,
                    loss=mean,
                    rate=rate,
                )
                total, count = torch.zeros_like(total), 0
            if time.monotonic() - self.saved > SAVE_SECONDS:
                self.save("denoiser" if name == "train" else "denoiser-guided")
        self.save("denoiser" if name == "train" else "denoiser-guided")

    def save(self, name: str) -> None:
        """Write the averaged weights."""
        kept = [p.detach().clone() for p in self.parameters]
        self.averages.write_to(self.model)
        save_weights(self.model, self.out, name)
        with torch.no_grad():
            torch._foreach_copy_([p.data for p in self.parameters], kept)
        self.saved = time.monotonic()
