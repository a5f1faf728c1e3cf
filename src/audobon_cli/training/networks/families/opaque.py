"""What families of opaque latent diffusion models have in common: pictures in buckets of one area, on a ground."""

import hashlib
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.training.networks.trainable import EncodedPicture, TrainableModel, on_processor

if TYPE_CHECKING:
    from PIL.Image import Image

    from audobon_cli.training.settings import TrainingSettings

STEPS = 64
"""Sides of buckets are multiples of so many pixels, as those that the models were trained with (SDXL's appendix I), or
of what the model needs where it draws less than eight times that."""
MOST_OBLONG = 2.0
LEAST_SEEN = 0.02
"""What a wholly transparent place still weighs, so that no picture weighs nothing."""


class OpaqueTrainable(TrainableModel):
    """Pictures are scaled to cover the bucket that comes nearest to their proportions, cut evenly at the sides, and put
    on a ground where they are transparent; what is transparent weighs next to nothing in the loss, so that no ground
    is learnt (kohya-ss/sd-scripts PR#1223)."""

    ground = "random"
    side = 0

    def configure(self, settings: "TrainingSettings") -> None:
        """See TrainableModel. Raises InvalidInput for a ground that is no colour."""
        super().configure(settings)
        self.ground, self.side = settings.ground, settings.side
        if self.ground != "random":
            _colour(self.ground)
        if settings.gradient_checkpointing:
            for network in self.networks.values():
                enable = getattr(network, "enable_gradient_checkpointing", None) or getattr(
                    network, "gradient_checkpointing_enable", None
                )
                if enable is not None:
                    enable()

    def bucket(self, width: int, height: int) -> tuple[int, int]:
        """The sides, in pixels, in which a picture of ``width`` x ``height`` is learnt: of about the area of
        ``side`` x ``side`` (0: what the model draws), and at most MOST_OBLONG times as long as wide."""
        side = self.side or max(self.model.size_rule.native.width, self.model.size_rule.native.height)
        step = STEPS if side >= 8 * STEPS else self.model.size_rule.multiple
        ratio = min(max(width / height, 1 / MOST_OBLONG), MOST_OBLONG)
        wide = max(step, round(side * math.sqrt(ratio) / step) * step)
        high = max(step, int(side * side / wide / step) * step)
        return wide, high

    @torch.no_grad()
    def encode_picture(self, picture: "Image", seed: int) -> EncodedPicture:
        """See TrainableModel: the autoencoder's mean, in float32; ``weight`` is how much of each place is visible."""
        import numpy as np
        from PIL import Image, ImageOps

        width, height = self.bucket(*picture.size)
        # Multiplied by alpha while it is scaled, so that colours under clear pixels do not bleed in.
        fitted = ImageOps.fit(
            picture.convert("RGBA").convert("RGBa"), (width, height), Image.Resampling.LANCZOS
        )
        straight = fitted.convert("RGBA")
        colour = _random_colour(seed) if self.ground == "random" else _colour(self.ground)
        opaque = Image.alpha_composite(Image.new("RGBA", straight.size, (*colour, 255)), straight)
        values = np.asarray(opaque.convert("RGB"), dtype=np.float32) / 127.5 - 1
        pixels = torch.from_numpy(values).permute(2, 0, 1)[None].contiguous()
        latents = self._latents(pixels)
        alpha = torch.from_numpy(np.asarray(straight.getchannel("A"), dtype=np.float32) / 255)
        seen = torch.nn.functional.adaptive_avg_pool2d(alpha[None], (latents.shape[-2], latents.shape[-1]))
        extras = self.picture_extras(picture.size, (width, height))
        return EncodedPicture(latents, LEAST_SEEN + (1 - LEAST_SEEN) * seen, extras)

    def _latents(self, pixels: Tensor) -> Tensor:
        """The autoencoder works in float32: halves overflow in SDXL's (its ``force_upcast``)."""
        vae = self.pipeline.vae
        kind = vae.dtype
        vae.to(torch.float32)
        mean = vae.encode(pixels.to(self.device)).latent_dist.mean
        vae.to(kind)
        shift = getattr(vae.config, "shift_factor", None) or 0.0
        latents: Tensor = (mean[0] - shift) * vae.config.scaling_factor
        return on_processor(latents)

    def picture_extras(self, original: tuple[int, int], learnt: tuple[int, int]) -> Mapping[str, Tensor]:
        """Further inputs of the denoiser for a picture of ``original`` sides that is learnt in ``learnt`` ones."""
        return {}


def _random_colour(seed: int) -> tuple[int, int, int]:
    """A colour for a picture, the same each time."""
    red, green, blue = hashlib.sha256(f"ground {seed}".encode()).digest()[:3]
    return red, green, blue


def _colour(text: str) -> tuple[int, int, int]:
    from PIL import ImageColor

    try:
        found: tuple[Any, ...] = ImageColor.getrgb(text)
    except ValueError as error:
        raise InvalidInput(
            f"The ground {text[:40]!r} is no colour.", hint="give random, a name such as white, or #rrggbb"
        ) from error
    return found[0], found[1], found[2]
