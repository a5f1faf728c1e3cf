"""Lids that lift, and doors that turn on their left side."""

import numpy as np

from audobon_cli.media.image.pixels import Pixels
from audobon_cli.sprites.motion.figure import SOLID, Figure

TALL = 1.35
"""Height over width from which a thing that opens is a door."""


def opened(canvas: Pixels, figure: Figure, hinge: int, share: float, offset: tuple[int, int]) -> Pixels:
    """``canvas`` with its lid (the rows above ``hinge``) or its door open by ``share``; the inside is of the figure's
    darkest colour. ``offset`` is where the figure's cells begin on the canvas."""
    left, top, right, bottom = figure.box
    if bottom - top >= TALL * (right - left):
        return _door(canvas, figure, share, offset)
    _, y = offset
    head, line = top + y, hinge + y
    height = line - head
    gap, lost = round(share * 0.5 * height), round(share * 0.3 * height)
    gone = [row + y for row in figure.rows if row + 1 < hinge][:lost]
    lid = np.delete(canvas[:line], gone, axis=0)
    result = canvas.copy()
    result[:line] = 0
    rim = canvas[line]
    inside = np.flatnonzero(rim[:, 3] > SOLID)
    edge = max(1, (right - left) // 24)
    for row in range(line - gap, line):
        result[row] = rim
        result[row, inside[edge:-edge], :3] = figure.darkest
    start = line - gap - len(lid)
    part = lid[max(-start, 0) :]
    place = result[max(start, 0) : line - gap]
    place[:] = np.where(part[..., 3:] > 0, part, place)
    return result


def _door(canvas: Pixels, figure: Figure, share: float, offset: tuple[int, int]) -> Pixels:
    left, top, right, bottom = figure.box
    x, y = offset
    area = np.s_[top + y : bottom + y, left + x : right + x]
    door = canvas[area]
    width = right - left
    leaf = max(2, round(width * (1 - 0.72 * min(share, 1.2))))
    frame = max(1, width // 16)
    result = canvas.copy()
    inside = door.copy()
    for row in inside:
        solid = np.flatnonzero(row[:, 3] > SOLID)
        row[solid[frame:-frame], :3] = figure.darkest
    source = np.minimum((np.arange(leaf) + 0.5) * width / leaf, width - 1).astype(int)
    turned = door[:, source]
    inside[:, :leaf] = np.where(turned[..., 3:] > SOLID, turned, inside[:, :leaf])
    result[area] = inside
    return result
