"""A sound that goes on for ever: the best place to go back to, and a crossfade over it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple

import numpy as np

from audobon_cli.domain.errors import InvalidInput, SoundUnusable
from audobon_cli.media.sound.samples import DecodedSound
from audobon_cli.sounds.operations.operation import SoundOperation, SoundProduct

CANDIDATES = 24
"""Ends that are tried; for each the best start is found to the sample."""
SEARCHED = 0.25
"""Of the length: how far from either end seams are looked for."""
GRAIN = 2.0**30
SEAM_SECONDS = 0.02
"""What is compared on either side of a seam."""
MOMENTS = 200
"""Pairs of neighbouring moments that say what is usual."""


class _Seam(NamedTuple):
    (
        """The loop goes from the frame before ``end`` back to ``start``; ``likeness``, up to 1, of what comes before
    both."""
        ""
    )

    start: int
    end: int
    likeness: float


@dataclass(frozen=True, slots=True)
class LoopSound(SoundOperation):
    """The part of a sound, between ``start`` and ``end`` seconds (0: its own end), whose end leads back into its
    beginning: where they are most alike if ``search``, else exactly that part.

    The last ``crossfade`` seconds fade into what comes before the beginning, at even power whatever the two have in
    common. With ``intro`` what lies before the loop stays. With ``points`` the file says where it loops.
    """

    name: ClassVar[str] = "sound-loop"
    start: float = 0.0
    end: float = 0.0
    crossfade: float = 0.05
    search: bool = True
    intro: bool = False
    points: bool = False

    def __post_init__(self) -> None:
        if self.start < 0 or self.crossfade < 0 or (self.end and self.end <= self.start):
            raise InvalidInput(
                f"From {self.start:g} to {self.end:g} s there is nothing to loop.",
                hint="--end must lie behind --start",
            )

    def run(self, inputs: Sequence[DecodedSound]) -> SoundProduct:
        sound = inputs[0]
        first = round(self.start * sound.rate)
        last = min(sound.frames, round(self.end * sound.rate)) if self.end else sound.frames
        fade = round(self.crossfade * sound.rate)
        if last - first < max(4 * fade, 64):
            raise SoundUnusable(
                f"{sound.name} has {max(0, last - first) / sound.rate:.3f} s to loop,"
                f" too little for a crossfade of {self.crossfade:g} s.",
                hint="give a shorter --crossfade, or a longer part",
            )
        mono = sound.samples.mean(axis=1)
        seam = _searched(mono, first, last, fade) if self.search else _given(mono, first, last, fade)
        samples = _crossfaded(sound.samples[: seam.end], seam, fade)
        begins = seam.start if self.intro else 0
        looped = samples if self.intro else samples[seam.start :]
        facts = {
            "start": round(seam.start / sound.rate, 6),
            "end": round(seam.end / sound.rate, 6),
            "likeness": round(seam.likeness, 3),
            **measured(looped[begins:], sound.rate),
        }
        loops = ({"start": begins, "end": len(looped) - 1, "times": 0},)
        made = replace(sound.with_samples(looped), loops=loops if self.points or self.intro else ())
        return SoundProduct(made, facts)


def measured(samples: np.ndarray, rate: int) -> dict[str, Any]:
    """How much the seam of ``samples`` (frames, channels), going round, stands out: what is above 1 does.

    ``step``: the step from the last sample to the first beside the largest steps close by. ``level`` and ``tone``: by
    how many dB the 20 ms behind the seam differ from those before it, in all and on average over octaves, beside what
    nine in ten neighbouring moments within the sound differ by (or 1 dB, if they differ less).
    """
    reach = max(8, min(round(SEAM_SECONDS * rate), len(samples) // 2))
    around = np.concatenate([samples[-reach:], samples[:reach]])
    steps = np.abs(np.diff(around, axis=0))
    others = np.delete(steps, reach - 1, axis=0).max()
    mono = samples.mean(axis=1)
    parts = mono[: len(mono) // reach * reach].reshape(-1, reach)
    places = np.linspace(0, len(parts) - 2, max(0, min(len(parts) - 1, MOMENTS)))
    chosen: list[int] = np.unique(places.astype(int)).tolist()
    usual = [_difference(parts[place], parts[place + 1], rate) for place in chosen]
    usual_level, usual_tone = np.maximum(np.quantile(usual, 0.9, axis=0), 1.0) if usual else (1.0, 1.0)
    level, tone = _difference(mono[-reach:], mono[:reach], rate)
    return {
        "step": round(float(steps[reach - 1].max() / others), 2) if others else 0.0,
        "level": round(float(level / usual_level), 2),
        "tone": round(float(tone / usual_tone), 2),
    }


def _difference(before: np.ndarray, behind: np.ndarray, rate: int) -> tuple[float, float]:
    """By how many dB two moments differ: in all, and on average over octaves."""
    powers = [float((part**2).mean()) + 1e-12 for part in (before, behind)]
    level = abs(10 * float(np.log10(powers[1] / powers[0])))
    return level, float(np.abs(_octaves(behind, rate) - _octaves(before, rate)).mean())


def _octaves(samples: np.ndarray, rate: int) -> np.ndarray:
    """Levels in dB of the octaves of a few samples, those 50 dB below the loudest all alike."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / rate)
    edges = [0.0, *(125.0 * 2**octave for octave in range(9)), rate]
    bands = [power[(hertz >= low) & (hertz < high)].sum() for low, high in pairwise(edges)]
    levels = 10 * np.log10(np.array(bands) + 1e-12)
    return np.asarray(np.maximum(levels, levels.max() - 50))


def _given(mono: np.ndarray, first: int, last: int, fade: int) -> _Seam:
    start = max(first, fade)
    ones, others = mono[start - fade : start], mono[last - fade : last]
    norm = float(np.sqrt((ones**2).sum() * (others**2).sum()))
    return _Seam(start, last, float((ones * others).sum()) / norm if norm else 0.0)


def _searched(mono: np.ndarray, first: int, last: int, fade: int) -> _Seam:
    """The seam whose two sides are most alike; of those as good the longest loop."""
    width = max(fade, 32)
    reach = max(width + 1, round(SEARCHED * (last - first)))
    low, high = max(first, 0), min(first + reach + width, last - width)
    ends = np.unique(np.linspace(last - min(reach, (last - first) // 2), last, CANDIDATES).astype(int))
    found = []
    for end in ends.tolist():
        template = mono[end - width : end]
        likeness = _likeness(mono[low:high], template)
        likeness = likeness[: max(1, end - width - low - width)]
        best = int(np.round(likeness, 4).argmax())
        found.append(_Seam(low + best + width, end, float(likeness[best])))
    return max(found, key=lambda seam: (round(seam.likeness, 3), seam.end - seam.start))


def _likeness(wave: np.ndarray, template: np.ndarray) -> np.ndarray:
    """Of ``template`` with each part of ``wave`` that is as long: correlation by how far their levels agree."""
    size = 1 << (len(wave) + len(template)).bit_length()
    product = np.fft.rfft(wave, size) * np.conj(np.fft.rfft(template, size))
    dots = np.fft.irfft(product, size)[: len(wave) - len(template) + 1]
    total = np.concatenate([[0.0], np.cumsum(wave**2)])
    energy = np.maximum(total[len(template) :] - total[: len(wave) - len(template) + 1], 0)
    own = float((template**2).sum())
    # 2ab / (a^2 + b^2) is 1 for equal signals, and falls with differences of form as of level.
    return np.asarray(2 * dots / np.maximum(energy + own, 1e-12))


def _crossfaded(samples: np.ndarray, seam: _Seam, fade: int) -> np.ndarray:
    """``samples`` up to the seam's end, of which the last ``fade`` turn into those before its start.

    The two factors keep the power even for signals of that likeness (Fink, Holters, Zoelzer, "Signal-matched
    power-complementary cross-fading", DAFx 2016).
    """
    made = samples.copy()
    if fade:
        rising = (np.arange(fade) + 0.5) / fade
        falling = 1 - rising
        alike = round(min(max(seam.likeness, 0.0), 1.0), 3)
        power = np.sqrt(rising**2 + falling**2 + 2 * alike * rising * falling)
        gains = [np.rint(each / power * GRAIN)[:, None] / GRAIN for each in (falling, rising)]
        made[-fade:] = samples[-fade:] * gains[0] + samples[seam.start - fade : seam.start] * gains[1]
    return made
