"""Outlines, around the figure or on its rim."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from audobon_cli.derivations.operation import Param
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.pixels import DecodedImage, Mask, Pixels, pad
from audobon_cli.sprites.operations.colors import Colour
from audobon_cli.sprites.operations.operation import Operation, Product

VISIBLE = 128


@dataclass(frozen=True, slots=True)
class Outline(Operation):
    """A line of ``colour`` outside the figure, or with ``inner`` on its own outermost pixels.

    ``corners`` joins the line over corners too (8-connected: thicker diagonals). ``grow`` widens the
    canvas by ``thickness`` so that an outer line fits; without it the canvas's edge cuts the line.
    """

    name: ClassVar[str] = "outline"
    about: ClassVar[str] = "Draw a line around the figure, or on its edge."
    colour: Annotated[Colour, Param("Colour of the line.")] = (0, 0, 0)
    thickness: Annotated[int, Param("Thickness of the line, in pixels.", 1, 64)] = 1
    inner: Annotated[bool, Param("Draw it on the figure's own edge.")] = False
    corners: Annotated[bool, Param("Join across corners.")] = False
    grow: Annotated[bool, Param("Enlarge the canvas so that the line fits.")] = False

    def __post_init__(self) -> None:
        if not 1 <= self.thickness <= 64:
            raise InvalidInput(
                f"An outline {self.thickness} pixels thick cannot be drawn.", hint="give 1 to 64"
            )

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        pixels = inputs[0].still
        if self.grow and not self.inner:
            pixels = pad(pixels, *(self.thickness,) * 4)
        figure: Mask = pixels[..., 3] >= VISIBLE
        if self.inner:
            # Beyond the canvas is outside: a figure cut by the edge gets its line there too.
            room = np.pad(figure, self.thickness)
            kept = ~_grown(~room, self.thickness, self.corners)
            inner_line = figure & ~kept[self.thickness : -self.thickness, self.thickness : -self.thickness]
            result = pixels.copy()
            result[inner_line, :3] = self.colour
            return Product(result)
        line = _grown(figure, self.thickness, self.corners) & ~figure
        return Product(_beneath(pixels, line, self.colour))


def _grown(mask: Mask, thickness: int, corners: bool) -> Mask:
    from scipy import ndimage

    neighbours = ndimage.generate_binary_structure(2, 2 if corners else 1)
    grown: Mask = ndimage.binary_dilation(mask, neighbours, iterations=thickness)
    return grown


def _beneath(pixels: Pixels, mask: Mask, colour: Colour) -> Pixels:
    """``colour``, opaque, under the pixels of ``mask``: soft edges of the figure stay on top of it."""
    result = pixels.copy()
    alpha = pixels[mask][:, 3:] / 255
    result[mask, :3] = (pixels[mask][:, :3] * alpha + np.array(colour) * (1 - alpha)).round()
    result[mask, 3] = 255
    return result
