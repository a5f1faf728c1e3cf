"""From what a decoder puts out to a picture: dividing out alpha."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from audobon_cli.engines.diffusers.pixels import CLEAR_BELOW, SOLID_ABOVE, to_picture, unpremultiply

RGBA_BYTES = arrays(np.uint8, (4, 6, 4))
RGBA_FLOATS = arrays(np.float32, (3, 5, 4), elements=st.floats(-0.5, 1.5, width=32))


@settings(deadline=None)
@given(RGBA_BYTES)
def test_dividing_out_alpha_gives_the_colours_back(straight: NDArray[np.uint8]) -> None:
    floats = straight.astype(np.float32) / 255
    premultiplied = floats.copy()
    premultiplied[..., :3] *= floats[..., 3:]
    image, problems = to_picture(premultiplied, premultiplied=True)
    again = np.asarray(image)
    assert problems == ()
    seen = straight[..., 3] >= round(CLEAR_BELOW * 255)
    assert np.abs(again[seen].astype(int) - straight[seen])[..., :3].max(initial=0) <= 1
    middle = seen & (straight[..., 3] <= round(SOLID_ABOVE * 255))
    assert (again[middle][:, 3] == straight[middle][:, 3]).all()
    assert (again[~seen] == 0).all()
    assert (again[straight[..., 3] > round(SOLID_ABOVE * 255)][:, 3] == 255).all()


@settings(deadline=None)
@given(RGBA_FLOATS)
def test_any_values_give_a_picture(pixels: NDArray[np.float32]) -> None:
    image, problems = to_picture(pixels, premultiplied=True)
    assert (image.mode, image.size, problems) == ("RGBA", (5, 3), ())
    clear = np.asarray(image)[..., 3] == 0
    assert (np.asarray(image)[clear] == 0).all()


def test_faint_noise_is_cleared_and_nearly_solid_is_solid() -> None:
    pixels = np.full((1, 3, 4), 0.005, np.float32)
    pixels[0, 1] = 0.995
    pixels[0, 2] = 0.5
    assert unpremultiply(pixels)[0, :, 3].tolist() == [0.0, 1.0, 0.5]


def test_values_that_are_not_finite_are_named() -> None:
    pixels = np.full((4, 4, 3), 0.5, np.float32)
    pixels[0, 0, 0], pixels[1, 1] = np.nan, np.inf
    image, problems = to_picture(pixels, premultiplied=False)
    assert image.mode == "RGB"
    assert problems == ("values are not finite in 2 of 16 pixels",)


def test_three_channels_are_rounded_to_the_nearest_level() -> None:
    pixels = np.array([[[0.0, 0.5, 1.0], [1.2, -0.1, 0.4999]]], np.float32)
    assert np.asarray(to_picture(pixels, premultiplied=False)[0]).tolist() == [[[0, 128, 255], [255, 0, 127]]]
