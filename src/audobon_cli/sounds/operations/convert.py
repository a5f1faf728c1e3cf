"""Other rates, channels, kinds of samples and formats."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from audobon_cli.domain.errors import InvalidInput, SoundUnusable
from audobon_cli.media.sound.formats import SampleType, SoundFormat
from audobon_cli.media.sound.resample import MAX_PHASES, resampled
from audobon_cli.media.sound.samples import DecodedSound
from audobon_cli.sounds.operations.operation import SoundOperation, SoundProduct

MIN_RATE, MAX_RATE = 1_000, 384_000
_LOWEST_BITS = {SampleType.PCM16: 16, SampleType.PCM24: 24}
_DITHER_SEED = 0x5EED


@dataclass(frozen=True, slots=True)
class ResampleSound(SoundOperation):
    """At ``rate`` samples a second: as long, to half a sample."""

    name: ClassVar[str] = "sound-resample"
    rate: int = 44_100

    def __post_init__(self) -> None:
        if not MIN_RATE <= self.rate <= MAX_RATE:
            raise InvalidInput(
                f"{self.rate} samples a second cannot be made.",
                hint=f"give --rate from {MIN_RATE} to {MAX_RATE}",
            )

    def run(self, inputs: Sequence[DecodedSound]) -> SoundProduct:
        return SoundProduct(at_rate(inputs[0], self.rate))


@dataclass(frozen=True, slots=True)
class ConvertSound(SoundOperation):
    """With ``channels`` (0: as many as it has), samples of type ``samples`` ("": as they are) and in ``form``.

    Channels are mixed to one by their mean. ``dither`` adds noise of one step before samples become shorter
    (triangular, the same each time), which keeps fades of few steps from buzzing.
    """

    name: ClassVar[str] = "sound-convert"
    channels: int = 0
    samples: str = ""
    form: str = SoundFormat.WAV
    dither: bool = False

    def __post_init__(self) -> None:
        SoundFormat(self.form)
        if self.samples:
            SampleType(self.samples)

    @property
    def suffix(self) -> str:
        """See AssetOperation."""
        return f".{self.form}"

    def run(self, inputs: Sequence[DecodedSound]) -> SoundProduct:
        sound = with_channels(inputs[0], self.channels or inputs[0].channels)
        kept = SampleType(self.samples) if self.samples else sound.type
        if self.dither and kept in _LOWEST_BITS:
            steps = np.random.Generator(np.random.PCG64(_DITHER_SEED)).integers(
                0, 1 << 30, (2, *sound.samples.shape)
            )
            noise = (steps[0] - steps[1]) * 2.0 ** (-30 - (_LOWEST_BITS[kept] - 1))
            sound = sound.with_samples(sound.samples + noise)
        return SoundProduct(replace(sound, type=kept, loops=(), data=b""), form=SoundFormat(self.form))


def at_rate(sound: DecodedSound, rate: int) -> DecodedSound:
    """``sound`` at ``rate``. Raises SoundUnusable where the two rates have too little in common."""
    if rate == sound.rate:
        return replace(sound, loops=(), data=b"")
    if rate // np.gcd(rate, sound.rate) > MAX_PHASES:
        raise SoundUnusable(
            f"{sound.name} has {sound.rate} samples a second, which {rate} have too little in common with.",
            hint="give a usual rate: 22050, 44100, 48000",
        )
    return sound.with_samples(resampled(sound.samples, sound.rate, rate), rate)


def with_channels(sound: DecodedSound, channels: int) -> DecodedSound:
    """``sound`` in ``channels``: one is the mean of all, and one becomes many alike.

    Raises SoundUnusable for others.
    """
    if channels == sound.channels:
        return sound
    if channels == 1:
        return sound.with_samples(sound.samples.mean(axis=1, keepdims=True))
    if sound.channels == 1:
        return sound.with_samples(np.repeat(sound.samples, channels, axis=1))
    raise SoundUnusable(
        f"{sound.name} has {sound.channels} channels: nothing says how {channels} come of them.",
        hint="make one of them: --channels 1, or take them apart: `audobon sound split --channels`",
    )
