"""How high a wave goes between its samples: the true peak of ITU-R BS.1770-4, annex 2."""

import numpy as np

from audobon_cli.media.sound.resample import resampled

OVERSAMPLING = 4
CROSSINGS = 12
"""BS.1770's own filter has as many: what is between four samples is found to 0.1 dB."""
AT_ONCE = 1 << 18


def true_peak(samples: np.ndarray) -> float:
    """The highest absolute value of the wave through ``samples`` (frames, channels), full scale is 1."""
    highest = 0.0
    for start in range(0, len(samples), AT_ONCE):
        part = samples[max(0, start - 4 * CROSSINGS) : start + AT_ONCE + 4 * CROSSINGS]
        between = resampled(part, 1, OVERSAMPLING, CROSSINGS)
        highest = max(highest, float(np.abs(between).max()), float(np.abs(part).max()))
    return highest


def decibels_of(level: float) -> float:
    """``level``, full scale is 1, in dB of full scale; -200 for nothing."""
    return 20 * float(np.log10(level)) if level > 1e-10 else -200.0


def factor_of(decibels: float) -> float:
    """What ``decibels`` multiply by: a whole multiple of 2^-24, so that every machine has the same."""
    return round(10 ** (decibels / 20) * 2**24) / 2**24
