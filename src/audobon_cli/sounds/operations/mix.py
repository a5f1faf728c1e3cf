"""Several sounds as one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from audobon_cli.domain.errors import InvalidInput, SoundUnusable
from audobon_cli.media.sound.formats import SampleType
from audobon_cli.media.sound.peaks import decibels_of, factor_of, true_peak
from audobon_cli.media.sound.samples import MAX_VALUES, DecodedSound
from audobon_cli.sounds.operations.convert import at_rate, with_channels
from audobon_cli.sounds.operations.normalize import CEILING
from audobon_cli.sounds.operations.operation import SoundOperation, SoundProduct

_ORDER = (SampleType.PCM16, SampleType.PCM24, SampleType.FLOAT)


@dataclass(frozen=True, slots=True)
class MixSounds(SoundOperation):
    """The sum of all inputs, each from its second of ``starts`` on and ``gains`` dB louder; where a list is shorter
    than the inputs, the rest have 0. At the highest rate, with the most channels and the longest samples among them.

    A sum whose true peak is above ``ceiling`` dB is made quieter as a whole.
    """

    name: ClassVar[str] = "sound-mix"
    gathers: ClassVar[bool] = True
    starts: tuple[float, ...] = ()
    gains: tuple[float, ...] = ()
    ceiling: float = CEILING

    def __post_init__(self) -> None:
        if any(start < 0 for start in self.starts):
            raise InvalidInput("A sound cannot start before the mix does.", hint="give --start 0 or more")

    def run(self, inputs: Sequence[DecodedSound]) -> SoundProduct:
        if max(len(self.starts), len(self.gains)) > len(inputs):
            raise InvalidInput(
                f"{len(inputs)} sounds have more than one --start or --gain each.",
                hint="give at most one for each, in order",
            )
        rate = max(each.rate for each in inputs)
        channels = max(each.channels for each in inputs)
        made = [with_channels(at_rate(each, rate), channels) for each in inputs]
        starts = [round(start * rate) for start in _filled(self.starts, len(inputs))]
        frames = max(start + each.frames for start, each in zip(starts, made, strict=True))
        if frames * channels > MAX_VALUES:
            raise SoundUnusable(
                f"The mix would be {frames / rate:.0f} s long.", hint="give smaller values of --start"
            )
        total = np.zeros((frames, channels))
        for each, start, gain in zip(made, starts, _filled(self.gains, len(inputs)), strict=True):
            total[start : start + each.frames] += each.samples * factor_of(gain)
        peak = decibels_of(true_peak(total))
        gain = min(0.0, float(np.floor((self.ceiling - peak) * 100) / 100))
        kept = max((each.type for each in inputs), key=_ORDER.index)
        mixed = replace(made[0].with_samples(total * factor_of(gain)), type=kept)
        return SoundProduct(mixed, {"gain": gain, "true_peak": round(peak + gain, 2)})


def _filled(values: tuple[float, ...], count: int) -> list[float]:
    return [*values, *[0.0] * (count - len(values))]
