"""Cutting: alpha and colours come back from a flattened picture."""

import numpy as np
import pytest

from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.sprites.operations.colors import Colour
from audobon_cli.sprites.operations.cut import Cut, halo, masked
from tests.sprites.samples import GREEN, RED, canvas, disc, knight, over, picture

MAGENTA, WHITE, BLUE = (255, 0, 255), (255, 255, 255), (30, 60, 200)


@pytest.mark.parametrize("key", [MAGENTA, WHITE, BLUE], ids=["magenta", "white", "blue"])
def test_soft_edges_get_their_alpha_and_colour_back(key: Colour) -> None:
    true = disc()
    cut = Cut().run([picture(over(true, key))]).pixels
    assert np.abs(cut[..., 3].astype(int) - true[..., 3]).max() <= 24
    soft = (true[..., 3] > 40) & (cut[..., 3] > 40)
    assert np.abs(cut[soft][:, :3].astype(int) - true[soft][:, :3]).max() <= 24
    assert not cut[cut[..., 3] == 0].any()


def test_pixel_art_keeps_hard_edges_and_every_colour() -> None:
    cut = Cut().run([picture(over(knight(), MAGENTA))]).pixels
    assert np.array_equal(cut, knight())


def test_the_key_is_found_in_a_noisy_border_and_can_be_given() -> None:
    noisy = over(disc(), WHITE).astype(int)
    noisy[..., :3] += np.random.default_rng(1).integers(-4, 5, noisy[..., :3].shape)
    given = Cut(key=WHITE).run([picture(noisy.clip(0, 255))]).pixels
    found = Cut().run([picture(noisy.clip(0, 255))]).pixels
    for cut in (given, found):
        assert np.abs((cut[..., 3] > 127).astype(int) - (disc()[..., 3] > 127)).sum() < 40


def test_flood_keeps_what_is_enclosed_and_everywhere_cuts_it() -> None:
    ring = disc(64)
    ring[28:36, 28:36] = (*MAGENTA, 255)
    flat = picture(over(ring, MAGENTA))
    assert Cut(edges="hard").run([flat]).pixels[32, 32, 3] == 255
    assert Cut(edges="hard", everywhere=True).run([flat]).pixels[32, 32, 3] == 0


def test_what_was_transparent_stays_so() -> None:
    half = over(knight(), MAGENTA)
    half[:, :3] = 0
    assert not Cut(key=MAGENTA).run([picture(half)]).pixels[:, :3].any()


def test_refusals() -> None:
    patches = np.zeros((8, 8, 4), dtype=np.uint8)
    patches[..., 3] = 255
    patches[::2, :, 0] = 255
    patches[:, ::2, 1] = 255
    with pytest.raises(PictureUnusable, match="no one colour"):
        Cut().run([picture(patches)])
    with pytest.raises(PictureUnusable, match="transparent already"):
        Cut().run([picture(knight())])
    with pytest.raises(PictureUnusable, match="All of sprite"):
        Cut().run([picture(over(canvas(8, 8), GREEN))])
    with pytest.raises(InvalidInput, match="not a kind of edge"):
        Cut(edges="fuzzy")


def test_halo_tells_a_naive_cut_from_a_clean_one() -> None:
    flat = over(disc(64, RED), WHITE)
    naive = flat.copy()
    naive[(flat[..., :3] > 250).all(axis=-1)] = 0
    clean = Cut().run([picture(flat)]).pixels
    assert halo(naive, WHITE) > 0.05
    assert halo(clean, WHITE) < 0.02
    assert halo(disc(64, RED), WHITE) < 0.02


def test_a_mask_frees_soft_pixels_of_what_was_behind_them() -> None:
    true = disc(64, RED)
    cut = masked(over(true, BLUE), true[..., 3] / 255)
    soft = (true[..., 3] > 80) & (true[..., 3] < 240)
    assert np.abs(cut[soft][:, :3].astype(int) - RED).max() <= 8
