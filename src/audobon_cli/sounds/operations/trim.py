"""Taking a part out of a sound, and silence off its ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from audobon_cli.domain.errors import InvalidInput, SoundUnusable
from audobon_cli.media.sound.samples import DecodedSound
from audobon_cli.sounds.operations.operation import (
    SEAM_SECONDS,
    SoundOperation,
    SoundProduct,
    cut,
    loud_parts,
)


@dataclass(frozen=True, slots=True)
class TrimSound(SoundOperation):
    """What lies between ``start`` and ``end`` (seconds; 0: the sound's own end), without what is quieter than
    ``threshold`` dB below the peak at either end (0: all is kept), but for ``padding`` seconds of it.

    Where that cuts within the sound it fades for ``fade`` seconds.
    """

    name: ClassVar[str] = "sound-trim"
    start: float = 0.0
    end: float = 0.0
    threshold: float = -60.0
    padding: float = 0.005
    fade: float = SEAM_SECONDS

    def __post_init__(self) -> None:
        if self.start < 0 or self.end < 0 or (self.end and self.end <= self.start):
            raise InvalidInput(
                f"From {self.start:g} to {self.end:g} s there is nothing.",
                hint="--end must lie behind --start",
            )
        if self.threshold > 0:
            raise InvalidInput(
                f"{self.threshold:g} dB is above the peak itself.", hint="give --threshold -60, or 0 for none"
            )

    def run(self, inputs: Sequence[DecodedSound]) -> SoundProduct:
        sound = inputs[0]
        first, last = round(self.start * sound.rate), sound.frames
        if self.end:
            last = min(last, round(self.end * sound.rate))
        if first >= last:
            raise SoundUnusable(
                f"{sound.name} ends at {sound.seconds:.3f} s, before {self.start:g} s.",
                hint="give an earlier --start",
            )
        if self.threshold:
            loud = np.flatnonzero(loud_parts(sound.with_samples(sound.samples[first:last]), self.threshold))
            if not len(loud):
                raise SoundUnusable(
                    f"{sound.name} is silent there.", hint="there is nothing to trim to; give --threshold 0"
                )
            kept = round(self.padding * sound.rate)
            first, last = (
                max(first, first + int(loud[0]) - kept),
                min(last, first + int(loud[-1]) + 1 + kept),
            )
        facts = {"start": round(first / sound.rate, 6), "end": round(last / sound.rate, 6)}
        return SoundProduct(sound.with_samples(cut(sound, first, last, self.fade)), facts)
