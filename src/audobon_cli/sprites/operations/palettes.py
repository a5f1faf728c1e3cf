"""Palettes: the best few colours of pictures, and pictures in the colours of a palette.

All distances and errors are measured in OKLab.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from audobon_cli.derivations.operation import Param
from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.media.image.pixels import DecodedImage, Pixels
from audobon_cli.sprites.operations.colors import Colour, Floats, colour_array, oklab, tree_of, unique_colours
from audobon_cli.sprites.operations.operation import Operation, Product

RGB = NDArray[np.uint8]
"""Shape (n, 3)."""

MAX_COLOURS = 256
VISIBLE = 128
"""Alpha from which a pixel's colour counts when a palette is drawn up."""

MANY_COLOURS = 32768
"""Of more different colours than this, those alike in 5 bits a channel are taken together first."""

ROUNDS = 12
DITHERS = ("none", "bayer", "floyd-steinberg")


@dataclass(frozen=True, slots=True)
class ExtractPalette(Operation):
    """The ``colours`` that stand best for all inputs together: a picture one pixel high, dark to light."""

    name: ClassVar[str] = "palette-extract"
    about: ClassVar[str] = "Draw up the palette of all pictures together."
    kind: ClassVar[AssetKind] = AssetKind.IMAGE
    gathers: ClassVar[bool] = True
    colours: Annotated[int, Param("Number of colours to extract.", 1, MAX_COLOURS)] = 16

    def __post_init__(self) -> None:
        if not 1 <= self.colours <= MAX_COLOURS:
            raise InvalidInput(
                f"A palette of {self.colours} colours cannot be made.", hint=f"ask for 1 to {MAX_COLOURS}"
            )

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        palette = extract(inputs, self.colours)
        opaque = np.full((len(palette), 1), 255, dtype=np.uint8)
        return Product(np.concatenate([palette, opaque], axis=1)[None])


@dataclass(frozen=True, slots=True)
class ApplyPalette(Operation):
    """Every pixel in a colour of ``palette``, or if that is empty, of the second input.

    ``dither``: none, bayer (a regular 4x4 pattern) or floyd-steinberg (error diffusion), by
    ``strength`` from 0 to 1. ``hard_alpha`` makes every pixel either opaque or transparent.
    """

    name: ClassVar[str] = "palette"
    about: ClassVar[str] = "Reduce pictures to one palette."
    beside: ClassVar[str] = "A picture whose colours are the palette, instead of colours named here."
    palette: Annotated[tuple[Colour, ...], Param("The colours that pictures may have.")] = ()
    dither: Annotated[str, Param("How shades in between are dotted.", choices=DITHERS)] = "none"
    strength: Annotated[float, Param("Strength of the dithering.", 0, 1)] = 1.0
    hard_alpha: Annotated[bool, Param("Make every pixel opaque or transparent.")] = False

    def __post_init__(self) -> None:
        if self.dither not in DITHERS:
            raise InvalidInput(
                f"There is no dithering {self.dither!r}.", hint=f"there are: {', '.join(DITHERS)}"
            )

    @property
    def needs_beside(self) -> bool:
        return not self.palette

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        palette = colour_array(self.palette) if self.palette else palette_of_picture(inputs[1])
        pixels = inputs[0].still.copy()
        if self.hard_alpha:
            pixels[..., 3] = np.where(pixels[..., 3] >= VISIBLE, 255, 0)
        pixels[..., :3] = recoloured(pixels, palette, self.dither, self.strength)
        return Product(pixels)


def palette_of_picture(picture: DecodedImage) -> RGB:
    """The visible colours of ``picture``, in the order of their first pixel.

    Raises PictureUnusable when there are none, or too many for a palette.
    """
    pixels = picture.still
    flat = pixels.reshape(-1, 4)
    visible = flat[flat[:, 3] > 0][:, :3]
    colours, _, inverse = unique_colours(visible)
    if not 1 <= len(colours) <= MAX_COLOURS:
        raise PictureUnusable(
            f"{picture.name} has {len(colours)} colours, which makes no palette.",
            hint=f"a palette has 1 to {MAX_COLOURS}; draw one up with `audobon sprite palette --extract`",
        )
    firsts = np.full(len(colours), len(visible))
    np.minimum.at(firsts, inverse, np.arange(len(visible)))
    ordered: RGB = colours[np.argsort(firsts)]
    return ordered


def extract(pictures: Sequence[DecodedImage], count: int) -> RGB:
    """At most ``count`` colours that stand for all visible ones of ``pictures``, dark to light.

    Weighted k-means in OKLab over the different colours. It begins with the commonest and then
    adds whichever colour, by number times squared distance, is worst served; each result is the
    nearest colour that really occurs, so that flat art keeps its own. Raises PictureUnusable when
    nothing is visible.
    """
    colours, counts = _counted(pictures)
    if not len(colours):
        raise PictureUnusable(
            "Nothing is visible to take colours from.", hint="give pictures that are not empty"
        )
    if len(colours) > MANY_COLOURS:
        colours, counts = _thinned(colours, counts)
    lab = oklab(colours)
    chosen = colours if len(colours) <= count else colours[_medoids(lab, counts.astype(np.float64), count)]
    by_lightness: RGB = chosen[np.argsort(oklab(chosen)[:, 0], kind="stable")]
    return by_lightness


def _counted(pictures: Sequence[DecodedImage]) -> tuple[RGB, NDArray[np.int64]]:
    """The different visible colours of all pictures, and how many pixels have each."""
    colours, counts = [np.zeros((0, 3), dtype=np.uint8)], [np.zeros(0, dtype=np.int64)]
    for picture in pictures:
        for frame in picture.frames:
            flat = frame.reshape(-1, 4)
            own, number, _ = unique_colours(flat[flat[:, 3] >= VISIBLE][:, :3])
            colours.append(own)
            counts.append(number)
    merged, _, group = unique_colours(np.concatenate(colours))
    return merged, np.bincount(group, weights=np.concatenate(counts), minlength=len(merged)).astype(np.int64)


def _thinned(colours: RGB, counts: NDArray[np.int64]) -> tuple[RGB, NDArray[np.int64]]:
    """Of the colours alike in 5 bits a channel the commonest, with the count of all."""
    _, _, group = unique_colours(colours >> 3)
    order = np.lexsort((counts, group))
    last = np.flatnonzero(np.diff(group[order], append=-1))
    totals = np.bincount(group, weights=counts).astype(np.int64)
    return colours[order[last]], totals


def _medoids(lab: Floats, counts: Floats, count: int) -> NDArray[np.int64]:
    """The places of ``count`` of ``lab`` that are nearest to the centres of weighted k-means."""
    from scipy.spatial import cKDTree

    chosen = [int(counts.argmax())]
    # The fourth root of the count: a small eye of its own colour matters more than its few pixels.
    weight = counts**0.25
    near = ((lab - lab[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int((near * weight).argmax()))
        near = np.minimum(near, ((lab - lab[chosen[-1]]) ** 2).sum(axis=1))
    centres = lab[chosen]
    for _ in range(ROUNDS):
        group = cKDTree(centres).query(lab)[1]
        weights = np.bincount(group, weights=counts, minlength=count)
        sums = np.stack(
            [np.bincount(group, weights=counts * lab[:, axis], minlength=count) for axis in range(3)], axis=1
        )
        centres = np.where(weights[:, None] > 0, sums / np.maximum(weights, 1)[:, None], centres)
    return np.unique(cKDTree(lab).query(centres)[1])


def recoloured(
    pixels: Pixels, palette: RGB, dither: str = "none", strength: float = 1.0
) -> NDArray[np.uint8]:
    """The colours (height, width, 3) of ``pixels`` with each taken from ``palette``."""
    if dither == "floyd-steinberg":
        chosen = _diffused(oklab(pixels[..., :3]), pixels[..., 3] > 0, palette, strength)
        return np.asarray(palette[chosen])
    if dither == "bayer":
        lab = oklab(pixels[..., :3])
        lab[..., 0] += _bayer(*pixels.shape[:2]) * _step(palette) * strength
        return np.asarray(palette[tree_of(palette).query(lab)[1]])
    colours, _, inverse = unique_colours(pixels[..., :3].reshape(-1, 3))
    by_colour = np.asarray(palette[tree_of(palette).query(oklab(colours))[1]])
    return np.asarray(by_colour[inverse].reshape(*pixels.shape[:2], 3))


def _step(palette: RGB) -> float:
    """How far apart in lightness neighbours in the palette are: what a pattern must bridge."""
    lightness = np.unique(oklab(palette)[:, 0])
    return float(np.median(np.diff(lightness))) if len(lightness) > 1 else 0.0


def _bayer(height: int, width: int) -> Floats:
    """The 4x4 ordered-dither thresholds (Bayer 1973), from -0.5 to 0.5, laid over the picture."""
    order = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
    tiled: Floats = np.tile((order + 0.5) / 16 - 0.5, (-(-height // 4), -(-width // 4)))[:height, :width]
    return tiled


def _diffused(lab: Floats, visible: NDArray[np.bool_], palette: RGB, strength: float) -> NDArray[np.int64]:
    """Places in ``palette`` by error diffusion (Floyd and Steinberg 1976), transparent pixels left out.

    Pixels with one value of column + 2 * row depend on earlier values only: they are done at once.
    """
    height, width = lab.shape[:2]
    targets, tree = oklab(palette), tree_of(palette)
    work = np.pad(lab, ((0, 1), (1, 1), (0, 0)))
    chosen = np.zeros((height, width), dtype=np.int64)
    rows = np.arange(height)
    for front in range(width + 2 * (height - 1)):
        columns = front - 2 * rows
        within = (columns >= 0) & (columns < width)
        y, x = rows[within], columns[within]
        picked = tree.query(work[y, x + 1])[1]
        chosen[y, x] = picked
        error = (work[y, x + 1] - targets[picked]) * (strength * visible[y, x])[:, None]
        # No two pixels of a front touch the same neighbour in one of these lines.
        work[y, x + 2] += error * (7 / 16)
        work[y + 1, x] += error * (3 / 16)
        work[y + 1, x + 1] += error * (5 / 16)
        work[y + 1, x + 2] += error * (1 / 16)
    return chosen
