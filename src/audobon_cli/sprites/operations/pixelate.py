"""Pixel art on a true grid: find the grid that a picture pretends to have, and take one pixel a cell.

Also the way down for pictures without a grid: to a given size, thin lines and highlights kept.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from audobon_cli.derivations.operation import Param
from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.media.image.pixels import DecodedImage, Pixels
from audobon_cli.sprites.operations.colors import Floats, oklab
from audobon_cli.sprites.operations.operation import Operation, Product
from audobon_cli.sprites.operations.trim import refuse_other_sizes

SMALLEST_CELL, LARGEST_CELL = 2.0, 64.0
CLEAR = 0.38
"""Of 1: how well edges must agree with a grid for it to be believed. Drawings without one stay below 0.25."""

SAMPLES = 6
"""Per cell and axis. Cells smaller than that give some pixels more weight."""

CONTRAST = 0.18
"""OKLab lightness by which an extreme must differ from its cell's middle to be kept as a line."""

METHODS = ("auto", "majority", "contrast")


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of ``scale`` pixels; the first line of the grid is at ``x``, ``y`` (less than a cell)."""

    scale: float
    x: float
    y: float
    clarity: float
    """How well the edges agree with it, from 0 to 1."""
    lines: int
    """How many rows or columns (the fewer of them) have edges at all."""

    @property
    def shows(self) -> bool:
        """Whether it is to be believed: a few edges agree with some grid by chance, the more so the fewer."""
        return self.clarity >= max(CLEAR, 2 / math.sqrt(max(self.lines, 1)))


@dataclass(frozen=True, slots=True)
class Pixelate(Operation):
    """One pixel for each cell. ``scale`` 0 finds the grid (in all inputs together); with ``width`` and
    ``height`` there is no grid and the picture is reduced to that size.

    ``method``: majority takes the commonest colour of a cell; contrast keeps thin dark or light
    lines; auto is majority on a grid and contrast without.
    """

    name: ClassVar[str] = "pixelate"
    about: ClassVar[str] = "Snap pixel art to its grid, or reduce it to a size."
    together: ClassVar[bool] = True
    scale: Annotated[float, Param("Pixels of a cell; 0 finds the grid.", 0, LARGEST_CELL)] = 0.0
    width: Annotated[int, Param("Reduce to this width instead; 0: by the grid.", 0, 8192)] = 0
    height: Annotated[int, Param("Reduce to this height, with a width.", 0, 8192)] = 0
    method: Annotated[str, Param("Take the commonest colour, or keep thin lines.", choices=METHODS)] = "auto"

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InvalidInput(
                f"There is no method {self.method!r}.", hint=f"there are: {', '.join(METHODS)}"
            )
        if self.scale and self.width:
            raise InvalidInput("Give either a scale or a size.", hint="leave out --scale or --size")
        if self.scale and not SMALLEST_CELL <= self.scale <= LARGEST_CELL:
            raise InvalidInput(
                f"A cell of {self.scale:g} pixels makes no sense.",
                hint=f"give a scale from {SMALLEST_CELL:g} to {LARGEST_CELL:g}",
            )

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        pixels = inputs[0].still
        if self.width:
            xs = _positions(0.0, pixels.shape[1] / self.width, self.width, pixels.shape[1], 1.0)
            ys = _positions(0.0, pixels.shape[0] / self.height, self.height, pixels.shape[0], 1.0)
        else:
            grid = self._grid(inputs)
            xs, ys = (
                _positions(start, grid.scale, _cells(size, start, grid.scale), size, 0.6)
                for start, size in ((grid.x, pixels.shape[1]), (grid.y, pixels.shape[0]))
            )
        contrast = self.method == "contrast" or (self.method == "auto" and bool(self.width))
        return Product(_sampled(pixels, xs, ys, contrast))

    def _grid(self, inputs: Sequence[DecodedImage]) -> Grid:
        refuse_other_sizes(inputs)
        grid = find_grid([each.still for each in inputs], self.scale)
        if not self.scale and not grid.shows:
            raise PictureUnusable(
                f"No pixel grid shows in {inputs[0].name} (clarity {grid.clarity:.2f} of 1).",
                hint="give the size of its pixels with --scale, or the size to make with --size",
                clarity=round(grid.clarity, 3),
            )
        return grid


def find_grid(frames: Sequence[Pixels], scale: float = 0.0) -> Grid:
    """The grid on which the colour edges of ``frames`` (of one size) lie; ``scale`` not 0 fixes its cells.

    Where edges lie at phase + k * scale, the profile's Fourier component of that period is as large
    as its sum. It is so for scale / 2, scale / 3 ... too: of the periods nearly as good as the best the
    longest is the one.
    """
    across, down = _edges(frames, axis=1), _edges(frames, axis=0)
    longest = min(LARGEST_CELL, max(min(len(across), len(down)) / 3, SMALLEST_CELL))
    lines = int(min(np.count_nonzero(across), np.count_nonzero(down)))
    scales = np.arange(SMALLEST_CELL, longest + 0.01, 0.01) if not scale else np.array([scale])
    waves_x, waves_y = _waves(across, scales), _waves(down, scales)
    clarity = np.sqrt(np.abs(waves_x) * np.abs(waves_y))
    best = float(clarity.max())
    good = np.flatnonzero(clarity >= 0.85 * best)
    # The top of the last hump of periods that are good enough.
    breaks = np.flatnonzero(np.diff(good) > 5)
    hump = good[breaks[-1] + 1 :] if len(breaks) else good
    place = int(hump[clarity[hump].argmax()])
    found = float(scales[place])
    if abs(found - round(found)) <= 0.03:  # a whole number fits as well
        found = float(round(found))
    x, y = (
        float(np.angle(_waves(profile, np.array([found]))[0]) / (2 * np.pi) * found % found)
        for profile in (across, down)
    )
    return Grid(found, _settled(x, found), _settled(y, found), float(clarity[place]), lines)


def _settled(phase: float, scale: float) -> float:
    """``phase`` as a whole number if it is nearly one, and 0 rather than a whole cell."""
    settled = float(round(phase)) if abs(phase - round(phase)) < 0.25 else phase
    return 0.0 if settled >= scale else settled


def _edges(frames: Sequence[Pixels], axis: int) -> Floats:
    """How much colour changes between pixel i - 1 and i along ``axis``, summed over the other; i = 0 is 0."""
    total = np.zeros(frames[0].shape[axis])
    for pixels in frames:
        lab = oklab(pixels[..., :3]) * (pixels[..., 3:] / 255)
        values = np.concatenate([lab, pixels[..., 3:] / 255], axis=-1)
        change = np.sqrt((np.diff(values, axis=axis) ** 2).sum(axis=-1))
        change[change < 0.02] = 0  # noise is no edge
        total[1:] += change.sum(axis=1 - axis)
    return total


def _waves(profile: Floats, scales: Floats) -> NDArray[np.complex128]:
    """The Fourier component of ``profile`` at each period, over its sum: 1 for edges on one grid."""
    # The square root: two long straight edges must not make a grid by themselves.
    profile = np.sqrt(profile)
    total = profile.sum()
    if total <= 0:
        return np.zeros(len(scales), dtype=np.complex128)
    places = np.flatnonzero(profile)
    waves = np.exp(2j * np.pi * places[None, :] / scales[:, None]) @ profile[places]
    normalised: NDArray[np.complex128] = waves / total
    return normalised


def _cells(size: int, start: float, scale: float) -> int:
    return max(1, round((size - start) / scale) + (1 if start >= scale / 2 else 0))


def _positions(start: float, scale: float, cells: int, size: int, part: float) -> NDArray[np.int64]:
    """Where to look, shape (cells, SAMPLES): pixels spread over the inner ``part`` of each cell."""
    first = start - scale if start >= scale / 2 else start
    within = (1 - part) / 2 + part * (np.arange(SAMPLES) + 0.5) / SAMPLES
    places = first + (np.arange(cells)[:, None] + within[None, :]) * scale
    return np.clip(np.floor(places), 0, size - 1).astype(np.int64)


def _sampled(pixels: Pixels, xs: NDArray[np.int64], ys: NDArray[np.int64], contrast: bool) -> Pixels:
    """One pixel a cell; a cell is transparent where most of it is."""
    rows, columns = len(ys), len(xs)
    cells = pixels[ys[:, None, :, None], xs[None, :, None, :]].reshape(rows * columns, -1, 4)
    visible = cells[..., 3] >= 128
    lab = oklab(cells[..., :3])
    pick = _line_or_middle(lab, visible) if contrast else _commonest(lab, visible)
    chosen = np.take_along_axis(cells, pick[:, None, None], axis=1)[:, 0]
    opaque = visible.mean(axis=1) >= 0.5
    alpha = np.where(visible, cells[..., 3], 0).sum(axis=1) / np.maximum(visible.sum(axis=1), 1)
    result = np.zeros((rows * columns, 4), dtype=np.uint8)
    result[opaque, :3] = chosen[opaque, :3]
    result[opaque, 3] = alpha[opaque].round()
    return result.reshape(rows, columns, 4)


def _commonest(lab: Floats, visible: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each cell the sample in the middle of the larger of two clusters (k-means from dark and light)."""
    lightness = np.where(visible, lab[..., 0], np.nan)
    filled = np.where(visible.any(axis=1, keepdims=True), lightness, lab[..., 0])
    ends = [np.nanargmin(filled, axis=1), np.nanargmax(filled, axis=1)]
    centres = np.stack([np.take_along_axis(lab, end[:, None, None], axis=1)[:, 0] for end in ends], axis=1)
    for _ in range(4):
        away = ((lab[:, :, None] - centres[:, None]) ** 2).sum(axis=-1)
        group = away.argmin(axis=2)
        for cluster in (0, 1):
            member = ((group == cluster) & visible)[..., None]
            number = member.sum(axis=1)
            mean = (lab * member).sum(axis=1) / np.maximum(number, 1)
            centres[:, cluster] = np.where(number > 0, mean, centres[:, cluster])
    sizes = np.stack([((group == cluster) & visible).sum(axis=1) for cluster in (0, 1)], axis=1)
    larger = sizes.argmax(axis=1)
    centre = np.take_along_axis(centres, larger[:, None, None], axis=1)[:, 0]
    miss = ((lab - centre[:, None]) ** 2).sum(axis=-1)
    member = (group == larger[:, None]) & visible
    return np.asarray(np.where(member, miss, np.inf).argmin(axis=1))


def _line_or_middle(lab: Floats, visible: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each cell its middle sample by lightness, or the extreme that stands out if there is one.

    An extreme is a line or a highlight when it is far from the middle, and much farther than the
    other extreme.
    """
    lightness = np.where(visible, lab[..., 0], np.nan)
    filled = np.where(visible.any(axis=1, keepdims=True), lightness, 0.0)
    order = np.argsort(np.where(np.isnan(filled), np.inf, filled), axis=1, kind="stable")
    number = np.maximum((~np.isnan(filled)).sum(axis=1), 1)

    def at(share: float) -> tuple[NDArray[np.int64], Floats]:
        place = np.take_along_axis(order, np.floor((number - 1) * share).astype(int)[:, None], axis=1)
        return place[:, 0], np.take_along_axis(filled, place, axis=1)[:, 0]

    (dark, low), (middle, mid), (light, high) = at(0.06), at(0.5), at(0.94)
    below, above = mid - low, high - mid
    picked = np.where((below > CONTRAST) & (below > 1.5 * above), dark, middle)
    return np.where((above > CONTRAST) & (above > 1.5 * below), light, picked)
