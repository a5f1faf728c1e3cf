"""Poses: what a frame of an action does to a figure, in whole cells of its pixel grid."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FramePose:
    """One frame. Lengths are cells; all at their defaults is the figure as it stands.

    ``forward`` is towards where the figure looks, ``lift`` upwards: where its anchor is meant to be. ``squash`` rows
    are left out (negative: repeated) and half as many columns repeated; the head is ``lean`` cells ahead of the feet.
    ``turn`` is the cosine of a turn about the vertical axis. ``gone`` is the share that has dissolved, ``closed`` that
    by which the eyes are shut, ``open`` that by which a lid or door is open. The legs are raised by so much.
    """

    forward: int = 0
    lift: int = 0
    squash: int = 0
    lean: int = 0
    turn: float = 1.0
    flash: bool = False
    gone: float = 0.0
    closed: float = 0.0
    open: float = 0.0
    left_leg: int = 0
    right_leg: int = 0
