"""What is measured of a picture: an outline of known weight, a grid of known size, light from a known side."""

import numpy as np
import pytest

from audobon_cli.media.image.pixels import Pixels
from audobon_cli.sprites.operations.outline import Outline
from audobon_cli.styles.drawing import drawings
from audobon_cli.styles.look import grid_of, look_of
from audobon_cli.styles.measures import MEASURES
from tests.sprites.samples import canvas, disc, knight, picture


def lined(weight: int) -> Pixels:
    """A disc with a black line of ``weight`` pixels around it."""
    return Outline((0, 0, 0), weight).run([picture(disc(64))]).pixels


@pytest.mark.parametrize("weight", [1, 2, 3, 4])
def test_an_outline_has_the_weight_that_it_was_drawn_with(weight: int) -> None:
    values = look_of(lined(weight)).values
    assert values["outline"] == pytest.approx(weight, abs=0.6)
    assert values["outline_share"] > 0.9
    assert values["outline_light"] < 0.1


def test_a_plain_disc_has_none() -> None:
    values = look_of(disc(64)).values
    assert values["outline"] == 0
    assert values["outline_share"] < 0.1


@pytest.mark.parametrize("grid", [2, 3, 5])
def test_the_grid_of_enlarged_pixels_is_found_wherever_it_begins(grid: int) -> None:
    large = knight().repeat(grid, axis=0).repeat(grid, axis=1)
    assert grid_of(large)[0] == grid
    moved = np.pad(large, ((1, 4), (2, 3), (0, 0)))
    assert grid_of(moved)[0] == grid
    plain, moved_values = look_of(knight()).values, look_of(moved).values
    for name in ("colours", "outline", "edges", "edge_strength"):
        assert moved_values[name] == pytest.approx(plain[name], abs=0.02), name


def test_a_drawing_in_four_times_the_size_has_nearly_the_same_look() -> None:
    small, large = look_of(disc(96)).values, look_of(disc(384)).values
    for name in ("lightness", "chroma", "edges", "flat", "width", "height"):
        assert large[name] == pytest.approx(small[name], abs=0.1), name


def test_light_comes_from_where_it_comes_from() -> None:
    ramp = np.linspace(60, 220, 32).astype(np.uint8)
    pixels = np.full((32, 32, 4), 255, dtype=np.uint8)
    pixels[..., :3] = ramp[None, :, None]
    assert look_of(pixels).values["light_x"] > 0.3
    assert abs(look_of(pixels).values["light_y"]) < 0.01
    assert look_of(pixels[::-1].transpose(1, 0, 2)).values["light_y"] > 0.3


def test_half_transparent_pixels_are_counted() -> None:
    assert look_of(knight()).values["soft_alpha"] == 0
    assert look_of(disc(64)).values["soft_alpha"] > 0.03


def test_nothing_visible_is_blank_and_a_single_pixel_is_not() -> None:
    assert look_of(canvas(8, 8)).is_blank
    dot = canvas(8, 8)
    dot[3, 3] = (200, 10, 10, 255)
    assert set(look_of(dot).values) == set(MEASURES) - {"off_palette"}
    assert np.isfinite(list(look_of(dot).values.values())).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 3), (3, 300)])
def test_odd_shapes_are_measured(shape: tuple[int, int]) -> None:
    pixels = np.full((*shape, 4), 255, dtype=np.uint8)
    pixels[..., 0] = np.arange(shape[1]) * 7 % 256
    assert np.isfinite(list(look_of(pixels).values.values())).all()


def test_drawings_are_the_statistics_of_the_scorer_s_first_layers() -> None:
    import torch

    from audobon_cli.engines.scoring.image_scorer import ImageEmbedder
    from audobon_cli.engines.scoring.scored_pixels import scored_pixels
    from audobon_cli.media.image.pixels import as_image
    from audobon_cli.styles.drawing import WEIGHTS

    pictures = [disc(64), knight(), lined(3)]
    layers = ImageEmbedder(WEIGHTS.parent)._tower.layers
    with torch.inference_mode():
        first = layers[1](layers[0](torch.from_numpy(scored_pixels([as_image(one) for one in pictures]))))
        second = layers[2].layers[0](first)
    expected = torch.cat(
        [
            f(one, dim=(2, 3))
            for one in (first, second)
            for f in (torch.mean, lambda x, dim: x.std(dim, correction=0))
        ],
        dim=1,
    )
    assert np.allclose(drawings(pictures), expected.numpy(), atol=1e-3)
