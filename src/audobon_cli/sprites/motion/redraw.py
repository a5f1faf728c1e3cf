"""An animation whose frames a model drew: their colours, in the shape, place and time of the moved picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.oklab import Floats
from audobon_cli.media.image.pixels import DecodedImage, Pixels
from audobon_cli.sprites.operations.operation import MovingProduct, Operation
from audobon_cli.styles.learn import learn
from audobon_cli.styles.look import grid_of
from audobon_cli.styles.pictures import looks_of

REDRAWN = {
    "idle": 0.35, "walk-bob": 0.45, "hop": 0.4, "attack": 0.5, "hurt": 0.45, "death": 0.4, "spin": 0.5, "float": 0.3,
    "shake": 0.3, "blink": 0.3, "open": 0.5, "pickup": 0.3,
}  # fmt: skip
"""How much of each frame is drawn anew, by action: the more, the more the picture is bent out of shape by moving it.
By hand: what moves as a whole (float, shake) needs least."""


@dataclass(frozen=True, slots=True)
class Redraw(Operation):
    """The first input, an animation, with the further inputs in place of its frames numbered ``places`` (from 0).

    Alpha, canvas, grid and times are the animation's: what a model draws beside the figure is left out, and nothing
    that stands moves. Other frames, empty ones mostly, stay as they are. Measured is how far each drawn frame is from
    the style card of all of them (``style_distances``), and the distance from which one is told (``style_limit``).
    """

    name: ClassVar[str] = "redraw"
    packages: ClassVar[tuple[str, ...]] = ("numpy", "pillow")
    by_parameters: ClassVar[bool] = False
    places: tuple[int, ...] = ()
    side: int = 0
    """Of the square on which frames were put for the model, before they were enlarged; see ``padded``."""

    def __post_init__(self) -> None:
        if (
            self.side < 0
            or any(place < 0 for place in self.places)
            or len(set(self.places)) != len(self.places)
        ):
            raise InvalidInput(f"{list(self.places)} are no places of frames.", hint="name each once, from 0")

    @property
    def verb(self) -> str:
        return "drawn"

    def run(self, inputs: Sequence[DecodedImage]) -> MovingProduct:
        moved, *drawn = inputs
        if len(drawn) != len(self.places) or any(place >= len(moved.frames) for place in self.places):
            raise InvalidInput(
                f"{len(drawn)} drawn frames do not fit {moved.name}, which has {len(moved.frames)}.",
                hint="make it again with `audobon sprite animate --model`",
            )
        frames = list(moved.frames)
        for place, picture in zip(self.places, drawn, strict=True):
            frames[place] = worn(picture.still, moved.frames[place], self.side)
        facts = _consistency([frames[place] for place in self.places])
        durations = tuple(round(one) for one in moved.durations_ms)
        return MovingProduct(frames[0], {}, facts, tuple(frames), durations, moved.plays)


def padded(frame: Pixels, side: int, factor: int = 1) -> Pixels:
    """``frame`` on a square of ``side`` pixels, in the middle and on the ground, every pixel ``factor`` times as
    large."""
    height, width = frame.shape[:2]
    left = (side - width) // 2
    square = np.pad(frame, ((side - height, 0), (left, side - width - left), (0, 0)))
    return square.repeat(factor, axis=0).repeat(factor, axis=1)


def worn(drawn: Pixels, frame: Pixels, side: int) -> Pixels:
    """The colours of ``drawn``, which began with ``padded(frame, side)``, in the shape of ``frame``, on its grid where
    it has one. Raises InvalidInput for other sides."""
    height, width = frame.shape[:2]
    factor = drawn.shape[0] // side if side else 0
    if side < max(height, width) or factor < 1 or drawn.shape != (side * factor, side * factor, 4):
        raise InvalidInput(
            f"A drawn frame is {drawn.shape[1]}x{drawn.shape[0]} pixels, which do not hold {width}x{height}.",
            hint="make it again with `audobon sprite animate --model`",
        )
    left = (side - width) // 2
    small = _cells(drawn.astype(np.float64), factor)[side - height :, left : left + width]
    colours, seen = small[..., :3], small[..., 3:] / 255
    # Where the model left a hole the picture shows through, or a figure would have black spots.
    colours = seen * colours + (1 - seen) * frame[..., :3]
    grid, (x, y) = grid_of(frame)
    if grid > 1 and not (x % grid or y % grid or height % grid or width % grid):
        colours = _cells(colours, grid).repeat(grid, axis=0).repeat(grid, axis=1)
    made = np.concatenate([np.rint(colours).astype(np.uint8), frame[..., 3:]], axis=-1)
    made[frame[..., 3] == 0] = 0
    return made


def _cells(values: Floats, side: int) -> Floats:
    """The means of squares of ``side`` pixels."""
    height, width, channels = values.shape
    means: Floats = values.reshape(height // side, side, width // side, side, channels).mean(axis=(1, 3))
    return means


def _consistency(frames: Sequence[Pixels]) -> dict[str, Any]:
    from audobon_cli.styles.distance import distance

    if len(frames) < 2:
        return {}
    looks = looks_of(frames)
    card = learn(looks)
    return {
        "style_distances": [round(distance(look, card).total, 3) for look in looks],
        "style_limit": round(card.limit, 3),
    }
