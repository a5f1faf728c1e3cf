"""Drawing a pose: the figure's cells moved, repeated and left out."""

from dataclasses import dataclass

import numpy as np

from audobon_cli.media.image.pixels import Pixels, resized
from audobon_cli.sprites.motion.figure import Figure
from audobon_cli.sprites.motion.opening import opened
from audobon_cli.sprites.motion.parts import Parts
from audobon_cli.sprites.motion.poses import FramePose


@dataclass(frozen=True, slots=True)
class Room:
    """Cells around the picture: ``side`` on the left and on the right, ``top`` above; below there are none."""

    side: int = 0
    top: int = 0

    def with_(self, other: "Room") -> "Room":
        """Room for both."""
        return Room(max(self.side, other.side), max(self.top, other.top))


def room_for(figure: Figure, pose: FramePose) -> Room:
    """Cells that a pose can need at most."""
    height, width = figure.cells.shape[:2]
    wider = max(pose.squash, 0)
    side = abs(pose.forward) + abs(pose.lean) + wider + (width if pose.turn != 1 else 0)
    return Room(side, pose.lift + max(-pose.squash, 0) + (height if pose.open else 0))


def drawn(figure: Figure, parts: Parts, pose: FramePose, room: Room, facing: int) -> Pixels:
    """The cells of one frame with ``room`` around; ``facing`` is 1 for a figure that looks to the right, else -1."""
    cells = parts.posed(figure, pose)
    canvas = np.pad(cells, ((room.top, 0), (room.side, room.side), (0, 0)))
    left, _, right, bottom = figure.box
    middle, foot = room.side + (left + right - 1) / 2, room.top + bottom
    if pose.flash:
        canvas[canvas[..., 3] > 0, :3] = figure.lightest
    if pose.open > 0:
        canvas = opened(canvas, figure, parts.hinge, pose.open, (room.side, room.top))
    canvas = _squashed(canvas, figure, pose.squash, room, foot)
    canvas = _leant(canvas, figure, pose.lean * facing, foot)
    canvas = _turned(canvas, pose.turn, middle, figure)
    canvas = _dissolved(canvas, pose.gone, foot - figure.height, foot)
    return _shifted(canvas, pose.forward * facing, pose.lift)


def _squashed(canvas: Pixels, figure: Figure, rows: int, room: Room, foot: int) -> Pixels:
    """``rows`` rows fewer above the feet (negative: more), and half as many columns more."""
    if rows == 0:
        return canvas
    if figure.smooth:
        return _resampled(canvas, figure, rows, room, foot)
    chosen = sorted(row + room.top for row in figure.rows[: abs(rows)])
    kept = np.ones(canvas.shape[0], dtype=int)
    kept[chosen] = 0 if rows > 0 else 2
    part = np.repeat(canvas, kept, axis=0)
    spare = canvas.shape[0] - part.shape[0]
    part = np.pad(part, ((spare, 0), (0, 0), (0, 0))) if spare >= 0 else part[-spare:]
    # Wider by as many columns left and right of the middle, so that the middle stays.
    pairs = round(abs(rows) / 4)
    columns = sorted(column + room.side for column in figure.columns[: 2 * pairs])
    count = np.ones(canvas.shape[1], dtype=int)
    count[columns] = 2 if rows > 0 else 0
    part = np.repeat(part, count, axis=1)
    change = len(columns) // 2
    if rows > 0:
        return part[:, change : part.shape[1] - change]
    return np.pad(part, ((0, 0), (change, change), (0, 0)))


def _resampled(canvas: Pixels, figure: Figure, rows: int, room: Room, foot: int) -> Pixels:
    """The same by scaling, about the feet."""
    head = foot - figure.height
    height = max(1, figure.height - rows)
    width = canvas.shape[1] + 2 * round(rows / 4)
    scaled = resized(canvas[head:foot], width, height)
    spare = (width - canvas.shape[1]) // 2
    scaled = (
        scaled[:, spare : spare + canvas.shape[1]]
        if spare >= 0
        else np.pad(scaled, ((0, 0), (-spare, -spare), (0, 0)))
    )
    result = np.zeros_like(canvas)
    result[foot:] = canvas[foot:]
    start = foot - height
    result[max(start, 0) : foot] = scaled[max(-start, 0) :]
    if start > 0:  # what is faint above the figure comes down with it
        above = canvas[:head][-start:]
        result[start - len(above) : start] = above
    return result


def _leant(canvas: Pixels, figure: Figure, lean: int, foot: int) -> Pixels:
    """Each row moved aside: the head by ``lean`` cells to the right, the feet not at all, bent between."""
    if lean == 0:
        return canvas
    result = np.zeros_like(canvas)
    share = np.clip((foot - np.arange(canvas.shape[0])) / figure.height, 0, 1.5)
    shifts = lean * share**1.5
    for row in range(canvas.shape[0]):
        if figure.smooth:
            result[row] = _between(canvas[row], float(shifts[row]))
        else:
            result[row] = np.roll(canvas[row], int(np.round(shifts[row])), axis=0)
    return result


def _between(row: Pixels, shift: float) -> Pixels:
    """A row moved by a fraction of a pixel, colours weighted by alpha."""
    whole = int(np.floor(shift))
    part = shift - whole
    near, far = (np.roll(row, step, axis=0).astype(float) for step in (whole, whole + 1))
    alpha = near[:, 3:] * (1 - part) + far[:, 3:] * part
    colour = near[:, :3] * near[:, 3:] * (1 - part) + far[:, :3] * far[:, 3:] * part
    mixed = np.concatenate([colour / np.maximum(alpha, 1e-9), alpha], axis=1)
    return np.asarray(np.round(mixed), dtype=np.uint8)


def _turned(canvas: Pixels, turn: float, middle: float, figure: Figure) -> Pixels:
    """Turned about the column ``middle``: ``turn`` times as wide, mirrored when it is negative, two cells when seen
    from the side."""
    if turn == 1:
        return canvas
    width = canvas.shape[1]
    columns = np.arange(width)
    half = max((figure.box[2] - figure.box[0]) / 2, 2.0)
    share = max(abs(turn), 1.5 / half) * (1 if turn >= 0 else -1)
    if figure.smooth:
        scaled = resized(canvas, max(2, round(width * abs(share))), canvas.shape[0])
        scaled = scaled[:, ::-1] if share < 0 else scaled
        result = np.zeros_like(canvas)
        centre = middle + 0.5
        from_middle = centre * abs(share) if share > 0 else (width - centre) * abs(share)
        start = round(centre - from_middle)
        first, last = max(start, 0), min(start + scaled.shape[1], width)
        result[:, first:last] = scaled[:, first - start : last - start]
        return result
    source = np.round(middle + (columns - middle) / share + 1e-9).astype(int)
    inside = (source >= 0) & (source < width)
    result = np.zeros_like(canvas)
    result[:, inside] = canvas[:, source[inside]]
    return result


def _dissolved(canvas: Pixels, gone: float, head: int, foot: int) -> Pixels:
    """The share ``gone`` of the cells taken away, in a fixed scatter, from the head down."""
    if gone <= 0:
        return canvas
    if gone >= 1:
        return np.zeros_like(canvas)
    height, width = canvas.shape[:2]
    down = np.clip((np.arange(height) - head) / max(foot - head, 1), 0, 1)[:, None]
    scatter = _scatter(height, width)
    keep = 0.45 * down + 0.55 * scatter >= gone
    return np.where(keep[..., None], canvas, np.uint8(0))


def _scatter(height: int, width: int) -> np.ndarray:
    """A number from 0 to 1 for each cell that looks like chance and is always the same: the fractions of multiples
    of the plastic number's powers (Roberts' R2 sequence), which are spread evenly."""
    rows, columns = np.arange(height)[:, None], np.arange(width)[None, :]
    return np.asarray((columns * 0.7548776662466927 + rows * 0.5698402909980532) % 1.0)


def _shifted(canvas: Pixels, right: int, up: int) -> Pixels:
    """Moved by whole cells; there is room for it."""
    if not right and not up:
        return canvas
    moved = np.zeros_like(canvas)
    height, width = canvas.shape[:2]
    moved[: height - up if up else height, max(right, 0) : width + min(right, 0)] = canvas[
        up:, max(-right, 0) : width - max(right, 0)
    ]
    return moved
