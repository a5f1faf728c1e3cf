"""Pixel grids: found where they are, in scale and phase, and taken back to one pixel a cell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.media.image.pixels import Pixels, visible_box
from audobon_cli.sprites.operations.pixelate import Pixelate, find_grid
from tests.sprites.samples import disc, knight, picture


def enlarged(pixels: Pixels, scale: int, left: int = 0, top: int = 0) -> Pixels:
    """``pixels`` as a fake: cells of ``scale``, the grid moved by whole pixels."""
    large = pixels.repeat(scale, axis=0).repeat(scale, axis=1)
    return np.pad(large, ((top, 0), (left, 0), (0, 0)))


def cropped(pixels: Pixels) -> Pixels:
    """The visible part."""
    left, top, right, bottom = visible_box(pixels)  # type: ignore[misc]
    return pixels[top:bottom, left:right]


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 20), st.data())
def test_a_true_grid_is_found_and_undone_to_the_pixel(scale: int, data: st.DataObject) -> None:
    left, top = (data.draw(st.integers(0, scale - 1)) for _ in range(2))
    fake = enlarged(knight(), scale, left, top)
    grid = find_grid([fake])
    assert (grid.scale, grid.x % scale, grid.y % scale) == (scale, left, top)
    assert np.array_equal(cropped(Pixelate().run([picture(fake)]).pixels), cropped(knight()))


def test_a_blurred_grid_of_no_whole_scale_is_found() -> None:
    large = Image.fromarray(enlarged(knight(), 8))
    fake = np.array(large.resize((116, 116), Image.Resampling.BICUBIC))
    grid = find_grid([fake])
    assert abs(grid.scale - 116 / 16) < 0.1
    back = Pixelate().run([picture(fake)]).pixels
    assert back.shape == (16, 16, 4)
    wrong = (np.abs(back.astype(int) - knight()) > 24).any(axis=-1)
    assert wrong.sum() <= 4


def test_a_scale_that_is_known_needs_no_clear_grid() -> None:
    flat = np.full((40, 40, 4), 255, dtype=np.uint8)
    assert Pixelate(scale=8).run([picture(flat)]).pixels.shape == (5, 5, 4)


def test_pictures_without_a_grid_are_refused_with_a_way_out() -> None:
    with pytest.raises(PictureUnusable, match="No pixel grid") as caught:
        Pixelate().run([picture(disc(96))])
    assert "--size" in caught.value.hint


def test_frames_agree_on_one_grid() -> None:
    frames = [picture(enlarged(knight(shift=shift), 6, 2, 3)) for shift in (0, 1, 2)]
    out = [Pixelate().run([frame, *frames]).pixels for frame in frames]
    assert len({each.shape for each in out}) == 1
    assert np.array_equal(np.roll(out[0], 2, axis=1), out[2])


def test_thin_lines_survive_contrast_aware_reduction_and_not_a_majority() -> None:
    page = np.full((64, 64, 4), (230, 220, 200, 255), dtype=np.uint8)
    page[:, 30:32] = (20, 10, 10, 255)
    kept = Pixelate(width=8, height=8).run([picture(page)]).pixels
    lost = Pixelate(width=8, height=8, method="majority").run([picture(page)]).pixels
    assert (kept[:, 3, :3] < 60).all()
    assert (lost[..., 0] > 200).all()
    assert (kept[:, 5, 0] > 200).all()


def test_wrong_parameters() -> None:
    for parameters in ({"method": "best"}, {"scale": 4.0, "width": 8, "height": 8}, {"scale": 500.0}):
        with pytest.raises(InvalidInput):
            Pixelate(**parameters)  # type: ignore[arg-type]
