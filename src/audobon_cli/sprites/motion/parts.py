"""Parts of a figure, found by their colours: eyes, legs, a lid."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

import numpy as np

from audobon_cli.domain.errors import PictureUnusable
from audobon_cli.media.image.pixels import Mask, Pixels
from audobon_cli.sprites.motion.figure import SOLID, Figure
from audobon_cli.sprites.motion.poses import FramePose

Box = tuple[int, int, int, int]
"""Left, top, right, bottom (exclusive), in cells."""

STANDS_OUT = 0.12
"""OKLab lightness by which a spot is darker than what is around it, so that it can be an eye."""

LEVELS = (0.2, 0.28, 0.36, 0.44, 0.52, 0.6, 0.68)
"""Lightness below which cells are looked at together."""


@dataclass(frozen=True)
class Parts:
    """Where the parts of ``figure`` are; ``given_eyes`` and ``given_hinge`` (not 0) are those that someone named."""

    figure: Figure
    given_eyes: tuple[Box, ...] = ()
    given_hinge: int = 0

    @cached_property
    def eyes(self) -> tuple[Box, ...]:
        """The boxes of its eyes; of the pairs that are alike and side by side the best. Raises PictureUnusable."""
        found = self.given_eyes or _eyes(self.figure)
        if not found:
            raise PictureUnusable(
                f"No eyes show in {self.figure.name}.",
                hint="name their boxes in pixels: --eye LEFT,TOP,WIDTH,HEIGHT, once for each",
            )
        return found

    @cached_property
    def legs(self) -> tuple[int, int] | None:
        """The row where two legs begin, and the column between them; None where it shows no two."""
        return _legs(self.figure)

    @cached_property
    def hinge(self) -> int:
        """The row from which a lid lifts: the strongest line across between a fifth and three fifths of the height."""
        left, top, right, bottom = self.figure.box
        if self.given_hinge:
            return min(max(self.given_hinge, top + 1), bottom - 1)
        inner = (right - left) // 6
        light = self.figure.lightness[:, left + inner : right - inner]
        steps = np.abs(np.diff(light, axis=0))
        # The median: a line goes all across, a mouth or a lock does not.
        strength = np.round(np.median(steps, axis=1) + 0.5 * steps.mean(axis=1), 6)
        first, last = top + (bottom - top) // 5, top + (bottom - top) * 3 // 5
        return first + 1 + int(strength[first:last].argmax()) if last > first else top + 1

    def posed(self, figure: Figure, pose: FramePose) -> Pixels:
        """The cells with the parts as ``pose`` has them."""
        cells = figure.cells
        if pose.closed > 0:
            cells = cells.copy()
            for eye in self.eyes:
                _close(cells, figure, eye, pose.closed)
        if (pose.left_leg or pose.right_leg) and self.legs is not None:
            row, column = self.legs
            cells = cells.copy()
            for side, lift in ((np.s_[:column], pose.left_leg), (np.s_[column:], pose.right_leg)):
                if lift:
                    _raise_leg(cells[:, side], row, lift)
        return cells


class _Spot(NamedTuple):
    """A dark spot: its box, how many cells, and how much darker it is than the cells around its box (OKLab's L)."""

    box: Box
    cells: int
    contrast: float


def _eyes(figure: Figure) -> tuple[Box, ...]:
    """The best pair of dark spots that are alike, level, and left and right of the middle."""
    left, _, right, _ = figure.box
    width, middle = right - left, (left + right) / 2
    best: tuple[float, tuple[Box, ...]] = (0.0, ())
    for one, other in combinations(_spots(figure), 2):
        a, b = sorted((one, other), key=lambda spot: spot.box)
        size = max(a.box[3] - a.box[1], b.box[3] - b.box[1])
        level = abs(_centre(a.box)[1] - _centre(b.box)[1]) / size
        apart = (_centre(b.box)[0] - _centre(a.box)[0]) / width
        off = abs((_centre(a.box)[0] + _centre(b.box)[0]) / 2 - middle) / width
        alike = min(a.cells, b.cells) / max(a.cells, b.cells)
        if b.box[0] <= a.box[2] or alike < 0.45 or level > 0.8 or not 0.08 < apart < 0.62 or off > 0.2:
            continue
        weight = math.sqrt(a.cells + b.cells) * min(a.contrast, b.contrast)
        score = weight * alike * (1 - 2 * off) * (1 - 0.5 * level)
        if score > best[0] + 1e-9:
            best = (score, (a.box, b.box))
    return best[1]


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _spots(figure: Figure) -> list[_Spot]:
    """Compact dark spots inside of the figure, at several levels of lightness: of those around one place the one that
    differs most from what is around it."""
    from scipy import ndimage

    left, top, right, bottom = figure.box
    solid = figure.cells[..., 3] > SOLID
    rim = solid & ~ndimage.binary_erosion(solid)
    light = np.where(solid, figure.lightness, 1.0)
    found: dict[tuple[int, int], _Spot] = {}
    for level in LEVELS:
        labels, _ = ndimage.label((light < level) & solid, np.ones((3, 3)))
        outer = set(np.unique(labels[rim]).tolist())
        for number, (ys, xs) in enumerate(ndimage.find_objects(labels), 1):
            own = labels[ys, xs] == number
            high, wide = own.shape
            share = own.sum() / (figure.height * (right - left))
            if number in outer or not 0.0008 <= share <= 0.05 or own.sum() < 2 or own.mean() < 0.5:
                continue
            if not 0.4 <= high / wide <= 3 or ys.stop > top + 0.8 * (bottom - top):
                continue
            ring = np.s_[ys.start - 1 : ys.stop + 1, xs.start - 1 : xs.stop + 1]
            outside = labels[ring] != number
            around = light[ring][outside]
            # What is around an eye is of one colour: a spot in a pattern has others beside it.
            contrast = float(np.median(around) - light[ys, xs][own].mean() - around.std())
            if contrast < STANDS_OUT or not solid[ring].all():
                continue
            spot = _Spot((xs.start, ys.start, xs.stop, ys.stop), int(own.sum()), contrast)
            key = (xs.start + wide // 2, ys.start + high // 2)
            near = [k for k in found if abs(k[0] - key[0]) + abs(k[1] - key[1]) <= max(2, high // 2)]
            if all(
                contrast * math.sqrt(spot.cells) > found[k].contrast * math.sqrt(found[k].cells) for k in near
            ):
                for k in near:
                    del found[k]
                found[key] = spot
    return list(found.values())


def _close(cells: Pixels, figure: Figure, eye: Box, closed: float) -> None:
    """Shut one eye: what is beside it over its upper half, or over all of it and a line across."""
    left, top, right, bottom = eye
    dark = (
        cells[top:bottom, left:right].reshape(-1, 4)[figure.lightness[top:bottom, left:right].argmin()].copy()
    )
    # With the soft edge around it; two cells away begins what it lies in.
    x, y, end, low = (
        max(left - 1, 0),
        max(top - 1, 0),
        min(right + 1, cells.shape[1]),
        min(bottom + 1, cells.shape[0]),
    )
    covered = low if closed >= 1 else (top + bottom) // 2
    sides = (max(x - 1, 0), min(end, cells.shape[1] - 1))
    beside = cells[y:low][:, sides].reshape(-1, 4)
    light = figure.lightness[y:low][:, sides].ravel()
    order = np.argsort(light, kind="stable")
    middle, usual = light[order[len(order) // 2]], beside[order[len(order) // 2]].copy()
    for row in range(y, covered):
        skin = [
            cells[row, side].copy()
            if abs(figure.lightness[row, side] - middle) < STANDS_OUT and cells[row, side, 3] == 255
            else usual
            for side in sides
        ]
        half = (x + end) // 2
        cells[row, x:half], cells[row, half:end] = skin
    if closed >= 1:
        cells[min(top + (bottom - top) * 5 // 8, bottom - 1), left:right] = dark


def _legs(figure: Figure) -> tuple[int, int] | None:
    _, top, _, bottom = figure.box
    solid = figure.cells[..., 3] > SOLID
    row = bottom - 1 - max(1, figure.height // 20)
    runs = _runs(solid[row])
    if len(runs) != 2 or min(stop - start for start, stop in runs) < 2:
        return None
    gap = (runs[0][1], runs[1][0])
    column = (gap[0] + gap[1]) // 2
    if gap[1] - gap[0] < 1:
        return None
    first = row
    while first > top and not solid[first - 1, column]:
        first -= 1
    deep = bottom - first
    return (first, column) if 2 <= deep <= figure.height * 0.5 else None


def _runs(line: Sequence[bool] | Mask) -> list[tuple[int, int]]:
    """The stretches of true cells: start and end (exclusive)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(line, dtype=int), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _raise_leg(side: Pixels, row: int, lift: int) -> None:
    """Move what is below ``row`` up by ``lift``; what it covers is lost."""
    lift = min(lift, side.shape[0] - row - 1)
    side[row : side.shape[0] - lift] = side[row + lift :].copy()
    side[side.shape[0] - lift :] = 0
