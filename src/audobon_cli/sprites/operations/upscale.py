"""Enlarging: pixels repeated, stairs cut by Scale2x and Scale3x, or the picture traced and redrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from audobon_cli.derivations.operation import Param
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.pixels import DecodedImage, Pixels, as_image
from audobon_cli.sprites.operations.operation import Operation, Product

METHODS = ("nearest", "scale2x", "smooth")
LARGEST = 16384


@dataclass(frozen=True, slots=True)
class Upscale(Operation):
    """``factor`` times as large. ``method``: nearest repeats pixels; scale2x (EPX; Mazzoleni 2001) cuts the
    corners of stairs and brings in no new colour: for factors made of 2 and 3; smooth traces the picture
    into curves and draws them large (0.2 s for 64x64)."""

    name: ClassVar[str] = "upscale"
    about: ClassVar[str] = "Enlarge by a whole factor."
    factor: Annotated[int, Param("How many times larger.", 1, 64)] = 2
    method: Annotated[str, Param("Repeat pixels, smooth stairs, or trace and redraw.", choices=METHODS)] = (
        "nearest"
    )

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InvalidInput(
                f"There is no method {self.method!r}.", hint=f"there are: {', '.join(METHODS)}"
            )
        if self.factor < 1 or (self.method == "scale2x" and not _steps(self.factor)):
            raise InvalidInput(
                f"{self.method} cannot enlarge {self.factor} times.", hint="scale2x does 2, 3, 4, 6, 8, 9 ..."
            )

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        pixels = inputs[0].still
        if max(pixels.shape[:2]) * self.factor > LARGEST:
            raise InvalidInput(
                f"{inputs[0].name} would be larger than {LARGEST} pixels.", hint="choose a smaller --factor"
            )
        if self.method == "nearest":
            return Product(pixels.repeat(self.factor, axis=0).repeat(self.factor, axis=1))
        if self.method == "smooth":
            from audobon_cli.media.image.scale import enlarge_smooth

            return Product(np.array(enlarge_smooth(as_image(pixels), self.factor)))
        for step in _steps(self.factor):
            pixels = _scaled(pixels, step)
        return Product(pixels)


def _steps(factor: int) -> list[int]:
    """``factor`` as a product of 2 and 3; empty when it is none."""
    steps = []
    for step in (2, 3):
        while factor % step == 0:
            factor //= step
            steps.append(step)
    return steps if factor == 1 else []


def _scaled(pixels: Pixels, step: int) -> Pixels:
    """One round of Scale2x or Scale3x. Neighbours are called as in the published rules:

    A B C
    D E F
    G H I
    """
    packed = np.ascontiguousarray(pixels).view(np.uint32)[..., 0]
    framed = np.pad(packed, 1, mode="edge")
    rows, columns = packed.shape
    a, b, c, d, e, f, g, h, i = (framed[y : y + rows, x : x + columns] for y in range(3) for x in range(3))
    plain = (b == h) | (d == f)

    def chosen(condition: NDArray[np.bool_], value: NDArray[np.uint32]) -> NDArray[np.uint32]:
        return np.where(condition & ~plain, value, e)

    if step == 2:
        cells = [
            [chosen(d == b, d), chosen(b == f, f)],
            [chosen(d == h, d), chosen(h == f, f)],
        ]
    else:
        cells = [
            [
                chosen(d == b, d),
                chosen(((d == b) & (e != c)) | ((b == f) & (e != a)), b),
                chosen(b == f, f),
            ],
            [
                chosen(((d == b) & (e != g)) | ((d == h) & (e != a)), d),
                e,
                chosen(((b == f) & (e != i)) | ((h == f) & (e != c)), f),
            ],
            [
                chosen(d == h, d),
                chosen(((d == h) & (e != i)) | ((h == f) & (e != g)), h),
                chosen(h == f, f),
            ],
        ]
    large = np.empty((rows * step, columns * step), dtype=np.uint32)
    for y, line in enumerate(cells):
        for x, values in enumerate(line):
            large[y::step, x::step] = values
    return large.view(np.uint8).reshape(rows * step, columns * step, 4)
