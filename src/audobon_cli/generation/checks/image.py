"""The checks of pictures: what a look at their pixels can tell."""

from typing import TYPE_CHECKING, cast

from audobon_cli.domain.model import AlphaMode
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.generation.checks.check import Checks, ContentCheck

if TYPE_CHECKING:
    from PIL.Image import Image

    Bands = tuple[tuple[int, int], ...]

VISIBLE_ALPHA = 26
"""Of 255: pixels under a tenth of full alpha cannot be told from their background."""

MIN_COVERAGE = 0.005
"""Share of visible pixels. On 64x64 it is 20 pixels: a coin or a bullet has more, a stray speck fewer."""

FLAT_LEVELS = 2
"""Levels (of 255) by which pixels of one colour may differ: the rounding noise of a decoder that draws
nothing. The faintest real gradients span several times as much."""


def _other_size(image: "Image", request: ResolvedRequest) -> str | None:
    expected = request.render_size
    if image.size == (expected.width, expected.height):
        return None
    return f"it is {image.width}x{image.height} instead of {expected}"


def _other_mode(image: "Image", request: ResolvedRequest) -> str | None:
    mode = "RGB" if request.model.alpha is AlphaMode.NONE else "RGBA"
    return None if image.mode == mode else f"its mode is {image.mode} instead of {mode}"


def _bad_transparency(image: "Image", request: ResolvedRequest) -> str | None:
    """What is wrong with alpha in a picture that should be cut out."""
    if request.model.alpha is AlphaMode.NONE:
        return None
    histogram = image.getchannel("A").histogram()  # 256 pixel counts
    pixels = sum(histogram)
    if histogram[0] == pixels:
        return "it is fully transparent"
    coverage = sum(histogram[VISIBLE_ALPHA:]) / pixels
    if coverage < MIN_COVERAGE:
        return f"it is nearly invisible: {coverage:.1%} of it can be seen"
    fills = request.composition is not None and request.composition.fills
    return "it has no transparency" if histogram[255] == pixels and not fills else None


def _flat(image: "Image", request: ResolvedRequest) -> str | None:
    """A sprite of a single colour is fine, as its outline is a picture; one without an outline is not."""
    flat = all(high - low <= FLAT_LEVELS for low, high in cast("Bands", image.getextrema()))
    return "it is blank: all of one colour" if flat else None


IMAGE_CHECKS: Checks = {
    "size": ContentCheck("sides other than those asked for", None, _other_size),
    "mode": ContentCheck("channels other than the model's", None, _other_mode, decisive=True),
    "transparency": ContentCheck("a sprite that hides, or fills its ground", MIN_COVERAGE, _bad_transparency),
    "blank": ContentCheck("one colour all over", FLAT_LEVELS, _flat, last=True),
}
"""``limit``: the least share of visible pixels; the levels by which a single colour may vary."""
