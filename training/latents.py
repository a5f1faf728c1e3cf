"""Latents without a trained autoencoder: principal components of 8 x 8 pixel patches.

The denoiser learns these latents from its first minute; the autoencoder that ships with it learns to read and
write the same latents in its own time.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

PATCH_PIXELS = 8
"""Side of a patch, and so the factor between pixels and latents."""

WHITENING = 0.5
"""Power of its deviation that a component is divided by: 0 leaves all as they are, 1 makes them equal."""


@dataclass(frozen=True, slots=True)
class PatchPca:
    """A linear map between pictures and latents.

    Attributes:
        mean: (256,), the average patch.
        components: (channels, 256), orthonormal rows, by falling variance.
        scales: (channels,), what each component is divided by.
    """

    mean: torch.Tensor
    components: torch.Tensor
    scales: torch.Tensor

    @classmethod
    def fit(cls, pictures: torch.Tensor, channels: int) -> tuple[PatchPca, float]:
        """Find the components of pictures (N, 4, H, W) in [-1, 1]; also return the share of variance kept.

        Scales are chosen so that all latents together have variance 1.
        """
        patches = _patches(pictures).double()
        mean = patches.mean(0)
        variances, vectors = torch.linalg.eigh(torch.cov((patches - mean).T))
        order = variances.argsort(descending=True)[:channels]
        deviations = variances[order].sqrt()
        scales = deviations**WHITENING
        scales *= (deviations / scales).square().mean().sqrt()
        kept = float(variances[order].sum() / variances.sum())
        return cls(mean.float(), vectors.T[order].float(), scales.float()), kept

    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """Turn pictures (N, 4, H, W) into latents (N, channels, H/8, W/8)."""
        count, _, height, width = pictures.shape
        values = (_patches(pictures) - self.mean) @ self.components.T / self.scales
        return (
            values.view(count, height // PATCH_PIXELS, width // PATCH_PIXELS, -1)
            .permute(0, 3, 1, 2)
            .contiguous()
        )

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Turn latents (N, channels, h, w) into pictures (N, 4, 8h, 8w): the linear reconstruction."""
        count, channels, rows, columns = latents.shape
        values = latents.permute(0, 2, 3, 1).reshape(-1, channels) * self.scales
        patches = (values @ self.components + self.mean).view(
            count, rows, columns, 4, PATCH_PIXELS, PATCH_PIXELS
        )
        return patches.permute(0, 3, 1, 4, 2, 5).reshape(
            count, 4, rows * PATCH_PIXELS, columns * PATCH_PIXELS
        )

    def save(self, path: Path) -> None:
        """Write the map as safetensors."""
        tensors = {"mean": self.mean, "components": self.components, "scales": self.scales}
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)

    @classmethod
    def load(cls, path: Path) -> PatchPca:
        """Read a map that `save` wrote."""
        return cls(**load_file(path))


def _patches(pictures: torch.Tensor) -> torch.Tensor:
    """Cut pictures (N, 4, H, W) into patches (N * H/8 * W/8, 256), row by row."""
    blocks = pictures.unfold(2, PATCH_PIXELS, PATCH_PIXELS).unfold(3, PATCH_PIXELS, PATCH_PIXELS)
    return blocks.permute(0, 2, 3, 1, 4, 5).reshape(-1, 4 * PATCH_PIXELS * PATCH_PIXELS)
