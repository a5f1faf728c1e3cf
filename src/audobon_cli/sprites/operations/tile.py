"""Textures that repeat without a seam, and how much of a seam there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from audobon_cli.derivations.operation import Param
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.pixels import DecodedImage, Pixels
from audobon_cli.sprites.operations.colors import Floats, oklab
from audobon_cli.sprites.operations.operation import Operation, Product

SMALLEST = 8


@dataclass(frozen=True, slots=True)
class Tile(Operation):
    """Make the picture repeat in both directions (or one), at its size.

    Towards each border it blends into its own copy moved by half, which is seamless there. ``blend``
    is the share of the side over which that happens. ``hard`` takes each pixel from one of the two
    (no new colours, for pixel art) instead of mixing them.
    """

    name: ClassVar[str] = "tile"
    about: ClassVar[str] = "Make a texture repeat without a seam."
    blend: Annotated[float, Param("Share of the side over which to blend.", 0.02, 0.5)] = 0.25
    horizontal: Annotated[bool, Param("Repeat from left to right.")] = True
    vertical: Annotated[bool, Param("Repeat from top to bottom.")] = True
    hard: Annotated[bool, Param("Mix no colours, as for pixel art.")] = False

    def __post_init__(self) -> None:
        if not 0 < self.blend <= 0.5:
            raise InvalidInput(
                f"A blend of {self.blend:g} is not between 0 and 0.5.", hint="the default is 0.25"
            )

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        pixels = inputs[0].still
        if min(pixels.shape[:2]) < SMALLEST:
            raise InvalidInput(
                f"{inputs[0].name} is too small to be blended.",
                hint=f"a tile has {SMALLEST} pixels or more a side",
            )
        for axis, wanted in ((1, self.horizontal), (0, self.vertical)):
            if wanted:
                pixels = self._wrapped(pixels, axis)
        return Product(pixels)

    def _wrapped(self, pixels: Pixels, axis: int) -> Pixels:
        size = pixels.shape[axis]
        moved = np.roll(pixels, size // 2, axis=axis)
        width = max(2, round(size * self.blend))
        away = np.minimum(np.arange(size), np.arange(size)[::-1]) / width
        own = np.clip(away, 0, 1)
        own = own * own * (3 - 2 * own)  # smoothstep: 0 at the border, without a kink where it ends
        own = own.reshape((-1, 1) if axis == 0 else (1, -1))
        if self.hard:
            near: Pixels = np.where((own > _ordered(pixels))[..., None], pixels, moved)
            return near
        weights = np.stack([own * (pixels[..., 3] / 255), (1 - own) * (moved[..., 3] / 255)])[..., None]
        alpha = weights.sum(axis=0)
        colour = (weights[0] * pixels[..., :3] + weights[1] * moved[..., :3]) / np.maximum(alpha, 1e-9)
        mixed: Pixels = np.concatenate([colour, alpha * 255], axis=-1).round().astype(np.uint8)
        return mixed


def _ordered(pixels: Pixels) -> Floats:
    """Thresholds between 0 and 1 for taking one picture or the other: a hash of the place, no pattern.

    Interleaved gradient noise (Jimenez 2014).
    """
    y, x = np.indices(pixels.shape[:2])
    noise = np.asarray((52.9829189 * ((0.06711056 * x + 0.00583715 * y) % 1)) % 1, dtype=np.float64)
    return noise * 0.98 + 0.01


def seam_energy(pixels: Pixels) -> float:
    """How much colour changes across the borders when the picture repeats, over what it does inside.

    About 1 for a tile without seams. Differences are of OKLab weighted by alpha, at the 90th percentile
    of the lines inside, so that a tile of bricks is not held against its mortar. 0 for one of a single
    colour.
    """
    values = np.concatenate(
        [oklab(pixels[..., :3]) * (pixels[..., 3:] / 255), pixels[..., 3:] / 255], axis=-1
    )
    worst = 0.0
    for axis in (0, 1):
        if pixels.shape[axis] < 2:
            continue
        lines = np.sqrt((np.diff(values, axis=axis) ** 2).sum(axis=-1)).mean(axis=1 - axis)
        first, last = values.take(0, axis=axis), values.take(-1, axis=axis)
        seam = float(np.sqrt(((first - last) ** 2).sum(axis=-1)).mean())
        inside = float(np.quantile(lines, 0.9))
        worst = max(worst, seam / max(inside, 0.01))
    return worst
