"""What is measured of sounds: the same at another rate, and what their traits say."""

import numpy as np
import pytest

from audobon_cli.media.sound.hearing.features import features, hear, onsets
from audobon_cli.media.sound.hearing.traits import distance, pattern_of, traits_of

RATES = (22_050, 48_000)


def tone(hertz: float, seconds: float, rate: int) -> np.ndarray:
    times = np.arange(round(seconds * rate)) / rate
    return np.sin(2 * np.pi * hertz * times)


def hiss(seconds: float, rate: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(-1, 1, round(seconds * rate))


def clicks(times: tuple[float, ...], rate: int) -> np.ndarray:
    out = np.zeros(round((times[-1] + 0.3) * rate))
    for start in times:
        burst = hiss(0.1, rate) * np.exp(-np.arange(round(0.1 * rate)) / (0.02 * rate))
        place = round(start * rate)
        out[place : place + len(burst)] += burst
    return out


def traits(samples: np.ndarray, rate: int) -> dict[str, float]:
    heard = hear(samples, rate)
    assert heard is not None
    return traits_of(heard)


@pytest.mark.parametrize("rate", RATES)
def test_traits_are_those_of_the_sound_at_any_rate(rate: int) -> None:
    high = traits(tone(800, 0.5, rate), rate)
    assert 50 * 2 ** high["pitch"] == pytest.approx(800, rel=0.02)
    assert 2 ** high["length"] == pytest.approx(0.5, abs=0.06)
    assert abs(high["pitch_slope"]) < 0.05
    noisy = traits(hiss(0.5, rate), rate)
    assert "pitch" not in noisy
    assert noisy["noise"] > 0.4 > 10 * high["noise"]
    assert noisy["bright"] > high["bright"]


def test_a_slide_has_a_slope_and_a_fade_a_decay() -> None:
    rate = 44_100
    times = np.arange(rate // 2) / rate
    rising = np.sin(2 * np.pi * np.cumsum(300 * 2 ** (2 * times)) / rate)
    assert traits(rising, rate)["pitch_slope"] == pytest.approx(1.0, abs=0.2)
    short = traits(tone(500, 1, rate) * np.exp(-np.arange(rate) / (0.05 * rate)), rate)
    long = traits(tone(500, 1, rate) * np.exp(-np.arange(rate) / (0.4 * rate)), rate)
    assert 2 ** short["decay"] < 0.2 < 2 ** long["decay"]


def test_beginnings_are_found() -> None:
    heard = hear(clicks((0.1, 0.4, 0.9, 1.1), 44_100), 44_100)
    assert heard is not None
    assert onsets(heard) == pytest.approx([0.0, 0.3, 0.8, 1.0], abs=0.03)


def test_silence_ends_and_nothing_at_all() -> None:
    rate = 44_100
    padded = np.concatenate([np.zeros(rate), tone(600, 0.4, rate), np.zeros(rate)])
    assert traits(padded, rate)["length"] == pytest.approx(
        traits(tone(600, 0.4, rate), rate)["length"], abs=0.15
    )
    assert features(np.zeros(1000), rate) is None
    assert features(np.zeros(0), rate) is None
    for short in (tone(600, 0.001, rate), np.array([1.0]), np.full(50, np.nan)):
        found = features(short, rate)
        assert found is None or np.isfinite(found).all()


def test_a_pattern_has_its_own_sounds_near_and_others_far() -> None:
    rate = 22_050
    beeps = [traits(tone(hertz, 0.3, rate), rate) for hertz in (700, 800, 900)]
    pattern = pattern_of(beeps)
    assert {trait.name for trait in pattern} >= {"length", "bright", "pitch"}
    assert max(distance(one, pattern) for one in beeps) < 1 < distance(traits(hiss(2, rate), rate), pattern)
    assert distance({}, pattern) == 3.0
    everything = frozenset(trait.name for trait in pattern)
    assert distance(beeps[0], pattern, everything) == 0.0
