"""Taking even noise (hiss, hum, a fan) out of a recording."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from audobon_cli.domain.errors import InvalidInput, SoundUnusable
from audobon_cli.media.sound.samples import DecodedSound
from audobon_cli.sounds.operations.operation import SoundOperation, SoundProduct

WINDOW_SECONDS = 0.046
"""2,048 samples at 44,100 Hz: long enough for hum, short enough for clicks."""
OVERLAP = 4
QUIETEST = 0.1
"""Of the moments: those that are taken for noise alone."""
NOISE, SOUND = 1.5, 3.0
"""What is less than so many times as strong as the noise is taken for noise, what is more for sound (by trial)."""


@dataclass(frozen=True, slots=True)
class DenoiseSound(SoundOperation):
    """Every band where it is no stronger than in the quietest moments, or between the seconds ``start`` and ``end`` if
    they are given, at most ``reduction`` dB quieter."""

    name: ClassVar[str] = "sound-denoise"
    reduction: float = 18.0
    start: float = 0.0
    end: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.reduction <= 60 or self.start < 0 or (self.end and self.end <= self.start):
            raise InvalidInput(
                "That cannot be reduced.", hint="give --reduction from 1 to 60, --end behind --start"
            )

    def run(self, inputs: Sequence[DecodedSound]) -> SoundProduct:
        sound = inputs[0]
        size = 1 << max(6, round(WINDOW_SECONDS * sound.rate) - 1).bit_length()
        if sound.frames < 4 * size:
            raise SoundUnusable(
                f"{sound.name} is too short to tell noise from sound.",
                hint=f"it takes {4 * size / sound.rate:.2f} s",
            )
        cleaned = [
            self._cleaned(sound.samples[:, channel], sound.rate, size) for channel in range(sound.channels)
        ]
        before, after = (float((each**2).mean()) for each in (sound.samples, np.stack(cleaned, axis=1)))
        facts = {"removed": round(10 * float(np.log10(max(before, 1e-12) / max(after, 1e-12))), 2)}
        return SoundProduct(sound.with_samples(np.stack(cleaned, axis=1)), facts)

    def _cleaned(self, wave: np.ndarray, rate: int, size: int) -> np.ndarray:
        stride = size // OVERLAP
        padded = np.pad(wave, (size, size + stride))
        window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size))
        starts = np.arange(0, len(padded) - size + 1, stride)
        spectra = np.fft.rfft(padded[starts[:, None] + np.arange(size)] * window, axis=1)
        levels = np.abs(spectra)
        moments = (starts - size) / rate
        inside = (moments >= 0) & (moments <= (len(wave) - size) / rate)
        noise = self._noise(levels[inside], moments[inside])
        strength = np.sqrt(_smoothed(levels**2)) / np.maximum(noise, 1e-12)
        kept = np.clip(np.log(strength / NOISE + 1e-12) / np.log(SOUND / NOISE), 0, 1)
        gains = _smoothed(10 ** (-self.reduction / 20 * (1 - kept)))
        parts = np.fft.irfft(spectra * gains, size, axis=1) * window
        out, weight = np.zeros(len(padded)), np.zeros(len(padded))
        for start, part in zip(starts.tolist(), parts, strict=True):
            out[start : start + size] += part
            weight[start : start + size] += window**2
        return np.asarray((out / np.maximum(weight, 1e-9))[size : size + len(wave)])

    def _noise(self, levels: np.ndarray, moments: np.ndarray) -> np.ndarray:
        if self.end:
            chosen = levels[(moments >= self.start) & (moments <= self.end)]
            if len(chosen):
                return np.asarray(np.sqrt((chosen**2).mean(axis=0)))
        loudness = (levels**2).sum(axis=1)
        quiet = np.argsort(loudness, kind="stable")[: max(1, round(QUIETEST * len(levels)))]
        return np.asarray(np.sqrt((levels[quiet] ** 2).mean(axis=0)))


def _smoothed(values: np.ndarray) -> np.ndarray:
    """The mean with the neighbours in time and pitch: single bins that open and close sound like water."""
    for axis in (0, 1):
        values = (np.roll(values, -1, axis) + values + np.roll(values, 1, axis)) / 3
    return values
