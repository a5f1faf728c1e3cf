"""Bending a drawing: every point is moved, so that lines stay lines and edges stay crisp."""

import math
from collections.abc import Callable, Iterable

from audobon_cli.exemplars.scene import Pose
from audobon_cli.exemplars.shapes import Box, Drawing, Matrix, product

MARGIN = 40.0
"""Clear units around a drawing that fills its square."""


def posed(drawing: Drawing, pose: Pose) -> Drawing:
    """``drawing`` bent as ``pose`` says, about the middle of what it covers."""
    return drawing.warped(_placing(pose, drawing.box()))


def posed_points(points: Iterable[float], pose: Pose, box: Box) -> tuple[float, ...]:
    """The points x, y, x, y ... of a drawing that covers ``box``, bent with it."""
    place, values = _placing(pose, box), list(points)
    moved = [place(values[k], values[k + 1]) for k in range(0, len(values), 2)]
    return tuple(value for point in moved for value in point)


def fitted(drawing: Drawing, box: Box, bottom: bool = False) -> Matrix:
    """The matrix that scales ``drawing`` until it fits ``box``, in its middle or on its ``bottom``."""
    return fit_matrix(drawing.box(), box, bottom)


def fit_matrix(own: Box, box: Box, bottom: bool = False) -> Matrix:
    """The matrix that brings what covers ``own`` into ``box``."""
    width, height = max(own[2] - own[0], 1.0), max(own[3] - own[1], 1.0)
    scale = min((box[2] - box[0]) / width, (box[3] - box[1]) / height)
    x = (box[0] + box[2]) / 2 - scale * (own[0] + own[2]) / 2
    y = box[3] - scale * own[3] if bottom else (box[1] + box[3]) / 2 - scale * (own[1] + own[3]) / 2
    return (scale, 0.0, 0.0, scale, x, y)


def turned(degrees: float, x: float, y: float) -> Matrix:
    """The matrix of a turn to the right about (x, y)."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    return product(product((1, 0, 0, 1, x, y), (cos, sin, -sin, cos, 0, 0)), (1, 0, 0, 1, -x, -y))


def _placing(pose: Pose, box: Box) -> Callable[[float, float], tuple[float, float]]:
    left, top, right, bottom = box
    middle, centre = (left + right) / 2, (top + bottom) / 2
    half = max(bottom - top, 1.0) / 2
    wide = pose.stretch**0.5
    a, b, c, d, e, f = turned(pose.turn, middle, centre)
    sign = -1.0 if pose.mirror else 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        across, down = (x - middle) * sign, y - centre
        at = down / half  # -1 at the top, 1 at the bottom
        grown = 1 - pose.top * at * 0.5
        across *= wide * grown
        down = (down - pose.top * half * (at * at - 1) * 0.25) / wide
        across += half * (-pose.lean * at * 2 + pose.bend * (1 - at * at) * 2)
        x, y = middle + across, centre + down
        return a * x + c * y + e, b * x + d * y + f

    return place
