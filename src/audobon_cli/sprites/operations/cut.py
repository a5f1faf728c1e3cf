"""Background to alpha: by key colour, with the colours at soft edges freed of it, or by a mask."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from audobon_cli.derivations.operation import Param
from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.media.image.pixels import DecodedImage, Mask, Pixels
from audobon_cli.sprites.operations.colors import Colour, Floats, distance, hex_colour, oklab, unique_colours
from audobon_cli.sprites.operations.operation import Operation, Product

BORDER_SHARE = 0.4
"""Of the border that one colour must cover to be taken for the background."""

FEW, FEW_SHARE = 8, 0.05
"""Edges of no more colours than this, or this share of their pixels, are taken for hard ones."""

SOLID = 0.98
"""Alpha of a mask from which on a pixel's colour is its own."""

NOISE, FAINTEST = 0.02, 0.04
"""OKLab distance, and share of the figure, below which a pixel at the edge is background all the same."""

EDGES = ("auto", "soft", "hard")


@dataclass(frozen=True, slots=True)
class Cut(Operation):
    """Make the key colour transparent.

    ``key`` None takes the colour that covers most of the border. ``tolerance`` is an OKLab distance.
    ``everywhere`` also cuts holes that the border does not reach. ``edges``: soft ones, ``reach``
    pixels wide, get the alpha that explains their colour as a mixture of key and figure, and the
    figure's colour; hard ones are left; auto looks at how many colours there are at the edge.
    """

    name: ClassVar[str] = "cut"
    about: ClassVar[str] = "Make the background transparent."
    key: Annotated[Colour | None, Param("Colour of the background; without one, that of the border.")] = None
    tolerance: Annotated[float, Param("How far a colour may be from it: an OKLab distance.", 0, 1)] = 0.06
    everywhere: Annotated[bool, Param("Also cut holes that the border does not reach.")] = False
    edges: Annotated[str, Param("Soft edges get their alpha back; hard ones are left.", choices=EDGES)] = (
        "auto"
    )
    reach: Annotated[int, Param("Width of a soft edge, in pixels.", 0, 64)] = 2

    def __post_init__(self) -> None:
        if self.edges not in EDGES:
            raise InvalidInput(
                f"{self.edges!r} is not a kind of edge.", hint=f"there are: {', '.join(EDGES)}"
            )

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        pixels = inputs[0].still
        key = self.key or border_colour(pixels, inputs[0].name)
        background = key_mask(pixels, key, self.tolerance, self.everywhere)
        if background.all():
            raise PictureUnusable(
                f"All of {inputs[0].name} is within {self.tolerance:g} of {hex_colour(key)}.",
                hint="lower --tolerance, or give the background with --key",
            )
        soft = self.edges == "soft" or (self.edges == "auto" and not has_hard_edges(pixels, background))
        reach = self.reach if soft else 0
        return Product(unmixed(pixels, background, key, reach))


def has_hard_edges(pixels: Pixels, background: Mask) -> bool:
    """Whether the pixels next to ``background`` are of few colours, as an outline's are: mixtures of two
    colours come in all shades."""
    from scipy import ndimage

    rim = ndimage.binary_dilation(background) & ~background
    colours = len(unique_colours(pixels[rim][:, :3])[0]) if rim.any() else 0
    return colours <= max(FEW, int(rim.sum()) * FEW_SHARE)


def border_colour(pixels: Pixels, name: str) -> Colour:
    """The colour of most of the outermost pixels, noise averaged out.

    Raises PictureUnusable when no colour covers enough of the border, or it is transparent already.
    """
    border = np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])
    opaque = border[border[:, 3] >= 128][:, :3]
    if len(opaque) < len(border) / 2:
        raise PictureUnusable(
            f"The border of {name} is transparent already.", hint="give the colour to cut with --background"
        )
    coarse, counts, _ = unique_colours(opaque >> 4)
    near = np.abs((opaque >> 4).astype(int) - coarse[counts.argmax()].astype(int)).max(axis=1) <= 1
    middle = np.median(opaque[near], axis=0).round().astype(int)
    if near.sum() < len(border) * BORDER_SHARE:
        raise PictureUnusable(
            f"The border of {name} has no one colour: the commonest covers {near.mean():.0%} of it.",
            hint="give the background with --key, or cut with a model: --matting",
        )
    return int(middle[0]), int(middle[1]), int(middle[2])


def key_mask(pixels: Pixels, key: Colour, tolerance: float, everywhere: bool) -> Mask:
    """The pixels within ``tolerance`` of ``key``: all, or those connected (by edges) with the border.

    Transparent pixels count as background.
    """
    from scipy import ndimage

    near: Mask = (distance(pixels[..., :3], key) <= tolerance) | (pixels[..., 3] == 0)
    if everywhere:
        return near
    seeds = np.zeros_like(near)
    seeds[[0, -1]], seeds[:, [0, -1]] = True, True
    flooded: Mask = ndimage.binary_propagation(seeds & near, mask=near)
    return flooded


def unmixed(pixels: Pixels, background: Mask, key: Colour, reach: int) -> Pixels:
    """``pixels`` without ``background``. Pixels up to ``reach`` from it are taken for mixtures of ``key``
    and the nearest colour further inside: they get the share of the figure as alpha, and its colour."""
    from scipy import ndimage

    result = pixels.copy()
    result[background] = 0
    if reach == 0:
        return result
    depth = ndimage.distance_transform_edt(~background)
    # What is hardly not background next to the figure is a mixture too: a soft edge ends outside.
    faint = background & ndimage.binary_dilation(~background) & (distance(pixels[..., :3], key) > NOISE)
    inside, edge = depth > reach, ((depth > 0) & (depth <= reach)) | (faint & (pixels[..., 3] > 0))
    if not inside.any() or not edge.any():
        return result
    nearest = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    figure = pixels[nearest[0][edge], nearest[1][edge], :3] / 255
    colour, backdrop = pixels[edge][:, :3] / 255, np.array(key) / 255
    alpha = _mixture(colour, figure, backdrop)
    freed = (colour - (1 - alpha[:, None]) * backdrop) / np.maximum(alpha[:, None], 1 / 255)
    # At little alpha the division magnifies noise: there the figure's own colour is the better guess.
    trust = np.clip(alpha * 2, 0, 1)[:, None]
    freed = np.clip(trust * freed + (1 - trust) * figure, 0, 1)
    alpha[alpha < FAINTEST] = 0
    result[edge, :3] = (freed * 255).round()
    result[edge, 3] = (alpha * pixels[edge][:, 3]).round()
    result[result[..., 3] == 0] = 0
    return result


def _mixture(colour: Floats, figure: Floats, backdrop: Floats) -> Floats:
    """The share of ``figure`` in ``colour``, from 0 to 1: 1 where no mixture of the two explains it."""
    span = figure - backdrop
    length = np.maximum((span**2).sum(axis=1), 1e-6)
    share = np.clip(((colour - backdrop) * span).sum(axis=1) / length, 0, 1)
    miss = np.sqrt(((backdrop + share[:, None] * span - colour) ** 2).sum(axis=1))
    # The least share for which the figure's part is a colour at all (each channel within 0 and 1).
    room = np.where(colour > backdrop, 1 - backdrop, backdrop)
    least = (np.abs(colour - backdrop) / np.maximum(room, 1e-6)).max(axis=1)
    away = np.sqrt(((colour - backdrop) ** 2).sum(axis=1))
    explained = miss <= 0.25 * away + 0.03
    alpha: Floats = np.where(explained, np.maximum(share, np.minimum(least, 1)), 1.0)
    return alpha


def masked(pixels: Pixels, alpha: Floats) -> Pixels:
    """``pixels`` with ``alpha`` (0 to 1), the colours of its soft parts freed of the background's.

    The background behind a soft pixel is taken to be the nearest one that is wholly background.
    """
    from scipy import ndimage

    result = pixels.copy()
    result[..., 3] = (alpha * pixels[..., 3]).round()
    outside = alpha <= 1 - SOLID
    soft = (alpha > 1 - SOLID) & (alpha < SOLID)
    if outside.any() and soft.any():
        nearest = ndimage.distance_transform_edt(~outside, return_distances=False, return_indices=True)
        behind = pixels[nearest[0][soft], nearest[1][soft], :3].astype(float)
        share = alpha[soft][:, None]
        freed = (pixels[soft][:, :3] - (1 - share) * behind) / np.maximum(share, 0.25)
        result[soft, :3] = np.clip(freed, 0, 255).round()
    result[result[..., 3] == 0] = 0
    return result


def halo(pixels: Pixels, colour: Colour, reach: int = 1) -> float:
    """How much of the rim looks like ``colour``: the mean over visible pixels at the edge of how near they
    are to it (1 the same, 0 farther than 0.25 in OKLab) beyond what the pixels next to them inside are."""
    from scipy import ndimage

    visible = pixels[..., 3] > 0
    depth = ndimage.distance_transform_edt(np.pad(visible, 1))[1:-1, 1:-1]
    rim, inside = visible & (depth <= reach), depth > reach
    if not rim.any() or not inside.any():
        return 0.0
    nearest = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    lab, target = oklab(pixels[..., :3]), oklab(np.array(colour, dtype=np.uint8))
    near = np.clip(1 - np.sqrt(((lab - target) ** 2).sum(axis=-1)) / 0.25, 0, 1)
    excess = np.clip(near[rim] - near[nearest[0][rim], nearest[1][rim]], 0, 1)
    return float((excess * (pixels[..., 3][rim] / 255)).mean())
