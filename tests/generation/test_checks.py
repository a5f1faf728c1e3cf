"""Checks of drawn pictures: what passes, and every reason not to."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from audobon_cli.domain.model import AlphaMode
from audobon_cli.domain.units import Size
from audobon_cli.engines.base import Rendered
from audobon_cli.generation.checks.registry import check_content
from tests.tiny_models import resolved_request, sprite_model

SIZE = Size(64, 64)
SPRITE, OPAQUE = AlphaMode.PREMULTIPLIED, AlphaMode.NONE


def check_picture(
    picture: Image.Image, size: Size, alpha: AlphaMode, engine_problems: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """What is wrong with a picture of a model with this alpha, asked for in this size."""
    model = replace(sprite_model(Path()), alpha=alpha)
    return check_content(Rendered(picture, engine_problems), resolved_request(model, render_size=size))


def disc(radius: float, colour: tuple[int, int, int] = (200, 30, 30), alpha: int = 255) -> Image.Image:
    """A disc of one colour on a clear ground, 64x64 RGBA."""
    rows, columns = np.mgrid[:64, :64]
    inside = np.hypot(rows - 31.5, columns - 31.5) < radius
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[inside] = (*colour, alpha)
    return Image.fromarray(pixels)


@pytest.mark.parametrize("picture", [disc(20), disc(3), disc(20, (0, 0, 0)), disc(20, alpha=60)])
def test_sprites_pass(picture: Image.Image) -> None:
    assert check_picture(picture, SIZE, SPRITE) == ()


def test_an_opaque_picture_passes() -> None:
    gradient = np.tile(np.arange(64, dtype=np.uint8)[:, None, None], (1, 64, 3))
    assert check_picture(Image.fromarray(gradient), SIZE, OPAQUE) == ()


@pytest.mark.parametrize(
    ("picture", "alpha", "words"),
    [
        (Image.new("RGBA", (64, 32)), SPRITE, "64x32 instead of 64x64"),
        (Image.new("RGB", (64, 64)), SPRITE, "mode is RGB instead of RGBA"),
        (disc(20), OPAQUE, "mode is RGBA instead of RGB"),
        (Image.new("L", (64, 64)), OPAQUE, "mode is L"),
        (Image.new("RGBA", (64, 64)), SPRITE, "fully transparent"),
        (disc(1), SPRITE, "nearly invisible"),
        (disc(40, alpha=10), SPRITE, "nearly invisible"),
        (disc(100), SPRITE, "no transparency"),
        (Image.new("RGBA", (64, 64), (9, 9, 9, 128)), SPRITE, "blank"),
        (Image.new("RGB", (64, 64)), OPAQUE, "blank"),
    ],
)
def test_what_is_wrong_is_said(picture: Image.Image, alpha: AlphaMode, words: str) -> None:
    assert any(words in problem for problem in check_picture(picture, SIZE, alpha))


def test_rounding_noise_is_still_blank() -> None:
    noise = np.random.default_rng(0).integers(127, 130, (64, 64, 3), dtype=np.uint8)
    assert check_picture(Image.fromarray(noise), SIZE, OPAQUE) == ("it is blank: all of one colour",)


def test_what_the_engine_saw_comes_first() -> None:
    assert check_picture(disc(20), SIZE, SPRITE, ("values are not finite",)) == ("values are not finite",)
