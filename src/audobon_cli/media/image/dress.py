"""Pictures made to fit a style card; see domain.output.dress.Dress."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audobon_cli.domain.output.dress import Dress
from audobon_cli.media.image.oklab import Floats, from_oklab, oklab, unique_colours
from audobon_cli.media.image.pixels import Pixels, as_image, resized, without_hidden_colour

if TYPE_CHECKING:
    from PIL.Image import Image

AT_ONCE = 4096
"""Colours that are compared at once."""

NEAR = 0.05
"""OKLab distance over which colours of a palette take part in a mean."""

HUE_BEFORE_LIGHT = (0.7, 1.2, 1.2)
"""What differences in L, a and b count when the nearest colour is looked for: blue goes to a darker blue and not to
grey."""

GENTLEST, STRONGEST = 0.5, 2.0
"""Between these contrast and chroma are multiplied: more would tear a picture's colours apart."""

UNNOTICED = 0.002
"""OKLab distance below which nothing is changed."""

SOLID = 128
"""Alpha from which a pixel stays where edges are hard."""


def dressed(image: "Image", dress: Dress) -> "Image":
    """``image`` in the cells, colours and line of ``dress``: RGBA, of the same size."""
    pixels = np.array(image.convert("RGBA"), dtype=np.uint8)
    height, width = pixels.shape[:2]
    cell = dress.cell if height % dress.cell == 0 and width % dress.cell == 0 else 1
    small = resized(pixels, width // cell, height // cell) if cell > 1 else pixels
    if dress.hard:
        small = np.where(
            small[..., 3:] >= SOLID, small | np.array([0, 0, 0, 255], dtype=np.uint8), np.uint8(0)
        )
    small = _balanced(small, dress)
    if dress.palette:
        small = in_palette(small, palette_array(dress.palette), dress.pull, dress.reach)
    if dress.outline:
        small = _outlined(small, dress)
    small = without_hidden_colour(small)
    return as_image(np.ascontiguousarray(small.repeat(cell, axis=0).repeat(cell, axis=1)))


def _balanced(pixels: Pixels, dress: Dress) -> Pixels:
    """``pixels`` with the mean lightness, the contrast and the mean chroma of the figure in the ranges of ``dress``."""
    figure = pixels[..., 3] >= SOLID
    if not figure.any():
        return pixels
    lab = oklab(pixels[..., :3])
    own = lab[figure]
    mean, spread = float(own[:, 0].mean()), float(own[:, 0].std())
    chroma = float(np.hypot(own[:, 1], own[:, 2]).mean())
    light = _within(mean, dress.lightness) + (lab[..., 0] - mean) * _factor(spread, dress.contrast)
    colour = _factor(chroma, dress.chroma)
    wanted = np.stack([light, lab[..., 1] * colour, lab[..., 2] * colour], axis=-1)
    if np.abs(wanted - lab)[figure].max() < UNNOTICED:
        return pixels
    result = pixels.copy()
    result[..., :3] = from_oklab(lab + dress.strength * (wanted - lab))
    return result


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])


def _factor(value: float, bounds: tuple[float, float]) -> float:
    wanted = _within(value, bounds)
    return 1.0 if wanted == value else _within(wanted / max(value, 0.01), (GENTLEST, STRONGEST))


def palette_array(palette: tuple[str, ...]) -> NDArray[np.uint8]:
    """Colours as #rrggbb with shape (n, 3)."""
    return np.array([list(bytes.fromhex(colour[1:])) for colour in palette], dtype=np.uint8).reshape(-1, 3)


def in_palette(pixels: Pixels, palette: NDArray[np.uint8], pull: float, reach: float = 0.0) -> Pixels:
    """``pixels`` in the colours of ``palette``: each the nearest in OKLab, or with a ``pull`` of less than 1 moved by
    so much towards the mean of those near to it, so that shades stay shades. With a ``reach`` (OKLab) the pull falls
    off with the distance of the nearest: to 0.6 of itself at one ``reach``, to a hundredth at three."""
    colours, _, place = unique_colours(pixels[..., :3].reshape(-1, 3))
    lab, wanted = oklab(colours), oklab(palette)
    made = [_moved(some, wanted, pull, reach) for some in np.array_split(lab, len(lab) // AT_ONCE + 1)]
    result = pixels.copy()
    result[..., :3] = from_oklab(np.concatenate(made))[place].reshape(*pixels.shape[:2], 3)
    return result


def _moved(lab: Floats, wanted: Floats, pull: float, reach: float) -> Floats:
    apart = (((lab[:, None] - wanted) * HUE_BEFORE_LIGHT) ** 2).sum(axis=-1)
    if pull == 1:
        return np.asarray(wanted[apart.argmin(axis=1)])
    share = pull if not reach else pull * np.exp(-apart.min(axis=1, keepdims=True) / (2 * reach**2))
    weights = np.exp((apart.min(axis=1, keepdims=True) - apart) / (2 * NEAR**2))
    means: Floats = weights @ wanted / weights.sum(axis=1, keepdims=True)
    return lab + share * (means - lab)


def _outlined(pixels: Pixels, dress: Dress) -> Pixels:
    """``pixels`` with a line around what is solid, one pixel after the other across edges, below what is there."""
    ink = np.array([*bytes.fromhex(dress.outline_colour[1:]), 255], dtype=np.uint8)
    result = pixels
    for _ in range(dress.outline):
        solid = np.pad(result[..., 3] >= SOLID, 1)
        near = solid[:-2, 1:-1] | solid[2:, 1:-1] | solid[1:-1, :-2] | solid[1:-1, 2:]
        result = np.where((near & ~solid[1:-1, 1:-1])[..., None], ink, result)
    return result
