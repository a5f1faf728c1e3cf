"""Taking off transparent margins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from audobon_cli.derivations.operation import Param
from audobon_cli.domain.errors import PictureUnusable
from audobon_cli.media.image.pixels import DecodedImage, pad, visible_box
from audobon_cli.sprites.operations.operation import Operation, Product


@dataclass(frozen=True, slots=True)
class Trim(Operation):
    """Crop to what is visible in any of the inputs, which must be of one size; the first is the one cropped.

    Alpha up to ``threshold`` (of 255) counts as nothing; ``padding`` pixels stay around; ``square``
    makes width and height equal; both become a multiple of ``multiple``, the figure in the middle.
    """

    name: ClassVar[str] = "trim"
    about: ClassVar[str] = "Crop transparent margins."
    together: ClassVar[bool] = True
    threshold: Annotated[int, Param("Alpha up to this, of 255, counts as transparent.", 0, 254)] = 0
    padding: Annotated[int, Param("Pixels to leave around it.", 0, 1024)] = 0
    square: Annotated[bool, Param("Make width and height equal.")] = False
    multiple: Annotated[int, Param("Make both sides multiples of this.", 1, 1024)] = 1

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        pixels = inputs[0].still
        refuse_other_sizes(inputs)
        boxes = [visible_box(each.still, self.threshold) for each in inputs]
        found = [box for box in boxes if box is not None]
        if not found:
            raise PictureUnusable(
                f"Nothing of {inputs[0].name} is visible.",
                hint="there is nothing to trim to; lower --threshold",
            )
        left, top = min(box[0] for box in found), min(box[1] for box in found)
        right, bottom = max(box[2] for box in found), max(box[3] for box in found)
        cropped = pad(pixels[top:bottom, left:right], *(self.padding,) * 4)
        height, width = cropped.shape[:2]
        wide, high = (max(width, height),) * 2 if self.square else (width, height)
        extra_x, extra_y = _up(wide, self.multiple) - width, _up(high, self.multiple) - height
        return Product(
            pad(cropped, extra_x // 2, extra_y // 2, extra_x - extra_x // 2, extra_y - extra_y // 2)
        )


def refuse_other_sizes(inputs: Sequence[DecodedImage]) -> None:
    """Raise PictureUnusable unless all inputs have the first one's size."""
    first = inputs[0]
    for other in inputs[1:]:
        if (other.width, other.height) != (first.width, first.height):
            raise PictureUnusable(
                f"{other.name} is {other.width}x{other.height} and {first.name} {first.width}x{first.height}.",
                hint="pictures that are worked on together must be of one size",
            )


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
