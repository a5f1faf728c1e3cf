"""What a dress does to pixels: cells, colours, edges, a line; and that a hostile one is refused."""

import numpy as np
import pytest

from audobon_cli.domain.output.dress import Dress, dress_from
from audobon_cli.media.image.dress import dressed, in_palette, palette_array
from audobon_cli.media.image.oklab import oklab
from audobon_cli.media.image.pixels import Pixels, as_image
from tests.sprites.samples import disc


def worn(**dress: object) -> Pixels:
    """A soft disc, dressed."""
    return np.array(dressed(as_image(disc(64)), Dress("0" * 64, **dress)))  # type: ignore[arg-type]


def test_nothing_asked_changes_nothing() -> None:
    assert np.array_equal(worn(), disc(64))


def test_every_pixel_is_of_the_palette_and_of_its_cell() -> None:
    pixels = worn(palette=("#102030", "#c02020"), cell=4, hard=True)
    solid = pixels[pixels[..., 3] > 0]
    assert {tuple(row) for row in solid[:, :3].tolist()} <= {(16, 32, 48), (192, 32, 32)}
    assert set(np.unique(pixels[..., 3])) == {0, 255}
    assert np.array_equal(pixels, pixels[::4, ::4].repeat(4, axis=0).repeat(4, axis=1))


def test_a_line_is_as_thick_as_is_asked() -> None:
    pixels = worn(hard=True, outline=2, outline_colour="#0000ff")
    middle = pixels[32]
    assert int((middle[:, 2] == 255).sum()) == 4


def test_lightness_and_chroma_are_brought_into_their_ranges() -> None:
    def mean(pixels: Pixels) -> float:
        return float(oklab(pixels[pixels[..., 3] >= 128][:, :3])[:, 0].mean())

    assert mean(worn(lightness=(0.8, 0.9))) == pytest.approx(0.8, abs=0.06)
    before = np.hypot(*oklab(disc(64)[32, 32:33, :3])[0, 1:])
    after = np.hypot(*oklab(worn(chroma=(0.0, 0.1))[32, 32:33, :3])[0, 1:])
    assert after < before * 0.75


def test_a_pull_of_less_than_one_keeps_shades_apart() -> None:
    ramp = np.zeros((1, 64, 4), dtype=np.uint8)
    ramp[0, :, :3] = np.linspace(40, 220, 64).astype(np.uint8)[:, None]
    ramp[..., 3] = 255
    palette = palette_array(("#202020", "#e0e0e0"))
    assert len(np.unique(in_palette(ramp, palette, 1.0)[0, :, 0])) == 2
    assert len(np.unique(in_palette(ramp, palette, 0.7)[0, :, 0])) > 20


def test_facts_are_read_back() -> None:
    dress = Dress("ab", palette=("#010203",), pull=0.5, cell=2, chroma=(0.1, 0.2))
    assert dress_from(dress.facts()) == dress
    assert dress_from({}) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"cell": 0},
        {"pull": 2.0},
        {"palette": ["red"]},
        {"palette": ["#zzzzzz"]},
        {"outline": 1000},
        {"chroma": [0.0, 9.0]},
    ],
)
def test_what_is_out_of_bounds_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"bounds|colour|base 16"):
        dress_from({"card": "ab", **wrong})
