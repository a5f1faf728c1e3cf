"""Pictures from outside: read in every form, refused with a reason, fitted without losing or inventing."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.model import Model
from audobon_cli.domain.units import Size
from audobon_cli.engines.diffusers.inputs import input_pixels
from audobon_cli.engines.diffusers.inputs.input_pixels import (
    fit_mask,
    fit_picture,
    keep_unmasked,
    read_picture,
)
from audobon_cli.sandbox import source
from audobon_cli.sandbox.policy import SandboxMode, SandboxPolicy
from tests.tiny_models import opaque_model, sprite_model

SPRITE, OPAQUE = sprite_model(Path("nowhere")), opaque_model(Path("nowhere"), "AnyPipeline")
ORIENTATION = 0x0112
BLUE, RED, CLEAR = (0, 0, 255), (255, 0, 0), (0, 0, 0, 0)


def saved(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


def halves(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Blue, its right half red."""
    image = Image.new(mode, (width, height), BLUE)
    image.paste(RED, (width // 2, 0, width, height))
    return image


def test_a_photograph_is_turned_as_its_exif_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned clockwise
    read = read_picture(saved(halves(40, 20), tmp_path / "a.png", exif=exif))
    assert read.size == (20, 40)
    assert [read.getpixel((10, y)) for y in (5, 35)] == [BLUE, RED]


@pytest.mark.parametrize(
    ("image", "mode"),
    [
        (Image.new("L", (4, 4), 200), "RGB"),
        (Image.new("LA", (4, 4), (200, 9)), "RGBA"),
        (Image.new("P", (4, 4), 3), "RGB"),
        (Image.new("1", (4, 4), 1), "RGB"),
        (Image.new("RGBA", (4, 4), (1, 2, 3, 4)), "RGBA"),
        (Image.fromarray(np.full((4, 4), 200 * 257, np.uint16)), "RGB"),
    ],
)
def test_every_kind_of_picture_is_read(tmp_path: Path, image: Image.Image, mode: str) -> None:
    read = read_picture(saved(image, tmp_path / "a.png"))
    assert read.mode == mode
    if image.mode in ("L", "I;16"):
        assert read.getpixel((0, 0)) == (200, 200, 200)


def test_cmyk_is_read(tmp_path: Path) -> None:
    assert read_picture(saved(Image.new("CMYK", (4, 4)), tmp_path / "a.jpg")).mode == "RGB"


def broken(path: Path) -> None:
    data = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(data, "PNG")
    path.write_bytes(data.getvalue()[:900])


def animated(path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in (RED, BLUE)]
    frames[0].save(path, format="GIF", save_all=True, append_images=frames[1:])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.mkdir(), "directory"),
        (lambda path: path.write_bytes(b"GIF89a but not really"), "cannot be used"),
        (lambda path: path.write_bytes(b""), "no picture"),
        (broken, "damaged"),
        (animated, "animated .2 frames"),
        (lambda path: Image.new("1", (40, 40)).save(path, "PNG"), "more than 0 million"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: object, words: str
) -> None:
    if "million" in words:
        monkeypatch.setattr(input_pixels, "MAX_PIXELS", 1599)
        monkeypatch.setattr(source, "_source", lambda: SandboxPolicy(SandboxMode.OFF))
    path = tmp_path / "picture"
    make(path)  # type: ignore[operator]
    with pytest.raises(InvalidInput, match=words) as caught:
        read_picture(path)
    assert caught.value.hint
    assert caught.value.exit_status == 2


@pytest.mark.parametrize("model", [SPRITE, OPAQUE])
@pytest.mark.parametrize("size", [(64, 64), (100, 30), (7, 200), (1, 1)])
def test_every_picture_gets_the_size_and_mode_of_the_model(model: Model, size: tuple[int, int]) -> None:
    fitted = fit_picture(halves(*size), model, Size(64, 48))
    assert (fitted.size, fitted.mode) == ((64, 48), "RGBA" if model is SPRITE else "RGB")
    marks = fit_mask(Image.new("L", size, 255), model, Size(64, 48))
    assert (marks.size, marks.getextrema()) == ((64, 48), (255, 255))


def test_opaque_models_get_the_middle_of_the_picture_on_white() -> None:
    fitted = fit_picture(halves(256, 64), OPAQUE, Size(64, 64))
    assert [fitted.getpixel((x, 32)) for x in (5, 58)] == [BLUE, RED]
    assert fit_picture(Image.new("RGBA", (9, 9), CLEAR), OPAQUE, Size(8, 8)).getpixel((4, 4)) == (255,) * 3


def test_sprites_are_fitted_whole_and_centred_on_clear_ground() -> None:
    fitted = fit_picture(halves(20, 10), SPRITE, Size(64, 64))
    assert fitted.getbbox() == (0, 16, 64, 48)
    assert [fitted.getpixel((x, 32)) for x in (5, 58)] == [(*BLUE, 255), (*RED, 255)]


def test_sprites_of_whole_ratios_stay_crisp() -> None:
    small = Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 16, 4), np.uint8))
    fitted = fit_picture(small, SPRITE, Size(64, 64))
    assert np.array_equal(np.asarray(fitted), np.asarray(small).repeat(4, 0).repeat(4, 1))


def test_colours_of_clear_pixels_do_not_bleed() -> None:
    image = Image.new("RGBA", (90, 90), (255, 0, 0, 0))
    image.paste((0, 255, 0, 255), (20, 20, 70, 70))
    pixels = np.asarray(fit_picture(image, SPRITE, Size(64, 64)))
    assert pixels[pixels[..., 3] > 16][:, 0].max() <= 8


def test_white_marks_and_clear_does_not() -> None:
    marks = Image.new("RGBA", (64, 64), (255, 255, 255, 0))
    marks.paste((255, 255, 255, 255), (0, 0, 32, 64))
    fitted = fit_mask(marks, OPAQUE, Size(64, 64))
    assert np.array_equal(np.unique(np.asarray(fitted)), [0, 255])
    assert fitted.getbbox() == (0, 0, 32, 64)


def test_around_a_fitted_sprite_all_is_redrawn() -> None:
    fitted = np.asarray(fit_mask(Image.new("L", (64, 32), 0), SPRITE, Size(64, 64)))
    assert fitted[:16].min() == 255
    assert fitted[16:48].max() == 0


def test_unmasked_pixels_are_the_originals() -> None:
    drawn, original = Image.new("RGB", (8, 8), RED), Image.new("RGB", (8, 8), BLUE)
    marks = Image.new("L", (8, 8), 0)
    marks.paste(255, (0, 0, 4, 8))
    kept = keep_unmasked(drawn, original, marks)
    assert [kept.getpixel((x, 4)) for x in (3, 4)] == [RED, BLUE]
