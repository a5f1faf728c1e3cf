"""Sounds in memory to work on."""

import numpy as np

from audobon_cli.media.sound.formats import SampleType
from audobon_cli.media.sound.samples import DecodedSound, encode_samples, read_sound
from tests.media.sound_files import tone

RATE = 48_000


def sound(
    samples: np.ndarray, rate: int = RATE, name: str = "s", kept: SampleType = SampleType.PCM16
) -> DecodedSound:
    """``samples`` as a file has them."""
    return read_sound(encode_samples(DecodedSound(name, samples, rate, kept)), name)


def beep(seconds: float = 0.5, hertz: float = 440.0, peak: float = 0.5, channels: int = 1) -> DecodedSound:
    """A sine."""
    return sound(tone(seconds, hertz, RATE, peak, channels))


def silence(seconds: float) -> np.ndarray:
    """Nothing, for so long."""
    return np.zeros((round(seconds * RATE), 1))


def hiss(seconds: float, peak: float = 0.1, seed: int = 1) -> np.ndarray:
    """White noise."""
    return np.random.default_rng(seed).uniform(-peak, peak, (round(seconds * RATE), 1))
