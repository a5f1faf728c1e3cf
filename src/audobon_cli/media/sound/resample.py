"""Other rates of samples, by a windowed sinc; the same samples on every machine.

Each output sample is a sum of products of input samples with weights that are whole multiples of 2^-30, added in one
order: no transform, no library that chooses its code by the processor.
"""

from functools import lru_cache
from math import gcd

import numpy as np

CROSSINGS = 96
"""Zero crossings of the sinc on each side, at the lower of the two rates."""
BETA = 10.0
"""Of the Kaiser window: what would alias is 100 dB down, below the noise of 16 bits (-98 dB)."""
PASSED = 0.966
"""Middle of the slope, of the lower rate's half: with these, 20.5 kHz of 22.05 pass whole."""

SCALE = 2.0**30
MAX_PHASES = 1 << 16
AT_ONCE = 1 << 20
"""Values of a channel that are worked on at a time."""
FEW_PHASES = 8
"""Of a rate that is so many times the other's or less, outputs of one phase are worked on together: the same sums."""


def resampled(samples: np.ndarray, rate: int, new_rate: int, crossings: int = CROSSINGS) -> np.ndarray:
    """``samples`` of the shape (frames, channels) at ``new_rate``: round(frames x new / old) frames, at least one.

    60 ms for a second of one channel. What comes out can be louder than full scale: a wave peaks between samples, too.
    """
    if rate == new_rate:
        return samples
    shared = gcd(rate, new_rate)
    up, down = new_rate // shared, rate // shared
    weights = _weights(up, down, crossings)
    count = max(1, (len(samples) * up + down // 2) // down)
    reach = weights.shape[1] // 2
    padded = np.pad(samples, ((reach, reach + 1), (0, 0)))
    out = np.empty((count, samples.shape[1]))
    for channel in range(samples.shape[1]):
        wave = np.ascontiguousarray(padded[:, channel])
        if up <= FEW_PHASES:
            for first in range(min(up, count)):
                out[first::up, channel] = _of_one_phase(
                    wave, weights, first * down, -(-(count - first) // up), up, down
                )
            continue
        for start in range(0, count, AT_ONCE):
            places = np.arange(start, min(start + AT_ONCE, count), dtype=np.int64) * down
            out[start : start + AT_ONCE, channel] = _of_all_phases(wave, weights, places // up, places % up)
    return out


def _of_all_phases(wave: np.ndarray, weights: np.ndarray, whole: np.ndarray, phase: np.ndarray) -> np.ndarray:
    total = np.zeros(len(whole))
    for tap in range(weights.shape[1]):
        total += wave[whole + tap] * weights[phase, tap]
    return total


def _of_one_phase(
    wave: np.ndarray, weights: np.ndarray, place: int, count: int, up: int, down: int
) -> np.ndarray:
    """Every ``up``-th output, ``count`` of them: their inputs lie ``down`` apart, and their weights are the same."""
    total = np.zeros(count)
    whole, phase = divmod(place, up)
    for tap in range(weights.shape[1]):
        total += wave[whole + tap : whole + tap + (count - 1) * down + 1 : down] * weights[phase, tap]
    return total


@lru_cache(maxsize=4)
def _weights(up: int, down: int, crossings: int) -> np.ndarray:
    """A row of weights for each place between two input samples: (up, taps), each row adding up to 1."""
    lower = min(1.0, up / down) * PASSED
    reach = int(np.ceil(crossings / lower))
    offsets = np.arange(-reach, reach + 1)[None, :] - (np.arange(up) / up)[:, None]
    within = np.clip(1 - (offsets / (reach + 1)) ** 2, 0, None)
    window = np.i0(BETA * np.sqrt(within)) / np.i0(BETA)
    weights = lower * np.sinc(lower * offsets) * window
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(np.rint(weights * SCALE) / SCALE)
