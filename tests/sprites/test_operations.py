"""The small operations: trim, outline, recolor, upscale, tile."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.media.image.pixels import Pixels, pad, visible_box
from audobon_cli.sprites.operations.outline import Outline
from audobon_cli.sprites.operations.recolor import Recolor
from audobon_cli.sprites.operations.tile import Tile, seam_energy
from audobon_cli.sprites.operations.trim import Trim
from audobon_cli.sprites.operations.upscale import Upscale
from tests.sprites.samples import DARK, GREEN, RED, any_pixels, canvas, disc, knight, picture


@settings(max_examples=50, deadline=None)
@given(any_pixels(), st.integers(0, 3), st.booleans(), st.integers(1, 5))
def test_trim_keeps_every_visible_pixel_and_nothing_else(
    pixels: Pixels, padding: int, square: bool, multiple: int
) -> None:
    box = visible_box(pixels)
    operation = Trim(padding=padding, square=square, multiple=multiple)
    if box is None:
        with pytest.raises(PictureUnusable, match="Nothing"):
            operation.run([picture(pixels)])
        return
    trimmed = operation.run([picture(pixels)]).pixels
    left, top, right, bottom = box
    inner = visible_box(trimmed)
    assert inner is not None
    part = trimmed[inner[1] : inner[3], inner[0] : inner[2]]
    assert np.array_equal(part, pixels[top:bottom, left:right])
    height, width = trimmed.shape[:2]
    assert height % multiple == 0
    assert width % multiple == 0
    assert not square or height == width
    assert min(inner[0], inner[1], width - inner[2], height - inner[3]) >= padding


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=4))
def test_frames_trimmed_together_stay_where_they_were(shifts: list[int]) -> None:
    frames = [picture(knight(shift=shift)) for shift in shifts]
    trimmed = [Trim().run([frame, *frames]).pixels for frame in frames]
    assert len({each.shape for each in trimmed}) == 1
    lefts = [visible_box(each)[0] for each in trimmed]  # type: ignore[index]
    assert [left - min(lefts) for left in lefts] == [shift - min(shifts) for shift in shifts]


def test_frames_of_other_sizes_are_not_trimmed_together() -> None:
    with pytest.raises(PictureUnusable, match="16x16"):
        Trim().run([picture(knight()), picture(knight(32))])


@pytest.mark.parametrize("corners", [False, True])
def test_an_outer_outline_touches_the_figure_and_covers_none_of_it(corners: bool) -> None:
    figure = knight()
    lined = Outline(colour=GREEN, corners=corners).run([picture(figure)]).pixels
    added = (lined[..., 3] > 0) & (figure[..., 3] == 0)
    assert np.array_equal(lined[figure[..., 3] > 0], figure[figure[..., 3] > 0])
    assert (lined[added][:, :3] == GREEN).all()
    dot = canvas(5, 5)
    dot[2, 2] = (*RED, 255)
    lined = Outline(colour=DARK, corners=corners).run([picture(dot)]).pixels
    assert (lined[..., 3] > 0).sum() == (9 if corners else 5)


def test_an_outline_grows_the_canvas_only_when_asked() -> None:
    full = canvas(4, 4)
    full[:] = (*RED, 255)
    assert np.array_equal(Outline().run([picture(full)]).pixels, full)
    grown = Outline(grow=True, thickness=2).run([picture(full)]).pixels
    assert grown.shape == (8, 8, 4)
    assert grown[1, 4].tolist() == [0, 0, 0, 255]


def test_an_inner_outline_changes_the_rim_alone_at_the_canvas_edge_too() -> None:
    full = canvas(5, 5)
    full[:] = (*RED, 255)
    lined = Outline(inner=True).run([picture(full)]).pixels
    assert (lined[1:4, 1:4, :3] == RED).all()
    assert (lined[..., :3] == 0).all(axis=-1).sum() == 16


def test_recolor_swaps_exactly_and_back_again() -> None:
    there = Recolor(sources=(RED, GREEN), targets=(GREEN, RED))
    swapped = there.run([picture(knight())]).pixels
    assert (swapped[6, 5, :3] == GREEN).all()
    assert np.array_equal(there.run([picture(swapped)]).pixels, knight())


def test_recolor_moves_shades_along_with_their_source() -> None:
    shades = canvas(3, 1)
    shades[0] = [(*RED, 255), (210, 50, 50, 255), (20, 20, 220, 255)]
    out = Recolor(sources=(RED,), targets=(GREEN,), tolerance=0.1).run([picture(shades)]).pixels[0, :, :3]
    assert tuple(out[0]) == GREEN
    assert out[1, 1] > out[1, 0]
    assert tuple(out[2]) == (20, 20, 220)


@pytest.mark.parametrize(
    "pairs", [((), ()), ((RED,), ()), ((RED, RED), (GREEN, DARK))], ids=["none", "uneven", "twice"]
)
def test_recolor_refuses_maps_that_are_none(pairs: tuple[tuple, tuple]) -> None:
    with pytest.raises(InvalidInput):
        Recolor(*pairs)


@settings(max_examples=50, deadline=None)
@given(any_pixels(), st.sampled_from([2, 3, 4, 6]))
def test_enlarging_and_taking_every_nth_pixel_gives_the_picture_back(pixels: Pixels, factor: int) -> None:
    large = Upscale(factor=factor).run([picture(pixels)]).pixels
    assert np.array_equal(large[::factor, ::factor], pixels)
    smooth = Upscale(factor=factor, method="scale2x").run([picture(pixels)]).pixels
    assert smooth.shape == large.shape
    assert {tuple(c) for c in smooth.reshape(-1, 4)} <= {tuple(c) for c in pixels.reshape(-1, 4)}


def test_smooth_enlarging_keeps_the_figure_and_clears_what_is_around_it() -> None:
    large = Upscale(factor=4, method="smooth").run([picture(disc(32))]).pixels
    assert large.shape == (128, 128, 4)
    small, shown = disc(32)[..., 3] > 127, large[2::4, 2::4, 3] > 127
    assert (small != shown).mean() < 0.05
    assert not large[large[..., 3] == 0].any()


def test_scale2x_cuts_the_corner_of_a_stair() -> None:
    stair = canvas(2, 2)
    stair[0, 0] = stair[1, 0] = stair[1, 1] = (*RED, 255)
    large = Upscale(factor=2, method="scale2x").run([picture(pad(stair, 1, 1, 1, 1))]).pixels
    assert large[3, 4, 3] == 255  # the inner corner is filled
    with pytest.raises(InvalidInput, match="cannot enlarge 5"):
        Upscale(factor=5, method="scale2x")


@pytest.mark.parametrize("hard", [False, True])
def test_a_tile_loses_its_seam_and_keeps_its_size(hard: bool) -> None:
    rng = np.random.default_rng(3)
    rough = np.cumsum(np.cumsum(rng.normal(size=(64, 48, 3)), axis=0), axis=1)
    texture = np.full((64, 48, 4), 255, dtype=np.uint8)
    texture[..., :3] = (rough - rough.min()) / np.ptp(rough) * 255
    tiled = Tile(hard=hard).run([picture(texture)]).pixels
    assert tiled.shape == texture.shape
    assert seam_energy(texture) > 3
    assert seam_energy(tiled) < 1.3
    if hard:
        before = {tuple(c) for c in texture.reshape(-1, 4)}
        assert {tuple(c) for c in tiled.reshape(-1, 4)} <= before


def test_seam_energy_of_what_repeats_by_itself() -> None:
    wave = (np.sin(np.arange(64) / 64 * 2 * np.pi) * 100 + 128).astype(np.uint8)
    pixels = np.full((64, 64, 4), 255, dtype=np.uint8)
    pixels[..., 0] = wave[None, :]
    pixels[..., 1] = wave[:, None]
    assert seam_energy(pixels) < 1.2
    assert seam_energy(pixels[:40]) > 2
    assert seam_energy(disc()[30:34, 30:34]) == 0
