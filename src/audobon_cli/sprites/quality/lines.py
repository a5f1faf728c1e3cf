"""Faults of lines and edges: broken outlines, jaggies, steps in what should be a gradient, edges off the grid."""

import numpy as np

from audobon_cli.media.image.oklab import Floats
from audobon_cli.media.image.pixels import Mask, Pixels
from audobon_cli.sprites.operations.pixelate import find_grid
from audobon_cli.styles.layers import darker, depths

ONE_COLOUR = 0.12
"""OKLab distance from its median within which a line's colour lies."""

OUTLINED = 0.5
"""Share of the rim from which on a picture is taken to have an outline."""

EQUAL, STEP = 0.004, (0.012, 0.09)
"""OKLab distances: neighbours nearer than EQUAL are one flat colour; a band is apart from the next by STEP."""

FEW = 40
"""Pixels that every rim is taken to be longer: in pixel art of 16 a single pixel is a detail."""

LEVELS = 2
"""Steps in a row, in one direction, that make a staircase: three bands. Shading in two tones is none."""


def broken_outline(lab: Floats, figure: Mask) -> float:
    """The share of the rim that an outline leaves out; 0 for pictures without one.

    An outline is of one colour, darker than what it surrounds, and on at least half of the rim.
    """
    rim = depths(figure) == 1
    dark = rim & darker(lab, figure)
    if not dark.any() or dark.sum() < OUTLINED * rim.sum():
        return 0.0
    near = ((lab - np.median(lab[dark], axis=0)) ** 2).sum(axis=-1) <= ONE_COLOUR**2
    share = float((near & rim).sum() / rim.sum())
    return 1 - share if (near & dark).sum() >= OUTLINED * rim.sum() else 0.0


def jaggies(figure: Mask) -> float:
    """Single pixels that stick out of a straight edge or are missing in one, and (by half) missing ones in other edges,
    for each pixel of the rim."""
    found = 0.0
    for mask in (figure, figure.T):
        for turned in (mask, mask[::-1]):
            padded = np.pad(turned, 1)
            above, row, below = padded[:-2], padded[1:-1], padded[2:]
            left, middle, right = slice(None, -2), slice(1, -1), slice(2, None)
            flat = below[:, left] & below[:, middle] & below[:, right]
            free = ~above[:, left] & ~above[:, middle] & ~above[:, right]
            beside = row[:, left] & row[:, right]
            alone = ~row[:, left] & ~row[:, right]
            found += (flat & free & ((row[:, middle] & alone) | (~row[:, middle] & beside))).sum()
    padded = np.pad(figure, 1).astype(np.int8)
    around = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    found += (~figure & (around >= 3)).sum() / 2
    return float(found / ((depths(figure) == 1).sum() + FEW))


def off_grid(pixels: Pixels) -> float:
    """How far pixel art is from a true grid: the share of its edges that are beside the grid that most are on.
    0 where there is no grid to be seen."""
    grid = find_grid([pixels])
    if not grid.shows:
        return 0.0
    return float(1 - grid.clarity)


def banding(lab: Floats, figure: Mask) -> float:
    """The share of the figure's pixels that are in a staircase: flat bands, each a small step from the last, all in
    one direction."""
    found = sum(_staircases(values, mask) for values, mask in ((lab, figure), (lab.swapaxes(0, 1), figure.T)))
    return float(found / max(figure.sum(), 1))


def _staircases(lab: Floats, figure: Mask) -> int:
    """Pixels of the rows of ``lab`` that are in staircases."""
    both = figure[:, 1:] & figure[:, :-1]
    change = np.diff(lab, axis=1)
    apart = np.where(both, np.sqrt((change**2).sum(axis=-1)), np.inf)
    inside = 0
    for row, steps in zip(change, apart, strict=True):
        run: list[int] = []
        for place in np.flatnonzero(steps > EQUAL).tolist():
            if not STEP[0] <= steps[place] <= STEP[1]:
                inside += _length(run)
                run = []
            elif run and (place - run[-1] < 2 or row[place] @ row[run[-1]] <= 0):
                inside += _length(run)
                run = [place]
            else:
                run.append(place)
        inside += _length(run)
    return inside


def _length(run: list[int]) -> int:
    return run[-1] - run[0] if len(run) >= LEVELS else 0
