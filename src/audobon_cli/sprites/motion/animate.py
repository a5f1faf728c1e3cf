"""An action's frames as one moving picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, ClassVar, NamedTuple

import numpy as np

from audobon_cli.derivations.operation import NOT_ASKED, Param
from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.media.image.pixels import MAX_PIXELS, DecodedImage, Pixels, visible_box
from audobon_cli.sprites.motion.actions import ACTIONS, Action, Reach
from audobon_cli.sprites.motion.deform import Room, drawn, room_for
from audobon_cli.sprites.motion.figure import Figure, figure_of
from audobon_cli.sprites.motion.parts import Box, Parts
from audobon_cli.sprites.motion.poses import FramePose
from audobon_cli.sprites.operations.operation import MovingProduct, Operation
from audobon_cli.sprites.sheets.timing import frame_time, whole

SAMPLINGS = ("auto", "nearest", "smooth")
FACINGS = ("right", "left")
MOST_FRAMES = 240


class Motion(NamedTuple):
    """What an action makes of a picture: frames of one size, their milliseconds, and the poses that they show.
    ``room`` is how many pixels the canvas has grown on each side and at the top."""

    frames: tuple[Pixels, ...]
    durations: tuple[int, ...]
    poses: tuple[FramePose, ...]
    room: Room


@dataclass(frozen=True, slots=True)
class Animate(Operation):
    """The picture doing ``action``, ``strength`` times as far as usual, looking to ``facing``.

    ``frames`` 0 and ``fps`` 0 are the action's own; frames that are alike are one, shown longer. ``side`` and ``top``
    are pixels by which the canvas grows at least, so that several actions have one canvas. ``eyes`` are boxes in pixels
    (left, top, width, height) where none are found, ``hinge`` the row from which a lid lifts (0: found by its line).
    ``sampling`` as in ``figure_of``.
    """

    name: ClassVar[str] = "animate"
    about: ClassVar[str] = "Make a picture move, on its own pixel grid."
    action: Annotated[str, Param("What it does.", choices=tuple(ACTIONS))] = "idle"
    frames: Annotated[int, Param("Frames of a round; 0: the action's own number.", 0, MOST_FRAMES)] = 0
    fps: Annotated[float, Param("Frames per second; 0: the action's own.", 0, 60)] = 0.0
    strength: Annotated[float, Param("How far it moves, times the usual.", 0.1, 4)] = 1.0
    facing: Annotated[str, Param("Where the figure looks.", choices=FACINGS)] = "right"
    sampling: Annotated[str, Param("Nearest brings in no new colours.", choices=SAMPLINGS)] = "auto"
    side: Annotated[int, NOT_ASKED] = 0
    top: Annotated[int, NOT_ASKED] = 0
    eyes: tuple[tuple[int, int, int, int], ...] = ()
    hinge: Annotated[int, Param("Row in pixels from which a lid opens; 0: found.", 0, 8192)] = 0

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise InvalidInput(
                f"There is no action {self.action!r}.", hint=f"there are: {', '.join(ACTIONS)}"
            )
        if self.facing not in FACINGS or self.sampling not in SAMPLINGS:
            raise InvalidInput(
                f"A picture cannot face {self.facing!r} or be sampled {self.sampling!r}.",
                hint=f"face {' or '.join(FACINGS)}; sample {', '.join(SAMPLINGS)}",
            )
        if not (self.frames == 0 or 2 <= self.frames <= MOST_FRAMES) or not 0 <= self.fps <= 60:
            raise InvalidInput(
                f"A movement of {self.frames} frames at {self.fps:g} a second cannot be made.",
                hint=f"give 2 to {MOST_FRAMES} frames, at most 60 a second; 0 is the action's own number",
            )
        if not 0.1 <= self.strength <= 4 or min(self.side, self.top, self.hinge) < 0:
            raise InvalidInput(f"A strength of {self.strength:g} makes no sense.", hint="give 0.1 to 4")

    def run(self, inputs: Sequence[DecodedImage]) -> MovingProduct:
        motion = self.motion(inputs[0])
        plays = 0 if ACTIONS[self.action].loops else 1
        return MovingProduct(motion.frames[0], {}, {}, motion.frames, motion.durations, plays)

    def motion(self, picture: DecodedImage) -> Motion:
        """All frames. Raises PictureUnusable for what is empty, moves already, or lacks what the action moves."""
        return _motion(self, picture)


@lru_cache(maxsize=4)
def _motion(operation: Animate, picture: DecodedImage) -> Motion:
    figure = figure_of(picture, operation.sampling)
    action = ACTIONS[operation.action]
    poses, durations = _poses(operation, action, figure)
    if operation.hinge >= picture.height:
        raise InvalidInput(
            f"The row {operation.hinge} is not inside of {figure.name}, which is {picture.height} pixels high.",
            hint="count rows in pixels from the top",
        )
    parts = Parts(figure, _cells(operation.eyes, figure), (operation.hinge + figure.top) // figure.scale)
    needed = Room()
    for pose in poses:
        needed = needed.with_(room_for(figure, pose))
    height, width = figure.cells.shape[:2]
    area = (height + needed.top) * (width + 2 * needed.side) * figure.scale**2
    if area * len(poses) > MAX_PIXELS:
        raise PictureUnusable(
            f"{len(poses)} frames of {picture.name} are more than {MAX_PIXELS} pixels.",
            hint="make it smaller, or ask for fewer --frames",
        )
    facing = 1 if operation.facing == "right" else -1
    shown = [drawn(figure, parts, pose, needed, facing) for pose in poses]
    frames, room = _cropped(shown, figure, needed, operation, picture)
    return _joined(frames, durations, poses, room)


def _poses(operation: Animate, action: Action, figure: Figure) -> tuple[list[FramePose], list[int]]:
    count = operation.frames or action.frames
    reach = Reach(figure.height, operation.strength)
    # A loop's last frame is followed by its first; what is played once shows its end.
    last = count if action.loops else count - 1
    poses = [action.pose(number / last, reach) for number in range(count)]
    durations = whole([frame_time(operation.fps or action.fps)] * count)
    kept: list[FramePose] = []
    times: list[int] = []
    for pose, duration in zip(poses, durations, strict=True):
        if kept and kept[-1] == pose:
            times[-1] += duration
        else:
            kept.append(pose)
            times.append(duration)
    return kept, times


def _joined(frames: list[Pixels], durations: list[int], poses: list[FramePose], room: Room) -> Motion:
    """Frames that show the same as the one before are that one, shown longer: poses may differ by less than a cell."""
    kept = [0]
    times = [durations[0]]
    for place in range(1, len(frames)):
        if np.array_equal(frames[place], frames[kept[-1]]):
            times[-1] += durations[place]
        else:
            kept.append(place)
            times.append(durations[place])
    return Motion(tuple(frames[p] for p in kept), tuple(times), tuple(poses[p] for p in kept), room)


def _cells(eyes: Sequence[tuple[int, int, int, int]], figure: Figure) -> tuple[Box, ...]:
    """Boxes in pixels as boxes in cells. Raises InvalidInput for one outside of the picture."""
    rows, columns = figure.cells.shape[:2]
    found = []
    for left, top, width, height in eyes:
        x, y = (left + figure.left) // figure.scale, (top + figure.top) // figure.scale
        box = (x, y, x + max(1, width // figure.scale), y + max(1, height // figure.scale))
        if min(left, top) < 0 or min(width, height) < 1 or box[2] >= columns or box[3] > rows or box[0] < 1:
            raise InvalidInput(
                f"The eye {left},{top},{width},{height} is not inside of {figure.name}.",
                hint="give left, top, width and height in pixels",
            )
        found.append(box)
    return tuple(found)


def _cropped(
    shown: Sequence[Pixels], figure: Figure, room: Room, operation: Animate, picture: DecodedImage
) -> tuple[list[Pixels], Room]:
    """The frames in pixels, on the picture's canvas and what they need beyond it."""
    scale = figure.scale
    large = [frame.repeat(scale, axis=0).repeat(scale, axis=1) for frame in shown]
    x, y = room.side * scale + figure.left, room.top * scale + figure.top
    boxes = [box for box in map(visible_box, large) if box is not None]
    side = max(
        [operation.side, *(x - box[0] for box in boxes), *(box[2] - x - picture.width for box in boxes)]
    )
    top = max([operation.top, *(y - box[1] for box in boxes)])
    # Whole cells, so that the grid stays where it is.
    side, top = (-(-max(value, 0) // scale) * scale for value in (side, top))
    right, down = x + picture.width + side, y + picture.height
    margin_x, margin_y = max(0, side - x), max(0, top - y)
    frames = []
    for frame in large:
        spare = max(0, right - frame.shape[1])
        padded = np.pad(frame, ((margin_y, 0), (margin_x, spare), (0, 0)))
        frames.append(
            padded[margin_y + y - top : margin_y + down, margin_x + x - side : margin_x + right].copy()
        )
    return frames, Room(side, top)
