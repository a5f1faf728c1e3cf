"""A picture made ready for moving: on its pixel grid, with its anchor and the rows that are missed least."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from audobon_cli.domain.errors import PictureUnusable
from audobon_cli.media.image.pixels import DecodedImage, Pixels, pad, visible_box
from audobon_cli.sprites.operations.colors import Floats, oklab
from audobon_cli.sprites.operations.pixelate import find_grid

SMALL = 192
"""Pictures of at most so many pixels a side are pixel art, whether a grid shows or not."""

FEW_COLOURS = 64
"""So are larger ones of at most so many colours."""

SOLID = 127
"""Alpha above which a pixel belongs to the figure."""


@dataclass(frozen=True, eq=False)
class Figure:
    """``cells`` are the picture's pixels, one for each cell of a grid of ``scale`` pixels, of which the first column
    and row have ``left`` and ``top`` pixels outside of the picture. ``smooth``: there is no grid, and it is resampled.
    """

    name: str
    cells: Pixels
    scale: int
    left: int
    top: int
    smooth: bool

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom (exclusive) of the figure, in cells."""
        box = visible_box(self.cells, SOLID) or visible_box(self.cells)
        if box is None:
            raise PictureUnusable(
                f"Nothing of {self.name} is visible.", hint="there is nothing to move in an empty picture"
            )
        return box

    @property
    def height(self) -> int:
        """Of the figure, in cells."""
        return self.box[3] - self.box[1]

    @cached_property
    def lightness(self) -> Floats:
        """OKLab's L of each cell."""
        return np.asarray(oklab(self.cells[..., :3])[..., 0])

    @cached_property
    def rows(self) -> tuple[int, ...]:
        """The figure's rows, in the order in which they can be left out or repeated: feet last."""
        top, bottom = self.box[1], self.box[3]
        return _spread(_differences(self.cells[top:bottom]), top, feet=0.15)

    @cached_property
    def columns(self) -> tuple[int, ...]:
        """The figure's columns likewise, of its left and its right half in turn."""
        left, right = self.box[0], self.box[2]
        middle = (left + right) // 2
        halves = [
            _spread(_differences(self.cells[:, start:stop].transpose(1, 0, 2)), start)
            for start, stop in ((left, middle), (middle, right))
        ]
        return tuple(column for pair in zip(*halves, strict=False) for column in pair)

    @cached_property
    def lightest(self) -> NDArray[np.uint8]:
        """The figure's lightest opaque colour that is not only a speck; shape (3,)."""
        return self._extreme(0.98)

    @cached_property
    def darkest(self) -> NDArray[np.uint8]:
        """The figure's darkest one."""
        return self._extreme(0.02)

    def _extreme(self, share: float) -> NDArray[np.uint8]:
        solid = self.cells[..., 3] > SOLID
        if not solid.any():
            solid = self.cells[..., 3] > 0
        order = np.argsort(self.lightness[solid], kind="stable")
        return np.asarray(self.cells[solid][order[round(share * (len(order) - 1))], :3])


def figure_of(picture: DecodedImage, sampling: str = "auto") -> Figure:
    """``picture`` on its grid. ``sampling`` is nearest, smooth, or auto: nearest where a grid shows, or it is small or
    of few colours. Raises PictureUnusable for an animation."""
    pixels = picture.still
    grid = find_grid([pixels]) if min(pixels.shape[:2]) >= 8 else None
    if grid is not None and grid.shows and grid.scale == round(grid.scale) and sampling != "smooth":
        scale = int(grid.scale)
        left, top = (scale - int(grid.x)) % scale, (scale - int(grid.y)) % scale
        height, width = pixels.shape[:2]
        whole = pad(pixels, left, top, -(width + left) % scale, -(height + top) % scale)
        cells = whole[scale // 2 :: scale, scale // 2 :: scale]
        again = cells.repeat(scale, axis=0).repeat(scale, axis=1)
        inside = np.s_[top : top + height, left : left + width]
        if grid.x == int(grid.x) and grid.y == int(grid.y) and np.array_equal(again[inside], pixels):
            return Figure(picture.name, np.ascontiguousarray(cells), scale, left, top, False)
    small = max(pixels.shape[:2]) <= SMALL or _colours(pixels) <= FEW_COLOURS
    return Figure(picture.name, pixels, 1, 0, 0, sampling == "smooth" or (sampling == "auto" and not small))


def _colours(pixels: Pixels) -> int:
    return len(np.unique(np.ascontiguousarray(pixels).view(np.uint32)))


def _differences(lines: Pixels) -> Floats:
    """How much line i of ``lines`` (n, m, 4) differs from the next; shape (n - 1,)."""
    values = np.concatenate([oklab(lines[..., :3]) * (lines[..., 3:] / 255), lines[..., 3:] / 255], axis=-1)
    return np.asarray(np.sqrt((np.diff(values, axis=0) ** 2).sum(axis=-1)).sum(axis=1))


def _spread(costs: Floats, start: int, feet: float = 0.0) -> tuple[int, ...]:
    """All lines but the last, from ``start``: each next one is cheap and far from those before. The last ``feet``
    (a share) come behind all others."""
    count = len(costs)
    if count == 0:
        return ()
    scaled = costs / max(float(costs.mean()), 1e-9)
    places = np.arange(count)
    near = np.zeros(count)
    near[places >= count * (1 - feet)] = 1e6
    taken = np.zeros(count, dtype=bool)
    order = []
    width = max(count / 12, 1.0)
    for _ in range(count):
        total = np.where(taken, np.inf, scaled + near)
        # Rounded: sums in another order must not choose another line.
        chosen = int(np.round(total, 6).argmin())
        taken[chosen] = True
        order.append(start + chosen)
        near += 3 * np.exp(-(((places - chosen) / width) ** 2))
    return tuple(order)
