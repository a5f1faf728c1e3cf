"""Fading in and out, and playing backwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import numpy as np

from audobon_cli.domain.errors import InvalidInput, SoundUnusable
from audobon_cli.media.sound.samples import DecodedSound
from audobon_cli.sounds.operations.operation import SoundOperation, SoundProduct

GRAIN = 2.0**30
"""Factors are whole multiples of its inverse, so that every machine has the same."""
EXPONENTIAL_DB = 60.0


class FadeCurve(StrEnum):
    """How the level goes from nothing to all: evenly; as a quarter of a sine; evenly in dB; slow at both ends."""

    LINEAR = "linear"
    EQUAL_POWER = "equal-power"
    EXPONENTIAL = "exponential"
    SMOOTH = "smooth"


@dataclass(frozen=True, slots=True)
class FadeSound(SoundOperation):
    """Rise from silence for ``fade_in`` seconds, fall to it for ``fade_out``, by ``curve`` (a FadeCurve)."""

    name: ClassVar[str] = "sound-fade"
    fade_in: float = 0.0
    fade_out: float = 0.0
    curve: str = FadeCurve.LINEAR

    def __post_init__(self) -> None:
        FadeCurve(self.curve)
        if min(self.fade_in, self.fade_out) < 0 or not (self.fade_in or self.fade_out):
            raise InvalidInput(
                "There is nothing to fade.", hint="give --fade-in SECONDS, --fade-out SECONDS, or both"
            )

    def run(self, inputs: Sequence[DecodedSound]) -> SoundProduct:
        sound = inputs[0]
        if max(self.fade_in, self.fade_out) > sound.seconds:
            raise SoundUnusable(
                f"{sound.name} is {sound.seconds:.3f} s long, shorter than the fade.",
                hint="give a shorter one",
            )
        samples = sound.samples.copy()
        rise, fall = round(self.fade_in * sound.rate), round(self.fade_out * sound.rate)
        if rise:
            samples[:rise] *= factors(rise, FadeCurve(self.curve))[:, None]
        if fall:
            samples[-fall:] *= factors(fall, FadeCurve(self.curve))[::-1, None]
        return SoundProduct(sound.with_samples(samples))


def factors(length: int, curve: FadeCurve) -> np.ndarray:
    """``length`` factors that rise from near 0 to near 1."""
    position = (np.arange(length) + 0.5) / length
    if curve is FadeCurve.EQUAL_POWER:
        position = np.sin(position * (np.pi / 2))
    elif curve is FadeCurve.EXPONENTIAL:
        position = 10 ** ((position - 1) * (EXPONENTIAL_DB / 20))
    elif curve is FadeCurve.SMOOTH:
        position = position * position * (3 - 2 * position)
    return np.asarray(np.rint(position * GRAIN) / GRAIN)


@dataclass(frozen=True, slots=True)
class ReverseSound(SoundOperation):
    """The last sample first."""

    name: ClassVar[str] = "sound-reverse"

    def run(self, inputs: Sequence[DecodedSound]) -> SoundProduct:
        return SoundProduct(inputs[0].with_samples(inputs[0].samples[::-1].copy()))
