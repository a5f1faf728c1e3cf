"""Gates: each says nothing of what is clean, and finds what was made wrong."""

import numpy as np
import pytest

from audobon_cli.media.image.pixels import Pixels, pad
from audobon_cli.sprites.gates import GATES, measure_picture, measure_sequence
from audobon_cli.sprites.operations.cut import Cut
from tests.sprites.samples import DARK, GREEN, RED, SKIN, canvas, disc, knight, over, picture

PALETTE = (RED, SKIN, DARK, GREEN)


def gate(pixels: Pixels, name: str, **options: object) -> float:
    """One gate of a picture."""
    return measure_picture(picture(pixels), **options)[name]  # type: ignore[arg-type]


def test_a_clean_sprite_keeps_every_limit() -> None:
    values = measure_picture(picture(knight()), PALETTE, (16, 16))
    assert all(values[name] <= (GATES[name].limit or 0) for name in values if GATES[name].limit is not None)


def test_hidden_colours_are_counted() -> None:
    dirty = knight()
    dirty[0, :5, :3] = 200
    assert gate(dirty, "hidden_colour") == 5


@pytest.mark.parametrize(("back", "name"), [((255, 255, 255), "halo_white"), ((255, 0, 255), "halo_magenta")])
def test_a_rim_left_of_the_background_is_found(back: tuple[int, int, int], name: str) -> None:
    flat = over(disc(), back)
    naive = flat.copy()
    naive[(flat[..., :3] == back).all(axis=-1)] = 0
    clean = Cut().run([picture(flat)]).pixels
    assert gate(naive, name) > GATES[name].limit > gate(clean, name)  # type: ignore[operator]


def test_bleed_islands_palette_size_and_seam() -> None:
    assert gate(knight(), "edge_bleed") == 0
    assert gate(np.roll(knight(), 9, axis=1), "edge_bleed") > 0.05
    two = pad(knight(), 0, 0, 20, 0)
    two[4:8, 30:34] = (*RED, 255)
    assert gate(two, "islands") == 1
    strange = knight()
    strange[8, 8, :3] = (1, 2, 3)
    assert gate(strange, "off_palette", palette=PALETTE) == 1
    assert gate(knight(), "size", size=(16, 24)) == 8
    ramp = np.full((32, 32, 4), 255, dtype=np.uint8)
    ramp[..., 0] = np.arange(32) * 8
    assert gate(ramp, "tile_seam") > 5


def test_a_good_cycle_passes_and_each_fault_shows() -> None:
    swing = [knight(shift=s) for s in (0, 1, 2, 1)]
    good = measure_sequence(swing)
    assert good["duplicate_frames"] == 0
    assert good["loop_seam"] < 1.5
    assert good["anchor_drift"] <= 1
    assert good["palette_drift"] == 0
    assert "grid_phase" not in good
    assert measure_sequence([swing[0], *swing])["duplicate_frames"] == 1
    assert measure_sequence([knight(shift=s) for s in range(5)])["loop_seam"] > 3 * good["loop_seam"]
    assert measure_sequence([*swing, np.roll(knight(), -2, axis=0)])["anchor_drift"] >= 2
    other = knight()
    other[8, 8, :3] = (9, 9, 9)
    assert measure_sequence([*swing, other])["palette_drift"] == 1
    assert measure_sequence([knight(), knight(32)]) == {"size_drift": 16.0}
    assert measure_sequence([canvas(8, 8), canvas(8, 8)])["duplicate_frames"] == 1


def test_a_limb_that_moves_drags_the_anchor_less_than_the_box() -> None:
    reach = knight()
    reach[6:8, 11:16] = (*RED, 255)
    box_shift = (16 - 11) / 2
    assert measure_sequence([knight(), reach, knight()])["anchor_drift"] < box_shift / 2


@pytest.mark.parametrize("shift", [0, 1, 3])
def test_the_grid_of_a_sequence_must_stay_in_phase(shift: int) -> None:
    cells = knight().repeat(6, axis=0).repeat(6, axis=1)
    frames = [cells, np.roll(cells, 6, axis=1), np.roll(cells, shift, axis=1)]
    assert measure_sequence(frames)["grid_phase"] == shift
