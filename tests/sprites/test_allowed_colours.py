"""Colours held against a palette, and against those of a card."""

import numpy as np
import pytest

from audobon_cli.media.image.oklab import from_oklab, oklab
from audobon_cli.sprites.quality.measures import AllowedColours, off_colours

RED = np.array([[0.6, 0.2, 0.1]])


def outside(lab: tuple[float, float, float]) -> float:
    """The share outside of RED's card, of pixels that are RED and as many of ``lab``."""
    return off_colours(from_oklab(np.array([RED[0], lab])), AllowedColours(RED, 0.06, 0.12, 0.3))


def test_shadows_are_no_other_colour_and_hues_are_by_degrees() -> None:
    assert outside((0.45, 0.2, 0.1)) == 0
    assert outside((0.6, 0.2, 0.15)) == 0
    assert outside((0.6, 0.2, 0.01)) == pytest.approx(0.25, abs=0.03)
    assert outside((0.6, 0.0, 0.1)) == 0.5


def test_a_palette_is_held_to_the_very_colour() -> None:
    allowed = AllowedColours(oklab(np.array([[200, 40, 40]], dtype=np.uint8)), 1e-6, 2e-6)
    assert off_colours(np.array([[200, 40, 40], [200, 40, 41]], dtype=np.uint8), allowed) == 0.5
