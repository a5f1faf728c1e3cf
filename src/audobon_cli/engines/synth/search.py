"""Patches that come nearer to what they should sound like: a search among directions, with whatever says how near.

Coordinate descent after CTAG (Cherep et al., "Creative Text-to-Audio Generation via Synthesizer Programming", ICML
2024), which searches a synthesiser's parameters with a model's judgement: here over the few directions in which
words move a sound, so that what comes out is a patch as any other and stays editable.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from audobon_cli.domain.sound import SoundPatch, SoundTrait
from audobon_cli.engines.synth.directions import Movement, moved
from audobon_cli.engines.synth.render import render
from audobon_cli.media.sound.hearing.features import hear
from audobon_cli.media.sound.hearing.traits import FARTHEST, distance, traits_of

RATE = 22_050
"""Of the samples that are tried: half of what is kept, in half the time."""

STEPS = (0.6, 0.3)
SEARCHED = ("length", "pitch", "bright", "hard", "rough", "speed")
LARGEST = {"length": 2.0, "pitch": 1.5, "bright": 1.5, "hard": 1.0, "rough": 0.8, "speed": 0.8}
"""So far a sound can be moved and still be what it was."""

LEAST_GAIN = 0.02
HOLD = 0.12
"""What it costs to move by one: of two sounds that fit alike, the one that is nearer to the preset."""


class SoundScorer(Protocol):
    """What says how well a sound is what it should be: the pattern of its kind, or a model that hears."""

    def score(self, samples: np.ndarray, rate: int) -> float:
        """Of ``samples``, one channel, full scale is 1: the higher the better."""
        ...


class SoundJudge(Protocol):
    """A model that hears how well sounds are what words say; ``name`` is what recipes call it."""

    name: str

    def likeness(self, samples: np.ndarray, rate: int, words: str) -> float:
        """The cosine between ``samples``, one channel, full scale is 1, and ``words``."""
        ...


SoundJudgeFinder = Callable[[], SoundJudge | None]
"""Gives the judge that is pulled; None: there is none. Loads it: seconds."""

LIKENESS_SCALE = 5.0
"""So many spreads of a pattern are as much as a cosine of 1: with it a gain of 0.025 pays for an octave (see HOLD).
A rule, not measured."""


@dataclass(frozen=True, slots=True)
class WordsScorer:
    """Implements SoundScorer: how like ``words`` a sound is to ``judge``."""

    judge: SoundJudge
    words: str

    def score(self, samples: np.ndarray, rate: int) -> float:
        """See SoundScorer: LIKENESS_SCALE at best."""
        return LIKENESS_SCALE * self.judge.likeness(samples, rate, self.words)


@dataclass(frozen=True, slots=True)
class PatternScorer:
    """Implements SoundScorer: how near a sound is to ``traits``, of which those ``ignored`` may be anything."""

    traits: tuple[SoundTrait, ...]
    ignored: frozenset[str] = frozenset()

    def score(self, samples: np.ndarray, rate: int) -> float:
        """See SoundScorer: 0 at best."""
        heard = hear(samples, rate)
        return -distance(traits_of(heard), self.traits, self.ignored) if heard is not None else -FARTHEST


def search_moves(
    patch: SoundPatch, scorer: SoundScorer, seeds: Iterable[int], searched: Iterable[str] = SEARCHED
) -> dict[str, float]:
    """By how much in which direction ``patch`` sounds best to ``scorer``, in the mean of ``seeds``. Some 30 renderings
    of each seed. Always the same for the same input: scores are compared to a hundredth."""
    seeds, searched = tuple(seeds), tuple(searched)
    moves: dict[str, float] = {}
    best = _value(patch, moves, scorer, seeds)
    for step in STEPS:
        for name in searched:
            for sign in (1, -1):
                while True:
                    tried = {**moves, name: round(moves.get(name, 0.0) + sign * step, 3)}
                    if abs(tried[name]) > LARGEST[name]:
                        break
                    value = _value(patch, tried, scorer, seeds)
                    if value < best + LEAST_GAIN:
                        break
                    moves, best = tried, value
    return {name: value for name, value in moves.items() if value}


def _value(
    patch: SoundPatch, moves: Mapping[str, float], scorer: SoundScorer, seeds: tuple[int, ...]
) -> float:
    tried = moved(patch, Movement(moves, {}, {}))
    total = sum(scorer.score(render(tried, RATE, seed), RATE) for seed in seeds) / len(seeds)
    return round(total - HOLD * sum(abs(value) for value in moves.values()), 2)
