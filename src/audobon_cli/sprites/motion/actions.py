"""The actions: from a time between 0 and 1 to a pose."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from audobon_cli.sprites.motion.poses import FramePose

Point = tuple[float, float]
"""A time between 0 and 1 and a value."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Turns shares of a figure's height into cells."""

    height: int
    strength: float

    def __call__(self, share: float) -> int:
        """``share`` of the height, at least one cell."""
        return max(1, round(self.height * share * self.strength))


@dataclass(frozen=True, slots=True)
class Action:
    """An action of ``frames`` frames, ``fps`` a second unless others are asked for. One that does not loop is played
    once; it ends as it began, but for those that ``leaves``: they end in another state and keep it."""

    about: str
    frames: int
    fps: float
    loops: bool
    pose: Callable[[float, Reach], FramePose]
    leaves: bool = False


def wave(time: float) -> float:
    """0 at the ends, 1 in the middle, smoothly."""
    return (1 - math.cos(2 * math.pi * time)) / 2


def along(time: float, *points: Point) -> float:
    """The value at ``time`` of a curve through ``points``, slow at each of them (smoothstep)."""
    for (start, before), (end, after) in pairwise(points):
        if time <= end:
            part = max(0.0, time - start) / (end - start)
            return before + (after - before) * part * part * (3 - 2 * part)
    return points[-1][1]


def _idle(time: float, reach: Reach) -> FramePose:
    return FramePose(squash=round(reach(0.045) * wave(time)))


def _walk_bob(time: float, reach: Reach) -> FramePose:
    swing = math.sin(2 * math.pi * time)
    step = round(reach(0.07) * abs(swing))
    return FramePose(
        lift=round(reach(0.05) * abs(swing)),
        squash=1 if abs(swing) < 0.2 else 0,
        lean=round(reach(0.06) * swing),
        left_leg=step if swing > 0 else 0,
        right_leg=step if swing < 0 else 0,
    )


def _jump(time: float, reach: Reach) -> FramePose:
    low, tall = reach(0.16), reach(0.08)
    air = min(max((time - 0.25) / 0.5, 0.0), 1.0)
    squash = along(
        time, (0, 0), (0.17, low), (0.3, -tall), (0.5, 0), (0.7, -tall / 2), (0.83, low * 0.8), (1, 0)
    )
    return FramePose(lift=round(reach(0.4) * 4 * air * (1 - air)), squash=round(squash))


def _attack(time: float, reach: Reach) -> FramePose:
    back, far = reach(0.08), reach(0.26)
    return FramePose(
        forward=round(along(time, (0, 0), (0.3, -back), (0.42, far), (0.6, far), (1, 0))),
        squash=round(along(time, (0, 0), (0.3, reach(0.07)), (0.42, -reach(0.05)), (0.6, 0), (1, 0))),
        lean=round(along(time, (0, 0), (0.3, -reach(0.1)), (0.42, reach(0.16)), (0.6, reach(0.1)), (1, 0))),
    )


def _hurt(time: float, reach: Reach) -> FramePose:
    return FramePose(
        forward=-round(along(time, (0, 0), (0.15, reach(0.1)), (0.4, reach(0.1)), (1, 0))),
        squash=round(along(time, (0, 0), (0.15, reach(0.06)), (0.5, 0), (1, 0))),
        lean=-round(along(time, (0, 0), (0.15, reach(0.14)), (0.5, reach(0.05)), (1, 0))),
        flash=0.05 < time < 0.2 or 0.3 < time < 0.45,
    )


def _death(time: float, reach: Reach) -> FramePose:
    return FramePose(
        lift=round(along(time, (0, 0), (0.18, reach(0.06)), (0.32, 0), (1, 0))),
        squash=round(along(time, (0, 0), (0.15, -1), (0.3, 0), (0.65, reach(0.45)), (1, reach(0.6)))),
        lean=-round(along(time, (0, 0), (0.2, reach(0.12)), (0.5, reach(0.06)), (1, 0))),
        flash=0.05 < time < 0.2,
        gone=along(time, (0, 0), (0.45, 0), (0.97, 1)),
    )


def _spin(time: float, reach: Reach) -> FramePose:
    return FramePose(turn=math.cos(2 * math.pi * time))


def _float(time: float, reach: Reach) -> FramePose:
    return FramePose(lift=round(reach(0.09) * wave(time)))


def _shake(time: float, reach: Reach) -> FramePose:
    fading = max(0.0, 1 - time / 0.6)
    return FramePose(
        forward=round(reach(0.07) * fading * math.sin(2 * math.pi * 5 * time)),
        lean=round(reach(0.05) * fading * math.sin(2 * math.pi * 5 * time)),
    )


def _blink(time: float, reach: Reach) -> FramePose:
    return FramePose(closed=round(2 * along(time, (0, 0), (0.78, 0), (0.84, 1), (0.9, 1), (0.96, 0))) / 2)


def _open(time: float, reach: Reach) -> FramePose:
    opened = along(time, (0, 0), (0.15, 0), (0.6, 1.12), (0.8, 0.96), (0.92, 1))
    return FramePose(open=opened, squash=round(along(time, (0, 0), (0.15, reach(0.05)), (0.35, 0), (1, 0))))


def _pickup(time: float, reach: Reach) -> FramePose:
    return FramePose(
        lift=round(along(time, (0, 0), (0.12, 0), (0.7, reach(0.55)), (1, reach(0.6)))),
        squash=round(along(time, (0, 0), (0.12, reach(0.08)), (0.3, -reach(0.06)), (0.5, 0))),
        turn=math.cos(2 * math.pi * along(time, (0, 0), (0.15, 0), (0.75, 1))),
        flash=0.72 < time < 0.82,
        gone=along(time, (0, 0), (0.75, 0), (0.98, 1)),
    )


ACTIONS: Mapping[str, Action] = {
    "idle": Action("breathes", 8, 8, True, _idle),
    "walk-bob": Action("walks on the spot, legs in turn where it shows two", 8, 12, True, _walk_bob),
    "hop": Action("crouches, jumps, lands", 14, 16, True, _jump),
    "attack": Action("draws back and lunges", 12, 16, False, _attack),
    "hurt": Action("is thrown back and flashes", 10, 14, False, _hurt),
    "death": Action("is hit, sinks and dissolves", 16, 14, False, _death, leaves=True),
    "spin": Action("turns about its upright axis", 12, 12, True, _spin),
    "float": Action("rises and sinks in the air", 12, 10, True, _float),
    "shake": Action("rattles and comes to rest", 20, 24, True, _shake),
    "blink": Action("shuts its eyes for a moment", 24, 12, True, _blink),
    "open": Action("opens its lid, or its door when it is tall", 10, 14, False, _open, leaves=True),
    "pickup": Action("rises, turns and vanishes", 16, 16, False, _pickup, leaves=True),
}
