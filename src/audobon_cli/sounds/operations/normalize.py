"""One loudness, or one peak, for a sound or a set of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import ClassVar

from audobon_cli.domain.errors import InvalidInput, SoundUnusable
from audobon_cli.domain.sound import SILENCE
from audobon_cli.media.sound.loudness import loudness_of
from audobon_cli.media.sound.peaks import decibels_of, factor_of, true_peak
from audobon_cli.media.sound.samples import DecodedSound
from audobon_cli.sounds.operations.operation import SoundOperation, SoundProduct

CEILING = -1.0
"""dB of full scale that the true peak keeps to: EBU R 128, and what lossy formats add on top."""


@dataclass(frozen=True, slots=True)
class NormalizeSound(SoundOperation):
    """The first input at ``loudness`` LUFS (BS.1770; what is shorter than 0.4 s is one block), or, if ``peak`` is
    given, with its true peak at so many dB; never with one above ``ceiling``: then it stays quieter.

    With further inputs all of a set are changed by one gain: that which brings them, played one after the other, to
    ``loudness``, or the highest peak among them to ``peak``.
    """

    name: ClassVar[str] = "sound-normalize"
    loudness: float = -18.0
    peak: float | None = None
    ceiling: float = CEILING

    def __post_init__(self) -> None:
        if not (SILENCE < self.loudness <= 0 and -60 <= self.ceiling <= 0):
            raise InvalidInput(
                f"A loudness of {self.loudness:g} LUFS below {self.ceiling:g} dB cannot be made.",
                hint="give --loudness from -69 to 0 and --ceiling from -60 to 0",
            )
        if self.peak is not None and not -60 <= self.peak <= 0:
            raise InvalidInput(
                f"A peak of {self.peak:g} dB cannot be made.", hint="give --peak from -60 to 0"
            )

    def run(self, inputs: Sequence[DecodedSound]) -> SoundProduct:
        sound, every = inputs[0], inputs[1:] or inputs
        measured = [_measured(each) for each in every]
        peak = decibels_of(max(highest for _, _, highest in measured))
        loudness = together([(seconds, lufs) for seconds, lufs, _ in measured])
        if loudness <= SILENCE or peak <= -120:
            raise SoundUnusable(
                f"{sound.name} is silent: no gain makes it louder.",
                hint="leave it out; `loud:<-69` finds such",
            )
        wanted = self.loudness - loudness if self.peak is None else self.peak - peak
        highest = min(self.ceiling, self.peak if self.peak is not None else 0.0) - peak
        limited = wanted > highest
        gain = floor(min(wanted, highest) * 100) / 100 if limited else round(wanted, 2)
        place = next((number for number, each in enumerate(every) if each is sound), None)
        own = _measured(sound) if place is None else measured[place]
        facts = {
            "gain": gain,
            "loudness": round(own[1] + gain, 2),
            "true_peak": round(decibels_of(own[2]) + gain, 2),
            "limited": limited,
        }
        return SoundProduct(sound.with_samples(sound.samples * factor_of(gain)), facts)


def _measured(sound: DecodedSound) -> tuple[float, float, float]:
    """Seconds, LUFS, and the true peak as a share of full scale."""
    return sound.seconds, loudness_of(sound.samples, sound.rate), true_peak(sound.samples)


def together(measured: Sequence[tuple[float, float]]) -> float:
    """The loudness of sounds (seconds, LUFS) together: the mean of their powers, each counted as long as it is."""
    power = sum(seconds * 10 ** (lufs / 10) for seconds, lufs in measured) / sum(
        seconds for seconds, _ in measured
    )
    return 10 * log10(power)
