"""Loudness by ITU-R BS.1770-4 (LUFS), also of sounds that are shorter than its blocks."""

from functools import lru_cache

import numpy as np

from audobon_cli.domain.sound import SILENCE

RELATIVE_GATE = -10.0
STEPS_A_BLOCK = 4
"""A block has 0.4 s, and a new one begins every 0.1 s."""

OFFSET = -0.691
AT_ONCE = 1 << 18
"""Samples of a channel that are measured at a time, at least: some megabytes of memory."""

SETTLING_SECONDS = 0.1
"""The weighting's high pass at 38 Hz has forgotten what was before it by then."""


def k_weighting(frequencies: np.ndarray, rate: int) -> np.ndarray:
    """The power response of the K-weighting at ``frequencies`` (Hz), as digital filters of ``rate`` have it.

    BS.1770-4 gives the two filters at 48 kHz; at others they are those of the same analogue prototypes (their corner,
    gain and quality: De Man, "Evaluation of implementations of the EBU R128 loudness measurement", 2018).
    """
    z = np.exp(-2j * np.pi * frequencies / rate)
    boost = _high_boost(z, 1681.9744509555319, 3.99984385397, 0.7071752369554193, rate)
    return np.asarray(np.abs(boost * _high_pass(z, 38.13547087613982, 0.5003270373253953, rate)) ** 2)


@lru_cache(maxsize=8)
def _amplitudes(size: int, rate: int) -> np.ndarray:
    """The weighting of the spectrum of ``size`` samples; zero-phase: only the power of what comes out counts."""
    return np.asarray(np.sqrt(k_weighting(np.fft.rfftfreq(size, 1 / rate), rate)))


def _high_boost(z: np.ndarray, corner: float, gain_db: float, quality: float, rate: int) -> np.ndarray:
    k = np.tan(np.pi * min(corner / rate, 0.49))
    high = 10 ** (gain_db / 20)
    band = high**0.499666774155
    scale = 1 + k / quality + k * k
    b = ((high + band * k / quality + k * k), 2 * (k * k - high), (high - band * k / quality + k * k))
    a = (scale, 2 * (k * k - 1), (1 - k / quality + k * k))
    return np.asarray(np.polyval(b[::-1], z) / np.polyval(a[::-1], z))


def _high_pass(z: np.ndarray, corner: float, quality: float, rate: int) -> np.ndarray:
    k = np.tan(np.pi * min(corner / rate, 0.49))
    scale = 1 + k / quality + k * k
    a = (1.0, 2 * (k * k - 1) / scale, (1 - k / quality + k * k) / scale)
    return np.asarray((1 - z) ** 2 / np.polyval(a[::-1], z))


class LoudnessMeter:
    """Takes a sound in blocks; keeps one number for each 0.1 s."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._step = max(1, rate // 10)
        self._before = np.zeros((0, channels))
        self._left = np.zeros((0, channels))
        self._steps: list[float] = []
        self._rest = (0.0, 0)

    def add(self, block: np.ndarray) -> None:
        """Take the next samples, full scale is 1, of the shape (frames, channels)."""
        self._left = np.concatenate([self._left, block])
        whole = len(self._left) // self._step * self._step
        if whole >= AT_ONCE:
            self._measure(self._left[:whole])
            self._left = self._left[whole:]

    def loudness(self) -> float:
        """Of all that was taken, in LUFS to a tenth; SILENCE for what cannot be heard."""
        return round(self.lufs(), 1)

    def lufs(self) -> float:
        """As ``loudness``, not rounded."""
        if len(self._left):
            whole = len(self._left) // self._step * self._step
            if whole:
                self._measure(self._left[:whole])
            rest = self._left[whole:]
            if len(rest):
                energy = self._weighted(rest)
                self._rest = (float(energy.sum()), len(rest))
            self._left = rest[:0]
        return max(self._gated(), SILENCE)

    def _measure(self, samples: np.ndarray) -> None:
        energy = self._weighted(samples)
        self._steps += [float(part.sum()) for part in energy.reshape(-1, self._step)]

    def _weighted(self, samples: np.ndarray) -> np.ndarray:
        """Weighted power of each frame, channels added; the sound before settles the filter."""
        whole = np.concatenate([self._before, samples])
        size = 1 << (len(whole) + self._settling - 1).bit_length()
        spectrum = np.fft.rfft(whole, size, axis=0)
        response = _amplitudes(size, self._rate)
        weighted = np.fft.irfft(spectrum * response[:, None], size, axis=0)[len(self._before) : len(whole)]
        self._before = whole[-self._settling :]
        return np.asarray((weighted**2).sum(axis=1))

    @property
    def _settling(self) -> int:
        return max(1, int(SETTLING_SECONDS * self._rate))

    def _gated(self) -> float:
        steps, size = np.array(self._steps), self._step * STEPS_A_BLOCK
        if len(steps) < STEPS_A_BLOCK:
            frames = len(steps) * self._step + self._rest[1]
            return _lufs((steps.sum() + self._rest[0]) / frames) if frames else SILENCE
        blocks = np.lib.stride_tricks.sliding_window_view(steps, STEPS_A_BLOCK).sum(axis=1) / size
        blocks = blocks[blocks > _power(SILENCE)]
        if not len(blocks):
            return SILENCE
        kept = blocks[blocks > _power(_lufs(blocks.mean()) + RELATIVE_GATE)]
        return _lufs(kept.mean())


def _lufs(power: float) -> float:
    return OFFSET + 10 * float(np.log10(power)) if power > 0 else SILENCE


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET) / 10))


def loudness_of(samples: np.ndarray, rate: int) -> float:
    """The loudness of ``samples`` (frames, channels) in LUFS, not rounded."""
    meter = LoudnessMeter(rate, samples.shape[1])
    meter.add(samples)
    return meter.lufs()
