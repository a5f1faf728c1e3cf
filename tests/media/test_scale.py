"""Pictures at other sizes: crisp above, averaged below, transparency kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from audobon_cli.domain.scaling import UpscaleMethod, plan_scaling
from audobon_cli.domain.units import Size
from audobon_cli.media.image.scale import apply_scaling, enlarge_nearest, enlarge_smooth, shrink

RGBA_BYTES = arrays(np.uint8, (4, 6, 4))
NATIVE = Size(64, 64)


def disc(alpha: int = 255) -> Image.Image:
    """An antialiased orange disc with a blue square in it, on a clear ground."""
    large = Image.new("RGBA", (512, 512))
    pen = ImageDraw.Draw(large)
    pen.ellipse((64, 64, 448, 448), fill=(240, 130, 20, alpha))
    pen.rectangle((200, 200, 312, 312), fill=(20, 60, 220, alpha))
    return shrink(large, NATIVE)


def scaled(image: Image.Image, side: int, method: UpscaleMethod = UpscaleMethod.SMOOTH) -> NDArray[np.uint8]:
    return np.asarray(apply_scaling(image, plan_scaling(NATIVE, Size(side, side), method)))


@pytest.mark.parametrize(
    ("side", "steps"),
    [
        (64, ()),
        (128, ("upscale smooth 2x",)),
        (100, ("upscale smooth 2x", "downscale 100x100")),
        (48, ("downscale 48x48",)),
        (1000, ("upscale smooth 16x", "downscale 1000x1000")),
    ],
)
def test_a_size_is_reached_by_whole_numbers_and_from_above(side: int, steps: tuple[str, ...]) -> None:
    assert plan_scaling(NATIVE, Size(side, side), UpscaleMethod.SMOOTH).operations() == steps


@pytest.mark.parametrize("method", UpscaleMethod)
@pytest.mark.parametrize("side", [8, 24, 63, 64, 100, 256])
def test_every_size_keeps_mode_and_clear_pixels_hold_no_colour(side: int, method: UpscaleMethod) -> None:
    pixels = scaled(disc(), side, method)
    assert pixels.shape == (side, side, 4)
    assert (pixels[pixels[..., 3] == 0] == 0).all()
    assert pixels[..., 3].mean() / 255 == pytest.approx(np.pi / 4 * 0.75**2, abs=0.03)


@pytest.mark.parametrize("side", [128, 256, 512])
def test_smooth_outlines_are_as_crisp_as_native_ones(side: int) -> None:
    """A band of half-clear pixels stays about a pixel wide: it does not grow with the picture."""
    factor = side // 64
    outline = np.pi * 48 * factor
    alpha = scaled(disc(), side)[..., 3]
    assert ((alpha > 12) & (alpha < 243)).sum() < 2.5 * outline


def test_smooth_outlines_have_no_pixel_steps() -> None:
    """Rows of an enlarged disc begin at ever other columns, where repeated pixels begin in groups of eight."""
    starts = (scaled(disc(), 512)[70:200, :, 3] > 127).argmax(axis=1)
    stairs = (scaled(disc(), 512, UpscaleMethod.NEAREST)[70:200, :, 3] > 127).argmax(axis=1)
    assert len(set(starts.tolist())) > 3 * len(set(stairs.tolist()))
    assert np.abs(np.diff(starts.astype(int))).max() < 12


def test_smooth_keeps_colours_and_glass() -> None:
    glass = scaled(disc(alpha=128), 256)
    assert np.abs(glass[128, 128].astype(int) - (20, 60, 220, 128)).max() <= 12
    assert np.abs(glass[128, 60].astype(int) - (240, 130, 20, 128)).max() <= 12


def test_a_grid_makes_true_pixels() -> None:
    plan = plan_scaling(NATIVE, Size(128, 128), UpscaleMethod.NEAREST, grid=2)
    assert plan.operations() == ("grid 2", "upscale nearest 2x")
    pixels = np.asarray(apply_scaling(disc(), plan))
    squares = pixels.reshape(32, 4, 32, 4, 4)
    assert (squares == squares[:, :1, :, :1]).all()
    assert set(np.unique(pixels[..., 3])) == {0, 255}
    small = apply_scaling(disc(), plan_scaling(NATIVE, Size(32, 32), UpscaleMethod.NEAREST, grid=2))
    assert np.array_equal(np.asarray(small), squares[:, 0, :, 0]), "32x32 holds the same pixels"


def test_smooth_gives_the_same_pixels_each_time() -> None:
    assert np.array_equal(scaled(disc(), 256), scaled(disc(), 256))


def test_smooth_takes_pictures_without_alpha() -> None:
    image = disc().convert("RGB")
    large = enlarge_smooth(image, 2)
    assert (large.mode, large.size) == ("RGB", (128, 128))
    assert np.abs(np.asarray(large)[64, 64].astype(int) - (20, 60, 220)).max() <= 12


@settings(deadline=None)
@given(RGBA_BYTES, st.integers(1, 5))
def test_up_repeats_pixels_and_down_takes_them_back(pixels: NDArray[np.uint8], factor: int) -> None:
    pixels[pixels[..., 3] == 0] = 0
    image = Image.fromarray(pixels)
    large = enlarge_nearest(image, factor)
    assert np.array_equal(np.asarray(large), pixels.repeat(factor, axis=0).repeat(factor, axis=1))
    assert np.array_equal(np.asarray(shrink(large, Size(6, 4))), pixels)


@settings(deadline=None)
@given(arrays(np.uint8, (4, 6), elements=st.integers(0, 255)), st.tuples(*[st.integers(0, 255)] * 3))
def test_down_leaves_no_dark_fringe(alpha: NDArray[np.uint8], colour: tuple[int, int, int]) -> None:
    """A shape of one colour stays that colour, whatever its outline and whatever clear pixels hold."""
    pixels = np.empty((4, 6, 4), np.uint8)
    pixels[..., :3] = colour
    pixels[..., 3] = alpha
    pixels[alpha == 0] = 0
    small = np.asarray(shrink(Image.fromarray(pixels), Size(3, 2)))
    assert (small[small[..., 3] > 0][:, :3] == colour).all()
    assert (small[small[..., 3] == 0] == 0).all()


def test_down_averages_opaque_boxes() -> None:
    pixels = np.array([[[0, 0, 1], [1, 10, 0]], [[0, 20, 0], [0, 30, 0]]], np.uint8)
    assert np.asarray(shrink(Image.fromarray(pixels), Size(1, 1))).tolist() == [[[0, 15, 0]]]


def test_a_fraction_that_is_not_whole_leaves_no_dark_fringe() -> None:
    pixels = np.asarray(shrink(disc(), Size(45, 45)))
    rim = pixels[(pixels[..., 3] > 60) & (pixels[..., 3] < 200)]
    assert len(rim) > 20
    assert (rim[:, 0] > 200).all(), "the rim is orange, not brown"
