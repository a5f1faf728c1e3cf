"""What denoisers are asked for: noisy inputs, targets, and how much each time step counts.

Times are given as places in 0..1, so that a batch can spread them evenly and an evaluation can fix them; an objective
says which time a place is.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

LEAST_SIGNAL = 1e-8
"""Below this a share of signal counts as none."""


@dataclass(frozen=True, slots=True)
class Noised:
    """``inputs`` for the denoiser at ``times`` (n,), the ``target`` of its prediction, and the ``weight`` (n,) of each
    picture's loss."""

    inputs: Tensor
    times: Tensor
    target: Tensor
    weight: Tensor


class Objective(ABC):
    """How noise is added, and what is asked for."""

    @abstractmethod
    def noised(self, latents: Tensor, noise: Tensor, places: Tensor, min_snr: float) -> Noised:
        """``latents`` with ``noise`` (both (n, ...)) at ``places`` (n,) in 0..1. ``min_snr`` is gamma of Hang et al.
        2023, "Efficient diffusion training via min-SNR weighting strategy"; 0: all times count the same."""


class DiffusionObjective(Objective):
    """Diffusion in discrete steps: noise (epsilon), the picture (sample) or velocity (Salimans and Ho 2022)."""

    def __init__(self, alphas_cumprod: Tensor, prediction: str) -> None:
        self._kept = alphas_cumprod.float()
        self.prediction = prediction

    @classmethod
    def of(cls, scheduler: Any) -> "DiffusionObjective":
        """That of a diffusers scheduler with ``alphas_cumprod``."""
        return cls(scheduler.alphas_cumprod, scheduler.config.prediction_type)

    def noised(self, latents: Tensor, noise: Tensor, places: Tensor, min_snr: float) -> Noised:
        """See Objective.noised."""
        count = len(self._kept)
        times = (places * count).long().clamp(max=count - 1)
        kept = self._kept[times.to(self._kept.device)].to(latents.device)
        shape = (-1, *[1] * (latents.dim() - 1))
        signal, sigma = kept.sqrt().view(shape), (1 - kept).sqrt().view(shape)
        inputs = signal * latents + sigma * noise
        if self.prediction == "v_prediction":
            target = signal * noise - sigma * latents
        else:
            target = latents if self.prediction == "sample" else noise
        return Noised(inputs, times.to(latents.device), target, self._weights(kept, min_snr))

    def _weights(self, kept: Tensor, min_snr: float) -> Tensor:
        if not min_snr:
            return torch.ones_like(kept)
        ratio = kept.clamp(min=LEAST_SIGNAL) / (1 - kept).clamp(min=LEAST_SIGNAL)
        capped = ratio.clamp(max=min_snr)
        if self.prediction == "v_prediction":
            return capped / (ratio + 1)
        return capped if self.prediction == "sample" else capped / ratio


class FlowObjective(Objective):
    """Rectified flow (Liu et al. 2022): on the straight line from picture to noise the velocity is asked for.

    Places become times by the logit-normal density of Esser et al. 2024 ("Scaling rectified flow transformers"), then
    by ``shift`` as the scheduler does. ``steps`` is the scheduler's number of times, which denoisers are called with
    (1: they take sigma itself).
    """

    def __init__(self, shift: float = 1.0, steps: float = 1000.0, spread: float = 1.0) -> None:
        self.shift, self.steps, self.spread = shift, steps, spread

    def noised(self, latents: Tensor, noise: Tensor, places: Tensor, min_snr: float) -> Noised:
        """See Objective.noised; ``min_snr`` has no meaning here: the density does what it is for."""
        normal = torch.special.ndtri(places.double().clamp(1e-4, 1 - 1e-4)).float() * self.spread
        sigma = torch.sigmoid(normal).to(latents.device)
        sigma = self.shift * sigma / (1 + (self.shift - 1) * sigma)
        along = sigma.view(-1, *[1] * (latents.dim() - 1))
        inputs = (1 - along) * latents + along * noise
        return Noised(inputs, sigma * self.steps, noise - latents, torch.ones_like(sigma))


@dataclass(frozen=True, slots=True)
class LossParts:
    """``each`` (n,) is the mean squared error of each picture, ``whole`` the weighted mean that is minimised."""

    whole: Tensor
    each: Tensor


def loss_of(predicted: Tensor, noised: Noised, place_weight: Tensor | None) -> LossParts:
    """How far ``predicted`` is from the target; ``place_weight`` (n, 1, height, width) as in Batch."""
    error = (predicted.float() - noised.target.float()) ** 2
    if place_weight is None:
        each = error.flatten(1).mean(dim=1)
    else:
        spread = place_weight.expand_as(error).flatten(1)
        each = (error.flatten(1) * spread).sum(dim=1) / spread.sum(dim=1).clamp(min=1e-6)
    return LossParts((each * noised.weight).mean(), each)
