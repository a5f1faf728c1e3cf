"""The pitch of a sound where it is loudest."""

import numpy as np

from audobon_cli.media.sound.channels import one_channel

WINDOW_SECONDS = 0.12
LOWEST, HIGHEST = 40.0, 5_000.0
"""Hz: below is rumble, above nobody hears a tune."""

CLEAR = 0.75
"""Correlation with itself one period later: what hums has more, noise through a narrow filter less (by trial)."""


class PitchFinder:
    """Takes a sound in blocks; keeps the loudest piece of it."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._length = max(64, int(WINDOW_SECONDS * rate))
        self._left = np.zeros(0)
        self._loudest = np.zeros(0)
        self._power = 0.0

    def add(self, block: np.ndarray) -> None:
        """Take the next samples, of the shape (frames, channels)."""
        samples = np.concatenate([self._left, one_channel(block)])
        whole = len(samples) // self._length
        if whole:
            pieces = samples[: whole * self._length].reshape(whole, self._length)
            powers = (pieces**2).sum(axis=1)
            best = int(powers.argmax())
            self._keep(pieces[best], float(powers[best]))
        self._left = samples[whole * self._length :]

    def _keep(self, piece: np.ndarray, power: float) -> None:
        if power > self._power:
            self._loudest, self._power = piece.copy(), power

    def pitch(self) -> int:
        """In Hz; 0 for what has none, or is too short to tell."""
        self._keep(self._left, float((self._left**2).sum()))
        found = pitch_of(self._loudest, self._rate)
        return round(found)


def pitch_of(samples: np.ndarray, rate: int) -> float:
    """The pitch of ``samples`` in Hz, 0 where none is clear.

    By normalised autocorrelation: the shortest period that is nearly as clear as the clearest, since two periods of a
    sound are as clear as one.
    """
    samples = samples - samples.mean() if len(samples) else samples
    shortest, longest = int(rate / HIGHEST), min(int(rate / LOWEST), len(samples) // 2)
    if longest <= shortest + 2 or not samples.any():
        return 0.0
    size = 1 << (2 * len(samples) - 1).bit_length()
    spectrum = np.fft.rfft(samples, size)
    lagged = np.fft.irfft(np.abs(spectrum) ** 2, size)[: longest + 2]
    energy = np.concatenate([[0.0], np.cumsum(samples**2)])
    lags = np.arange(longest + 2)
    total = energy[-1]
    both = np.sqrt((energy[len(samples) - lags]) * np.maximum(total - energy[lags], 1e-12))
    clear = lagged / np.maximum(both, 1e-12)
    # What is not below zero once between is the slope of the middle, which all slow sounds have.
    below = np.flatnonzero(clear[: longest + 1] < 0)
    first = max(shortest, int(below[0])) if len(below) else longest
    inner = clear[first : longest + 1]
    if not len(inner) or inner.max() < CLEAR:
        return 0.0
    peaks = np.flatnonzero((inner >= 0.9 * inner.max()) & (inner >= clear[first - 1 : longest]))
    peaks = peaks[inner[peaks] >= clear[first + peaks + 1]]
    if not len(peaks):
        return 0.0
    lag = first + int(peaks[0])
    before, top, after = clear[lag - 1], clear[lag], clear[lag + 1]
    bend = before - 2 * top + after
    return float(rate / (lag + (0.5 * (before - after) / bend if bend else 0.0)))
