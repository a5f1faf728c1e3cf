"""What is said of sounds: facts that can be counted, and kinds that the classifier knows."""

import numpy as np
import pytest

from audobon_cli.domain.errors import PictureUnreadable
from audobon_cli.media.sound.hearing.classifier import class_chances, classes
from audobon_cli.media.sound.hearing.describe import describe_sound
from audobon_cli.media.sound.hearing.features import features
from tests.media.hearing.test_features import clicks, hiss
from tests.media.sound_files import encoded, tone

RATE = 44_100


def test_facts_are_those_of_the_sound() -> None:
    said = describe_sound(encoded(samples=tone(seconds=1.0, hertz=440.0, rate=RATE), rate=RATE))
    assert (said.pitch, said.onsets, said.tempo) == (440, 1, 0)
    assert said.seconds == pytest.approx(1.0)
    assert said.brightness == pytest.approx(440, rel=0.2)
    assert said.noise < 0.05
    assert sum(chance for _, chance in said.classes) == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("beats", [80, 120, 180])
def test_tempo_is_counted(beats: int) -> None:
    times = tuple(0.05 + 60 / beats * number for number in range(10))
    said = describe_sound(encoded(samples=clicks(times, RATE)[:, None] * 0.5, rate=RATE))
    assert said.onsets == 10
    assert said.tempo == pytest.approx(beats, rel=0.03)


def test_silence_and_what_is_no_sound_are_refused() -> None:
    with pytest.raises(PictureUnreadable, match="silent"):
        describe_sound(encoded(samples=np.zeros((RATE, 1)), rate=RATE))
    with pytest.raises(PictureUnreadable):
        describe_sound(b"no sound")


def test_the_classifier_tells_noise_from_beats() -> None:
    """Of sounds that were in no package: rushing noise is none of the short kinds, and a row of clicks no weather."""
    assert len(classes()) >= 20
    rushing, knocking = features(hiss(4, RATE), RATE), features(clicks((0.1, 0.5, 0.9, 1.3), RATE), RATE)
    assert rushing is not None
    assert knocking is not None
    weather = {"rain", "steam", "water", "wind", "fire", "applause", "whoosh"}
    assert {name for name, _ in class_chances(rushing)[:2]} & weather
    assert class_chances(knocking)[0][0] not in weather
