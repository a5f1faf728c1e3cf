"""Patterns of kinds of sounds: learned from recordings, played by presets."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from audobon_cli.domain.sound import SoundPatch, SoundPattern
from audobon_cli.engines.synth.directions import Movement, moved
from audobon_cli.engines.synth.render import render
from audobon_cli.engines.synth.search import (
    LEAST_GAIN,
    RATE,
    SEARCHED,
    PatternScorer,
    SoundJudge,
    WordsScorer,
    search_moves,
)
from audobon_cli.engines.synth.spreads import played_by
from audobon_cli.media.sound.hearing.features import hear
from audobon_cli.media.sound.hearing.traits import LEAST_SPREAD, distance, pattern_of, traits_of

SEEDS = (11, 12, 13)
"""Of the sounds that are tried while a pattern is learned."""

MANY_SEEDS = tuple(range(21, 29))
WIDEST = 0.5
"""Octaves by which ranges are widened at most."""

_MOVED_TRAITS = {
    "size": ("length", "attack", "decay", "bright", "pitch"),
    "pitch": ("pitch", "bright"),
    "length": ("length", "attack", "decay"),
    "bright": ("bright",),
    "hard": ("bright",),
    "rough": ("noise",),
    "far": ("bright", "length", "decay"),
    "wet": ("length", "decay"),
}
"""What words have moved is no longer as the pattern has it."""


def learn_pattern(
    patch: SoundPatch, sounds: Sequence[Mapping[str, float]], sources: Sequence[str] = ()
) -> SoundPattern:
    """What ``sounds`` (see hearing.traits) have in common, and how ``patch`` comes nearest to it: some ten seconds.

    The spreads of length, pitch and brightness are brought to those of the sounds, where the patch has less. Moves
    that do not hold for other seeds than those tried are none.
    """
    traits = pattern_of(sounds)
    moves = search_moves(patch, PatternScorer(traits), SEEDS)
    plain = SoundPattern(traits, sounds=len(sounds), sources=tuple(sources))
    learned = replace(plain, moves=tuple(sorted(moves.items())))
    if mean_distance(played_by(patch, learned), plain) >= mean_distance(patch, plain) - LEAST_GAIN:
        learned = plain
    own = {trait.name: trait.spread for trait in pattern_of(heard_traits(played_by(patch, learned)))}
    wanted = {trait.name: trait.spread for trait in traits}
    spreads = {
        name: round(min((wanted[name] ** 2 - own[name] ** 2) ** 0.5 * 1.7, WIDEST), 2)
        for name in ("length", "pitch", "bright")
        if len(sounds) > 2 and wanted.get(name, 0) > own.get(name, LEAST_SPREAD[name]) and name in own
    }
    return replace(learned, spreads=tuple(spreads.items()))


def heard_traits(patch: SoundPatch, seeds: Sequence[int] = MANY_SEEDS) -> list[dict[str, float]]:
    """The traits of what ``seeds`` play of ``patch``, without what is silent."""
    found = (hear(render(patch, RATE, seed), RATE) for seed in seeds)
    return [traits_of(heard) for heard in found if heard is not None]


def mean_distance(patch: SoundPatch, pattern: SoundPattern, seeds: Sequence[int] = MANY_SEEDS) -> float:
    """How far what ``seeds`` play of ``patch`` is from ``pattern``, in the mean."""
    heard = heard_traits(patch, seeds)
    return sum(distance(traits, pattern.traits) for traits in heard) / max(len(heard), 1)


def refined_by(
    judge: SoundJudge, words: str, patch: SoundPatch, directions: Mapping[str, float]
) -> SoundPatch:
    """``patch``, which words have moved by ``directions``, liker to ``words`` to ``judge`` in all that they did not
    move: some 60 judgements."""
    kept = [name for name in SEARCHED if not directions.get(name)]
    moves = search_moves(patch, WordsScorer(judge, words), SEEDS[:2], kept)
    return replace(moved(patch, Movement(moves, {}, {})), scorer=judge.name)


def refined(patch: SoundPatch, pattern: SoundPattern, directions: Mapping[str, float]) -> SoundPatch:
    """``patch``, which words have moved by ``directions``, nearer to ``pattern`` in all that they did not move."""
    free = frozenset(
        name for way, amount in directions.items() if amount for name in _MOVED_TRAITS.get(way, ())
    )
    kept = [name for name in ("length", "pitch", "bright", "hard", "rough") if not directions.get(name)]
    moves = search_moves(patch, PatternScorer(pattern.traits, free), SEEDS[:2], kept)
    return moved(patch, Movement(moves, {}, {}))
