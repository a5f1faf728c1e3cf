"""What lies how deep in a figure: its rim, the layers below, and whether a line is drawn along it."""

import numpy as np
from numpy.typing import NDArray

from audobon_cli.media.image.oklab import Floats

Mask = NDArray[np.bool_]

DEEPEST = 8
"""Pixels from the rim within which an outline lies."""

DARKER = 0.1
"""OKLab lightness by which a line is darker than what is beside it."""

REACH = 0.08
"""How far beside, as a share of the longer side; at least 3 pixels, so that lines of 2 are told from what they
surround."""


def depths(figure: Mask) -> NDArray[np.int8]:
    """For each pixel how far from the rim it lies, in steps across edges: 0 outside, 1 on the rim, at most DEEPEST + 1.

    Beyond the canvas is outside, but for figures that fill it, which have no rim.
    """
    inside = np.pad(figure, 1, constant_values=bool(figure.all()))
    found = figure.astype(np.int8)
    for _ in range(DEEPEST):
        core = (
            inside[1:-1, 1:-1] & inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
        )
        found += core
        inside[1:-1, 1:-1] = core
        if not core.any():
            break
    return found


def outline_of(lab: Floats, figure: Mask, depth: NDArray[np.int8]) -> dict[str, float]:
    """The outline's weight in pixels, the share of the rim that has one, and the rim's lightness and chroma.

    A pixel is of a line if something within REACH in the figure is lighter than it by DARKER. Of how many pixels this
    holds in each layer from the rim inward, less than how many of the core have such neighbours too, adds up to the
    weight; a rim of which hardly more pixels are dark than of the core has none.
    """
    rim = depth == 1
    if not rim.any():
        return {"outline": 0.0, "outline_share": 0.0, "outline_light": 0.0, "outline_chroma": 0.0}
    dark = darker(lab, figure)
    total = np.bincount(depth[figure], minlength=DEEPEST + 2)
    marked = np.bincount(depth[dark], minlength=DEEPEST + 2)
    core = total[4:].sum()
    usual = float(marked[4:].sum() / core) if core >= 8 else 0.0
    shares = np.clip((marked[1:] / np.maximum(total[1:], 1) - usual) / max(1 - usual, 0.2), 0, 1)
    weight = 0.0
    for share in shares[:DEEPEST]:
        if share < 0.25:
            break
        weight += float(share)
    line = lab[rim & dark] if (rim & dark).sum() * 2 >= rim.sum() else lab[rim]
    return {
        "outline": weight if shares[0] >= 0.25 else 0.0,
        "outline_share": float(shares[0]),
        "outline_light": float(np.median(line[:, 0])),
        "outline_chroma": float(np.median(np.hypot(line[:, 1], line[:, 2]))),
    }


def darker(lab: Floats, figure: Mask) -> Mask:
    """Of which pixels of ``figure`` something in it within REACH is lighter by DARKER."""
    light = np.where(figure, lab[..., 0], -1.0)
    reach = max(3, round(REACH * max(figure.shape)))
    found: Mask = figure & (_highest(light, reach) - light > DARKER)
    return found


def _highest(values: Floats, reach: int) -> Floats:
    """The highest of ``values`` (negative: none) within ``reach`` pixels across and down."""
    found = values
    for axis in (0, 1):
        done, best = 0, found
        while done < reach:  # windows double until they reach
            step = min(max(done, 1), reach - done)
            best = np.maximum(best, np.maximum(_shifted(best, step, axis), _shifted(best, -step, axis)))
            done += step
        found = best
    return found


def _shifted(values: Floats, step: int, axis: int) -> Floats:
    moved = np.full_like(values, -1.0)
    size = values.shape[axis]
    if abs(step) >= size:
        return moved
    to = [slice(None)] * 2
    of = [slice(None)] * 2
    to[axis], of[axis] = (
        (slice(step, None), slice(None, -step)) if step > 0 else (slice(None, step), slice(-step, None))
    )
    moved[tuple(to)] = values[tuple(of)]
    return moved
