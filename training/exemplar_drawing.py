"""Draws with the second sprite model by plain diffusers and torch: the reference for any other road (ONNX).

See `README.md`, "Drawing with the second model", for the same in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel
from PIL import Image
from transformers import BertModel, BertTokenizerFast

from exemplar_networks import LATENT_CHANNELS, LATENT_SIDE, PICTURE_SIDE
from text_encoder import encode

CLEAR, SOLID = 12 / 255, 243 / 255
"""Alpha below which a pixel is made clear, above which solid: the decoder leaves a faint veil at both ends."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to draw.

    Attributes:
        strength: How far to go from the exemplar, in [0, 1]: 0 gives it back, 1 looks at the words alone. Between,
            drawing begins at the noisy exemplar, `strength` of the steps before the end, and looks at the clean one
            in each.
        steps: Steps of the whole way from noise.
        text_guidance: In [1, 6].
        exemplar_guidance: In [1, 4].
        one_pass: Whether the denoiser has learned guidance; else three passes a step.
    """

    strength: float = 0.9
    steps: int = 10
    text_guidance: float = 3.0
    exemplar_guidance: float = 2.0
    one_pass: bool = True


class Painter:
    """The loaded networks, float32, on the processor."""

    def __init__(self, folder: Path, words: Path) -> None:
        """Load the model folder; `words` is the first model's, whose text encoder is shared."""
        self.unet = UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=torch.float32).eval()
        self.vae = AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=torch.float32).eval()
        self.scheduler = DPMSolverMultistepScheduler.from_pretrained(folder / "scheduler")
        self.text_encoder = BertModel.from_pretrained(words / "text_encoder", dtype=torch.float32).eval()
        self.tokenizer = BertTokenizerFast.from_pretrained(words / "tokenizer")

    @torch.inference_mode()
    def draw(self, text: str, exemplar: torch.Tensor | None, settings: Settings, seed: int) -> torch.Tensor:
        """Draw one picture.

        Args:
            text: "cute dragon, vivid style".
            exemplar: (4, 128, 128) in [0, 1], colour multiplied by alpha; None for none.
            seed: Of the noise.

        Returns:
            (4, 128, 128) in [0, 1], colour multiplied by alpha.
        """
        if settings.strength == 0 and exemplar is not None:
            return exemplar
        shown = torch.zeros(1, LATENT_CHANNELS, LATENT_SIDE, LATENT_SIDE)
        if exemplar is not None and settings.strength < 1:
            shown = self.vae.encode(exemplar[None] * 2 - 1).latent_dist.mode()
        states = encode(self.text_encoder, self.tokenizer, [text, ""]).float()
        self.scheduler.set_timesteps(settings.steps)
        first = settings.steps - max(1, round(settings.steps * settings.strength)) if shown.any() else 0
        times = self.scheduler.timesteps[first:]
        self.scheduler.set_begin_index(first)
        latents = torch.randn(shown.shape, generator=torch.Generator().manual_seed(seed))
        if first:
            latents = self.scheduler.add_noise(shown, latents, times[:1])
        for time in times:
            velocity = self._velocity(latents, shown, time, states, settings)
            latents = self.scheduler.step(velocity, time, latents).prev_sample
        return ((self.vae.decode(latents).sample[0] + 1) / 2).clamp(0, 1)

    def _velocity(
        self,
        latents: torch.Tensor,
        shown: torch.Tensor,
        time: torch.Tensor,
        states: torch.Tensor,
        settings: Settings,
    ) -> torch.Tensor:
        told = torch.tensor([[settings.text_guidance - 1, settings.exemplar_guidance - 1]])
        if settings.one_pass:
            inputs = torch.cat([latents, shown], 1)
            return self.unet(inputs, time, states[:1], timestep_cond=told).sample
        inputs = torch.cat([torch.cat([latents, one], 1) for one in (torch.zeros_like(shown), shown, shown)])
        words = states[torch.tensor([1, 1, 0])]
        neither, seen, both = self.unet(inputs, time, words, timestep_cond=torch.zeros(3, 2)).sample.chunk(3)
        return (
            neither + settings.exemplar_guidance * (seen - neither) + settings.text_guidance * (both - seen)
        )


def clean(picture: torch.Tensor) -> Image.Image:
    """Return a drawn picture (4, 128, 128) as a straight-alpha image, without the decoder's veil."""
    values = picture.permute(1, 2, 0).numpy()
    alpha = values[..., 3:]
    clear, solid = alpha < CLEAR, alpha > SOLID
    colour = np.where(clear, 0, values[..., :3] / np.where(clear, 1, alpha)).clip(0, 1)
    straight = np.concatenate([colour, np.where(clear, 0, np.where(solid, 1, alpha))], axis=-1)
    return Image.fromarray((straight * 255 + 0.5).astype(np.uint8), "RGBA")


def as_exemplar(image: Image.Image) -> torch.Tensor:
    """Return an image as an exemplar: (4, 128, 128) in [0, 1], colour multiplied by alpha."""
    small = image.convert("RGBA").convert("RGBa").resize((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.BOX)
    return torch.from_numpy(np.asarray(small).copy()).permute(2, 0, 1).float() / 255
