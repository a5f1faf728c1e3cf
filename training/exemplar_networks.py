"""The second sprite model's networks: stock diffusers classes, 128 x 128 RGBA, an exemplar beside the noisy latents.

Shapes: pictures (N, 4, 128, 128) in [-1, 1], colour multiplied by alpha; latents (N, 16, 16, 16), mean 0 and variance 1
by channel; the denoiser reads (N, 32, 16, 16), noisy latents first, the exemplar's second (zeros: no exemplar).
"""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel

from architecture import TEXT_WIDTH, build_scheduler

PICTURE_SIDE = 128
LATENT_SIDE = 16
LATENT_CHANNELS = 16
GUIDANCE_INPUTS = 2
"""What the denoiser is told of guidance: (text guidance - 1, exemplar guidance - 1), as `timestep_cond`."""

DENOISER_WIDTHS = (112, 192, 192)
AUTOENCODER_WIDTHS = (24, 48, 96, 128)


def build_denoiser(widths: tuple[int, ...] = DENOISER_WIDTHS) -> UNet2DConditionModel:
    """Return the untrained denoiser: attention to itself and to the words at 8 x 8 and 4 x 4.

    16 M parameters, the most that the wheel has room for; 28 ms a step on one AVX2 core by onnxruntime.
    """
    return UNet2DConditionModel(
        sample_size=LATENT_SIDE,
        in_channels=2 * LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=widths,
        layers_per_block=1,
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=4,
        norm_num_groups=16,
        time_cond_proj_dim=GUIDANCE_INPUTS,
    )


def build_autoencoder(widths: tuple[int, ...] = AUTOENCODER_WIDTHS) -> AutoencoderKL:
    """Return the untrained autoencoder: 8 x 8 pixels to one latent place, no attention."""
    return AutoencoderKL(
        in_channels=4,
        out_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=widths,
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=8,
        sample_size=PICTURE_SIDE,
        scaling_factor=1.0,
        use_quant_conv=False,
        use_post_quant_conv=False,
        mid_block_add_attention=False,
    )


class Latents(torch.nn.Module):
    """An autoencoder with latents brought to mean 0 and variance 1 by channel, by running figures.

    The decoder sees normalised latents from its first step, so that folding the figures into the encoder's last
    layer (`fold`) changes nothing.
    """

    def __init__(self, autoencoder: AutoencoderKL) -> None:
        super().__init__()
        self.autoencoder = autoencoder
        self.register_buffer("mean", torch.zeros(LATENT_CHANNELS))
        self.register_buffer("deviation", torch.ones(LATENT_CHANNELS))

    def raw(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return unnormalised latents; the half of the encoder's output that would be a variance is not used."""
        moments: torch.Tensor = self.autoencoder.encoder(pictures)
        return moments[:, :LATENT_CHANNELS]

    @torch.no_grad()
    def follow(self, raw: torch.Tensor, share: float) -> None:
        """Move the running figures by `share` towards those of a batch."""
        values = raw.detach().float().transpose(0, 1).flatten(1)
        self.mean.lerp_(values.mean(1), share)
        self.deviation.lerp_(values.std(1), share)

    def normalised(self, raw: torch.Tensor) -> torch.Tensor:
        """Return latents of mean 0 and variance 1."""
        return (raw.float() - self.mean.view(1, -1, 1, 1)) / self.deviation.view(1, -1, 1, 1)

    @torch.no_grad()
    def fold(self) -> AutoencoderKL:
        """Put the running figures into the encoder's last layer; afterwards `latent_dist.mode()` is normalised.

        The unused variance is set to exp(-20).
        """
        last, channels = self.autoencoder.encoder.conv_out, LATENT_CHANNELS
        last.weight[:channels] /= self.deviation.view(-1, 1, 1, 1)
        last.bias[:channels] = (last.bias[:channels] - self.mean) / self.deviation
        last.weight[channels:] = 0
        last.bias[channels:] = -20
        self.mean.zero_()
        self.deviation.fill_(1)
        return self.autoencoder


def build_sampler() -> DPMSolverMultistepScheduler:
    """Return the first model's sampler: cosine schedule that ends at pure noise, v-prediction, trailing steps."""
    return build_scheduler()
