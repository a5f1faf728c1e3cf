"""The look of a picture: numbers that say how it is drawn, as far as can be told, and not what it shows."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from audobon_cli.media.image.oklab import Floats, oklab, unique_colours
from audobon_cli.media.image.pixels import Pixels, resized, visible_box
from audobon_cli.styles.layers import Mask, depths, outline_of

VISIBLE = 128
"""Alpha from which a pixel belongs to the figure."""

MOST_SIDE = 128
"""Larger pictures are looked at in this size: a drawing in 512 pixels and the same in 128 have one look."""

EDGE, SAME = 0.08, 0.004
"""OKLab distances: neighbours further apart than EDGE are of two areas; nearer than SAME, of one flat colour."""

CHIEF_COLOURS = 48

_MIDDLE, _BEFORE, _AFTER = slice(1, -1), slice(None, -2), slice(2, None)
NEIGHBOURS = ((_BEFORE, _MIDDLE), (_AFTER, _MIDDLE), (_MIDDLE, _BEFORE), (_MIDDLE, _AFTER))
"""Rows and columns of an array with a margin of 1 that are above, below, left and right of each of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """``values`` by the names of MEASURES (those that only a card gives, such as ``off_palette``, are not in it).

    ``colours`` are the chief colours in OKLab, shape (n, 3), with ``shares`` of what is visible; ``drawing`` is what
    drawing.py tells, empty where that was not asked for. Nothing visible: ``values`` is empty.
    """

    values: Mapping[str, float]
    colours: Floats
    shares: Floats
    drawing: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, dtype=np.float32))

    @property
    def is_blank(self) -> bool:
        """Whether nothing is visible."""
        return not self.values


def look_of(pixels: Pixels) -> Look:
    """The look of ``pixels``, but for ``drawing``. Some 2 ms for 64 x 64 pixels."""
    grid, (x, y) = grid_of(pixels)
    native = pixels[y % grid :: grid, x % grid :: grid] if grid > 1 else pixels
    native, factor = _small(native)
    figure = native[..., 3] >= VISIBLE
    if not figure.any():
        return Look({}, np.zeros((0, 3)), np.zeros(0))
    lab = oklab(native[..., :3])
    values = {
        "side": float(max(pixels.shape[:2])),
        "grid": float(grid),
        **_colour_values(native, lab, figure),
        **outline_of(lab, figure, depths(figure)),
        **_edge_values(lab, figure),
        **_texture_values(lab, figure),
        **_alpha_values(native),
        **_light_values(lab, figure),
        **_shape_values(native),
    }
    values["outline"] *= factor
    colours, shares = _chief(native[figure][:, :3])
    return Look({name: round(value, 5) for name, value in values.items()}, colours, shares)


def grid_of(pixels: Pixels) -> tuple[int, tuple[int, int]]:
    """The side of the squares that ``pixels`` consist of, all of one size and colour (1: there are none), and where
    the first begins."""
    packed = np.ascontiguousarray(pixels).view(np.uint32)[..., 0]
    columns = 1 + np.flatnonzero((packed[:, 1:] != packed[:, :-1]).any(axis=0))
    rows = 1 + np.flatnonzero((packed[1:] != packed[:-1]).any(axis=1))
    if len(columns) < 3 or len(rows) < 3:
        return 1, (0, 0)
    grid = math.gcd(int(np.gcd.reduce(np.diff(columns))), int(np.gcd.reduce(np.diff(rows))))
    return max(grid, 1), (int(columns[0]), int(rows[0]))


def _small(pixels: Pixels) -> tuple[Pixels, float]:
    """``pixels`` with at most MOST_SIDE pixels a side, and what they were made smaller by."""
    height, width = pixels.shape[:2]
    factor = max(height, width) / MOST_SIDE
    if factor <= 1:
        return pixels, 1.0
    return resized(pixels, max(1, round(width / factor)), max(1, round(height / factor))), factor


def _colour_values(native: Pixels, lab: Floats, figure: Mask) -> dict[str, float]:
    own = lab[figure]
    chroma = np.hypot(own[:, 1], own[:, 2])
    dark, light = np.percentile(own[:, 0], (5, 95))
    return {
        "lightness": float(own[:, 0].mean()),
        "chroma": float(chroma.mean()),
        "strong_chroma": float(np.percentile(chroma, 90)),
        "colours": float(len(unique_colours(native[figure][:, :3])[0])),
        "contrast": float(own[:, 0].std()),
        "darkest": float(dark),
        "lightest": float(light),
    }


def _edge_values(lab: Floats, figure: Mask) -> dict[str, float]:
    """What neighbours in the figure, across and down, are to each other."""
    steps = []
    for axis in (0, 1):
        both = figure[1:] & figure[:-1] if axis == 0 else figure[:, 1:] & figure[:, :-1]
        steps.append(np.sqrt((np.diff(lab, axis=axis)[both] ** 2).sum(axis=-1)))
    change = np.concatenate(steps)
    if not len(change):
        return {"edges": 0.0, "edge_strength": 0.0, "flat": 1.0, "shaded": 0.0}
    edges = change > EDGE
    flat = change < SAME
    return {
        "edges": float(edges.mean()),
        "edge_strength": float(change[edges].mean()) if edges.any() else 0.0,
        "flat": float(flat.mean()),
        "shaded": float((~edges & ~flat).mean()),
    }


def _texture_values(lab: Floats, figure: Mask) -> dict[str, float]:
    """What is lost of the lightness from one size to its half, three times; and pixels unlike all their neighbours."""
    found = {}
    light, weight = lab[..., 0], figure.astype(np.float64)
    for name in ("fine", "middle", "coarse"):
        half, share = _halved(light * weight), _halved(weight)
        mean = half / np.maximum(share, 1e-9)
        back = np.repeat(np.repeat(mean, 2, axis=0), 2, axis=1)[: light.shape[0], : light.shape[1]]
        found[name] = float((np.abs(light - back) * weight).sum() / max(weight.sum(), 1e-9))
        light, weight = mean, share
        if min(light.shape) < 2:
            break
    padded = np.pad(lab, ((1, 1), (1, 1), (0, 0)), mode="edge")
    unlike = figure.copy()
    for rows, columns in NEIGHBOURS:
        unlike &= ((lab - padded[rows, columns]) ** 2).sum(axis=-1) > EDGE**2
    specks = float(unlike.sum() / figure.sum())
    return {"fine": 0.0, "middle": 0.0, "coarse": 0.0, **found, "specks": specks}


def _halved(values: Floats) -> Floats:
    """Means of squares of two by two; an odd row or column stands for two."""
    height, width = values.shape
    even = np.pad(values, ((0, height % 2), (0, width % 2)), mode="edge")
    half: Floats = even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2).mean(axis=(1, 3))
    return half


def _alpha_values(native: Pixels) -> dict[str, float]:
    alpha = native[..., 3]
    seen = alpha > 0
    return {
        "soft_alpha": float(((alpha < 255) & seen).sum() / max(seen.sum(), 1)),
        "covered": float(seen.mean()),
    }


def _light_values(lab: Floats, figure: Mask) -> dict[str, float]:
    """How the lightness rises from left to right and from top to bottom of the figure: slopes of a plane laid through
    it, over its extent."""
    rows, columns = np.nonzero(figure)
    light = lab[figure][:, 0]
    found = []
    for places in (columns, rows):
        extent = np.ptp(places)
        spread = places.var()
        slope = ((places - places.mean()) * (light - light.mean())).mean() / spread if spread else 0.0
        found.append(float(slope * extent))
    return {"light_x": found[0], "light_y": found[1]}


def _shape_values(native: Pixels) -> dict[str, float]:
    box = visible_box(native, VISIBLE - 1)
    assert box is not None
    left, top, right, bottom = box
    height, width = native.shape[:2]
    return {
        "width": (right - left) / width,
        "height": (bottom - top) / height,
        "slimness": (right - left) / (bottom - top),
        "below": (height - bottom) / height,
    }


def _chief(rgb: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """The commonest colours, alike ones (4 bits a channel) taken together, and the share of each."""
    _, counts, group = unique_colours(rgb >> 4)
    sums = np.stack([np.bincount(group, weights=rgb[:, k], minlength=len(counts)) for k in range(3)], axis=1)
    order = np.argsort(-counts, kind="stable")[:CHIEF_COLOURS]
    means = (sums[order] / counts[order, None]).round().astype(np.uint8)
    shares: Floats = counts[order] / counts[order].sum()
    return oklab(means), shares
