"""Other versions of a recording: faster, duller, in a room, repeated, cut, so that few recordings stand for many
sounds."""

from __future__ import annotations

import numpy as np

from sound_sources import Clip

SINGLE_EVENTS = frozenset(
    [
        "footstep",
        "hit",
        "wood",
        "metal",
        "glass",
        "click",
        "creak",
        "splash",
        "bubble",
        "coin",
        "gunshot",
        "drum",
        "zap",
        "rock",
        "slam",
        "bird",
        "laser",
        "whoosh",
    ]
)
"""What is heard several times in a row in games, where recordings have it once."""

RATE = 22_050
LONGEST = 6.0


def varied(clip: Clip, siblings: list[Clip], rng: np.random.Generator) -> np.ndarray:
    """Give a version of the recording at RATE; repeats are taken from `siblings`, recordings of the same session."""
    samples = clip.samples
    seconds = len(samples) / clip.rate
    if seconds > LONGEST or (seconds > 0.8 and rng.random() < 0.6):
        length = int(min(seconds, 2 ** rng.uniform(-0.7, 2.2)) * clip.rate)
        start = rng.integers(0, len(samples) - length + 1) if seconds > 3 else 0
        samples = _faded(samples[start : start + length], clip.rate)
    samples = _resampled(samples, RATE / clip.rate * 2 ** rng.uniform(-0.4, 0.4))
    if clip.label in SINGLE_EVENTS and rng.random() < (0.8 if clip.label == "footstep" else 0.3):
        samples = _repeated(samples, siblings, rng)
    samples = samples[: int(LONGEST * RATE)]
    if rng.random() < 0.6:
        samples = _coloured(samples, rng)
    if rng.random() < 0.4:
        samples = _in_a_room(samples, rng)
    if rng.random() < 0.12:
        samples = _crushed(samples, rng)
    peak = max(float(np.abs(samples).max()), 1e-6)
    if rng.random() < 0.35:
        samples = samples + peak * 10 ** rng.uniform(-3.5, -1.8) * rng.standard_normal(len(samples))
    return samples / peak * 0.9


def _resampled(samples: np.ndarray, factor: float) -> np.ndarray:
    """Give the samples at `factor` times their rate, without what would fold back."""
    if factor < 1:
        size = 1 << len(samples).bit_length()
        spectrum = np.fft.rfft(samples, size)
        spectrum[int(len(spectrum) * factor) :] = 0
        samples = np.fft.irfft(spectrum, size)[: len(samples)]
    places = np.arange(max(16, int(len(samples) * factor))) / factor
    return np.interp(places, np.arange(len(samples)), samples)


def _faded(samples: np.ndarray, rate: int) -> np.ndarray:
    edge = min(len(samples) // 4, rate // 20)
    out = samples.copy()
    out[len(out) - edge :] *= np.linspace(1, 0, edge)
    return out


def _repeated(samples: np.ndarray, siblings: list[Clip], rng: np.random.Generator) -> np.ndarray:
    count, gap = rng.integers(2, 7), 2 ** rng.uniform(-3.2, -0.3)
    out = np.zeros(int(LONGEST * RATE) + len(samples))
    for number in range(count):
        other = siblings[rng.integers(len(siblings))]
        part = (
            _resampled(other.samples[: 2 * other.rate], RATE / other.rate * 2 ** rng.uniform(-0.15, 0.15))
            if number
            else samples
        )
        start = int(number * gap * rng.uniform(0.85, 1.15) * RATE)
        part = part[: max(0, len(out) - start)] * rng.uniform(0.6, 1.0)
        out[start : start + len(part)] += part
        end = start + len(part)
        if start > LONGEST * RATE:
            break
    return out[:end]


def _coloured(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Tilt the spectrum by up to 3 dB an octave, and cut high tones now and then."""
    size = 1 << len(samples).bit_length()
    spectrum = np.fft.rfft(samples, size)
    hertz = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 50)
    gain = 10 ** (rng.uniform(-3, 3) * np.log2(hertz / 1000) / 20)
    if rng.random() < 0.4:
        gain /= 1 + (hertz / 2 ** rng.uniform(10.5, 13)) ** 4
    return np.fft.irfft(spectrum * gain, size)[: len(samples)]


def _in_a_room(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    seconds = 2 ** rng.uniform(-2.5, 0.6)
    times = np.arange(int(seconds * RATE)) / RATE
    answer = rng.standard_normal(len(times)) * np.exp(-6.9 * times / seconds)
    answer *= rng.uniform(0.1, 0.6) / np.sqrt((answer**2).sum())
    answer[0] += 1
    size = 1 << (len(samples) + len(answer)).bit_length()
    whole = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(answer, size), size)
    return whole[: len(samples) + int(0.6 * len(answer))]


def _crushed(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    hold, levels = rng.integers(1, 5), 2 ** rng.integers(3, 8)
    peak = max(float(np.abs(samples).max()), 1e-6)
    held = samples[(np.arange(len(samples)) // hold) * hold]
    return np.round(held / peak * levels) / levels * peak
