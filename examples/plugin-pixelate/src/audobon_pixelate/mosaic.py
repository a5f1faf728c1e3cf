"""An operation: a picture in squares, each of the mean colour of what was there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.pixels import DecodedImage
from audobon_cli.sprites.operations.operation import Operation, Product

AUDOBON_API = 1


@dataclass(frozen=True, slots=True)
class Mosaic(Operation):
    """Squares of ``cells`` pixels, those at the right and lower border cut off where they do not fit.

    Half transparent pixels count for as much as they show.
    """

    name: ClassVar[str] = "mosaic"
    packages: ClassVar[tuple[str, ...]] = ("numpy", "pillow")
    cells: int = 4

    def __post_init__(self) -> None:
        if not isinstance(self.cells, int) or not 1 <= self.cells <= 256:
            raise InvalidInput(
                f"A square of {self.cells!r} pixels cannot be.", hint="give cells from 1 to 256"
            )

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        """See Operation. Raises PictureUnusable for an animation."""
        pixels = inputs[0].still.astype(np.float64)
        made = np.empty_like(inputs[0].still)
        alpha = pixels[..., 3:] / 255
        for top in range(0, pixels.shape[0], self.cells):
            for left in range(0, pixels.shape[1], self.cells):
                square = np.s_[top : top + self.cells, left : left + self.cells]
                weight = alpha[square].sum()
                colour = (pixels[square][..., :3] * alpha[square]).sum(axis=(0, 1)) / max(weight, 1e-9)
                made[square] = (*colour.round(), round(alpha[square].mean() * 255))
        return Product(made)
