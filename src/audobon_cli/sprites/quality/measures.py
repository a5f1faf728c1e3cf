"""Every fault of a picture as a number: 0 is without, the larger the worse."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audobon_cli.media.image.oklab import Floats, oklab, unique_colours
from audobon_cli.media.image.pixels import DecodedImage, Mask, Pixels
from audobon_cli.sprites.gates import measure_picture
from audobon_cli.sprites.quality.lines import banding, broken_outline, jaggies, off_grid
from audobon_cli.styles.look import VISIBLE, grid_of

SEEN = 26
"""Alpha from which a pixel is seen: a tenth."""

TELLS = 0.12
"""Spread of colour and alpha over the canvas, in OKLab, below which there is less and less to be seen."""

SPECK = 0.002
"""Of the figure's largest part: smaller ones are specks; a part of one or two pixels always is."""


@dataclass(frozen=True, slots=True)
class AllowedColours:
    """Colours that a picture may have, in OKLab, shape (n, 3). What is within ``near`` of one is one of them, from
    ``strange`` on none, and between the two in part. Differences of lightness count ``lightness`` times."""

    lab: Floats
    near: float
    strange: float
    lightness: float = 1.0


def measured(picture: DecodedImage, allowed: AllowedColours | None = None) -> dict[str, float]:
    """Every fault of FAULTS by its name, of the first frame; ``off_palette`` only where colours are given.

    Pixel art is measured on its own grid. Nothing to be seen: ``blank`` alone, and that is 1.
    """
    pixels = picture.frames[0]
    empty = blankness(pixels)
    grid, (x, y) = grid_of(pixels)
    native = pixels[y % grid :: grid, x % grid :: grid] if grid > 1 else pixels
    figure = native[..., 3] >= VISIBLE
    if empty == 1 or not figure.any():
        return {"blank": 1.0}
    lab = oklab(native[..., :3])
    gates = measure_picture(picture)
    found = {
        "blank": empty,
        "outline": broken_outline(lab, figure),
        "stray": float(stray(native[..., 3] >= SEEN)),
        "clipped": clipped(figure),
        "jaggies": jaggies(figure),
        "halo": max(gates["halo_white"], gates["halo_magenta"]),
        "alignment": off_grid(pixels) if grid == 1 else 0.0,
        "banding": banding(lab, figure),
    }
    if allowed is not None:
        found["off_palette"] = off_colours(native[figure][:, :3], allowed)
    return {name: round(value, 4) for name, value in found.items()}


def blankness(pixels: Pixels) -> float:
    """1 where nothing is to be seen or all is of one colour, 0 where there is as much of both as in a drawing."""
    alpha = pixels[..., 3:] / 255
    seen = np.concatenate([oklab(pixels[..., :3]) * alpha, alpha], axis=-1).reshape(-1, 4)
    return float(max(0.0, 1 - np.sqrt(seen.var(axis=0).sum()) / TELLS))


def stray(seen: Mask) -> int:
    """How many specks lie apart from everything else."""
    from scipy import ndimage

    labels, count = ndimage.label(seen, np.ones((3, 3)))
    if count < 2:
        return 0
    sizes = np.bincount(labels.ravel())[1:]
    return int((sizes <= max(2.0, SPECK * sizes.max())).sum())


def clipped(figure: Mask) -> float:
    """The longest run of the figure along a side of the canvas, as a share of the figure's extent that way. 0 for
    pictures that fill the canvas, as tiles do."""
    if figure.mean() > 0.97:
        return 0.0
    rows, columns = np.flatnonzero(figure.any(axis=1)), np.flatnonzero(figure.any(axis=0))
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    sides = ((figure[0], width), (figure[-1], width), (figure[:, 0], height), (figure[:, -1], height))
    return float(max(_longest_run(line) / extent for line, extent in sides))


def off_colours(rgb: NDArray[np.uint8], allowed: AllowedColours) -> float:
    """The share of ``rgb`` (n, 3) that is none of ``allowed``."""
    colours, counts, _ = unique_colours(rgb)
    weights = (allowed.lightness, 1.0, 1.0)
    own = allowed.lab * weights
    away = np.array([((own - one) ** 2).sum(axis=-1).min() for one in oklab(colours) * weights]) ** 0.5
    none = np.clip((away - allowed.near) / (allowed.strange - allowed.near), 0, 1)
    return float((counts * none).sum() / counts.sum())


def _longest_run(line: Mask) -> int:
    ends = np.flatnonzero(np.diff(np.pad(line.astype(np.int8), 1)))
    return int(np.diff(ends)[::2].max()) if len(ends) else 0
