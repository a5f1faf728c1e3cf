"""The few numbers of a sound that people have words for, and patterns of them: what sounds of one kind have in
common."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from audobon_cli.domain.sound import SoundTrait
from audobon_cli.media.sound.hearing.features import LOWEST, STEP_SECONDS, Heard, slope

TRAITS = ("length", "attack", "decay", "bright", "darkening", "noise", "pitch", "pitch_slope")
"""``length``, ``attack`` and ``decay`` (until 20 dB below the loudest) are logarithms to base 2 of seconds;
``bright`` and
``pitch`` octaves above 50 Hz; ``darkening`` and ``pitch_slope`` octaves from the beginning to the end; ``noise`` is
from 0 for a tone to 1."""

LEAST_SPREAD = {
    "length": 0.35,
    "attack": 0.8,
    "decay": 0.5,
    "bright": 0.3,
    "darkening": 0.5,
    "noise": 0.08,
    "pitch": 0.35,
    "pitch_slope": 0.5,
}
"""What differs by less sounds alike, however few recordings there were."""

AUDIBLE_DB = -30.0
HUMS = 0.3
"""Share of the moments that have a pitch, where the sound has one."""

FARTHEST = 3.0
"""Spreads from the mean that count: what is farther out is only wrong."""


def traits_of(heard: Heard) -> dict[str, float]:
    """The traits of what was ``heard``; without those of pitch where there is none."""
    weight = 10 ** (heard.level / 10)
    weight = weight / weight.sum()
    peak = int(heard.level.argmax())
    fallen = np.flatnonzero(heard.level[peak:] < -20)
    fall = int(fallen[0]) if len(fallen) else len(heard.level) - peak
    audible = np.flatnonzero(heard.level > AUDIBLE_DB)
    found = {
        "length": float(np.log2((audible[-1] - audible[0] + 1) * STEP_SECONDS)),
        "attack": float(np.log2((peak + 1) * STEP_SECONDS)),
        "decay": float(np.log2((fall + 1) * STEP_SECONDS)),
        "bright": float(weight @ heard.centre),
        "darkening": slope(heard.centre, weight),
        "noise": float(weight @ heard.flat),
    }
    voiced = heard.pitch[heard.pitch > 0]
    if len(voiced) >= max(1, HUMS * len(heard.pitch)):
        octaves = np.log2(voiced / LOWEST)
        found["pitch"] = float(np.median(octaves))
        found["pitch_slope"] = slope(octaves, np.full(len(octaves), 1 / len(octaves)))
    return found


def pattern_of(sounds: Sequence[Mapping[str, float]]) -> tuple[SoundTrait, ...]:
    """The mean and the spread of each trait that most of ``sounds`` have; spreads are LEAST_SPREAD at least."""
    found = []
    for name in TRAITS:
        values = [traits[name] for traits in sounds if name in traits]
        if 2 * len(values) >= len(sounds) and values:
            spread = max(float(np.std(values)), LEAST_SPREAD[name])
            found.append(SoundTrait(name, round(float(np.mean(values)), 3), round(spread, 3)))
    return tuple(found)


def distance(
    traits: Mapping[str, float], pattern: Iterable[SoundTrait], ignored: frozenset[str] = frozenset()
) -> float:
    """How far a sound is from ``pattern``: the root of the mean square of its traits' deviations in spreads, each of
    FARTHEST at most; a trait that it lacks counts as that far. 0 for a pattern of nothing but ``ignored`` traits."""
    total, count = 0.0, 0
    for trait in pattern:
        if trait.name in ignored:
            continue
        off = abs(traits[trait.name] - trait.mean) / trait.spread if trait.name in traits else FARTHEST
        total, count = total + min(off, FARTHEST) ** 2, count + 1
    return float((total / count) ** 0.5) if count else 0.0
