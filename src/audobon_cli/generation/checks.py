"""Whether a drawn picture is worth keeping: what a look at its pixels can tell."""

from typing import TYPE_CHECKING, cast

from audobon_cli.domain.model import AlphaMode
from audobon_cli.domain.units import Size

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


def check_picture(
    image: "Image", expected_size: Size, alpha: AlphaMode, engine_problems: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """What is wrong with ``image``, in words; empty when nothing is.

    ``engine_problems`` (see engines.base.Rendered) come first. A sprite of a single colour is fine, as
    its outline is a picture; one without an outline is not. Takes some milliseconds for 1024x1024.
    """
    mode = "RGB" if alpha is AlphaMode.NONE else "RGBA"
    problems = list(engine_problems)
    if image.size != (expected_size.width, expected_size.height):
        problems.append(f"it is {image.width}x{image.height} instead of {expected_size}")
    if image.mode != mode:
        problems.append(f"its mode is {image.mode} instead of {mode}")
        return tuple(problems)
    if mode == "RGBA":
        problems += _transparency_problems(image.getchannel("A").histogram())
    if not problems and _is_flat(image):
        problems.append("it is blank: all of one colour")
    return tuple(problems)


def _transparency_problems(histogram: list[int]) -> list[str]:
    """What is wrong with alpha in a picture that should be cut out; ``histogram`` has 256 pixel counts."""
    pixels = sum(histogram)
    if histogram[0] == pixels:
        return ["it is fully transparent"]
    coverage = sum(histogram[VISIBLE_ALPHA:]) / pixels
    if coverage < MIN_COVERAGE:
        return [f"it is nearly invisible: {coverage:.1%} of it can be seen"]
    if histogram[255] == pixels:
        return ["it has no transparency"]
    return []


def _is_flat(image: "Image") -> bool:
    """Whether no channel varies by more than FLAT_LEVELS."""
    return all(high - low <= FLAT_LEVELS for low, high in cast("Bands", image.getextrema()))
