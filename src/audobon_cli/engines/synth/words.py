"""What a prompt means: which preset, and which words say how it is to sound."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.prompt_weights import plain_prompt
from audobon_cli.domain.sound import SoundPreset, SoundWord
from audobon_cli.engines.synth.kinds import KindTable
from audobon_cli.library.semantic_search import WordTable

WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)?")
EMPTY = frozenset(
    (
        *(
            "a",
            "an",
            "the",
            "of",
            "on",
            "in",
            "at",
            "to",
            "and",
            "or",
            "with",
            "from",
            "for",
            "by",
            "as",
            "is",
            "are",
        ),
        *(
            "be",
            "it",
            "its",
            "my",
            "your",
            "his",
            "her",
            "their",
            "our",
            "this",
            "that",
            "into",
            "onto",
            "over",
        ),
        *(
            "under",
            "up",
            "down",
            "out",
            "off",
            "through",
            "across",
            "round",
            "around",
            "against",
            "some",
            "one",
        ),
        *(
            "someone",
            "something",
            "two",
            "while",
            "when",
            "then",
            "very",
            "really",
            "sound",
            "sounds",
            "noise",
        ),
        *("effect", "sfx", "audio"),
    )
)
"""Words that say nothing of a sound."""

NEAR_ENOUGH = 0.45
"""Words that are less near (see _nearness) share a topic, no sound (by trial)."""

VOTING = 3
"""So many words of a preset say how near it is."""

KINDS_COUNT = 2.0
"""How much nearness by what words are kinds of (KindTable) counts beside that of the table of word vectors. Of the 911
words of presets that are not in bench/sound_prompts.toml, each taken out in turn, 55 % reach a preset of their kind so,
and 43 % by word vectors alone; about as many common words that mean no sound are refused."""

NEAR_COUNTS = 0.85
"""How much a word counts that is only near to one of a preset's, times its nearness."""

HOW_COUNTS = 0.35
"""How much a word that says how counts for what: a wooden door is a door first."""

HOW_NEAR = 0.6
_ENDINGS = ("ings", "ing", "ers", "er", "ed", "es", "s", "ly", "y", "e")
_SHORTEST = {"y": 4, "er": 4, "ers": 4, "ly": 4}
"""Letters that must be left of a word without an ending, where not 3: tiny is not made of tin."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a prompt means: presets with how well each fits, best first, and the words that say how."""

    presets: tuple[tuple[SoundPreset, float], ...]
    how: tuple[tuple[str, SoundWord, float], ...]


@dataclass(frozen=True, slots=True)
class _Owned:
    """A word that presets have, and how much it says of each."""

    word: str
    weights: dict[str, float]


def understand(prompt: str, presets: Mapping[str, SoundPreset], how_words: Mapping[str, SoundWord]) -> Meant:
    """What ``prompt`` means; no presets where it means none of them. Words that presets lack take some 50 ms, and 4 ms
    each."""
    asked = _content(prompt)
    how = {stem(word): (word, moves) for word, moves in how_words.items()}
    owners = _owners(presets.values())
    scores = dict.fromkeys(presets, 0.0)
    said: list[tuple[str, SoundWord, float]] = []
    for word in asked:
        root = stem(word)
        counts = HOW_COUNTS if root in how else 1.0
        for name, match in _matches(word, owners).items():
            scores[name] += counts * match
        if root in how:
            said.append((*how[root], 1.0))
        elif root not in owners:
            said += _near_how(word, how)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return Meant(tuple((presets[name], score) for name, score in ranked if score > 0), tuple(said))


@cache
def stem(word: str) -> str:
    """``word`` without its endings, so that forms of one word are equal: creaks, creaking, creaked."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST.get(ending, 3):
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


def _content(prompt: str) -> list[str]:
    words = (found.group().casefold() for found in WORD.finditer(plain_prompt(prompt)))
    parts = (part for word in words for part in (word, *word.split("-")) if part)
    return [word for word in dict.fromkeys(parts) if word not in EMPTY]


def _owners(presets: Iterable[SoundPreset]) -> dict[str, _Owned]:
    """The words of presets by their stems. The first words of a preset say most of what it is."""
    found: dict[str, _Owned] = {}
    for preset in presets:
        for place, word in enumerate(dict.fromkeys((*preset.name.split("-"), *preset.words))):
            weight = 1.0 if place < len(preset.words) // 2 + 1 else 0.9
            weights = found.setdefault(stem(word), _Owned(word, {})).weights
            weights[preset.name] = max(weights.get(preset.name, 0.0), weight)
    return found


def _matches(word: str, owners: Mapping[str, _Owned]) -> dict[str, float]:
    """How well ``word`` fits each preset: by itself, else by the nearest words that the preset has, of which the very
    nearest counts half."""
    exact = owners.get(stem(word))
    if exact is not None:
        rare = 1.0 / len(exact.weights) ** 0.25
        return {name: weight * rare for name, weight in exact.weights.items()}
    near_words: dict[str, list[float]] = {}
    for root, nearness in _nearness(word, owners).items():
        for name, weight in owners[root].weights.items():
            near_words.setdefault(name, []).append(weight * nearness)
    found = {
        name: sorted(each, reverse=True)[:VOTING]
        for name, each in near_words.items()
        if max(each) >= NEAR_ENOUGH
    }
    nearest = max((each[0] for each in found.values()), default=0.0)
    blends = {name: (each[0] + sum(each) / VOTING) / 2 for name, each in found.items()}
    # The best fits as well as its nearest word, at most as a synonym; the others in proportion.
    scale = NEAR_COUNTS * min(1.0, nearest)
    return {name: scale * blend / max(blends.values()) for name, blend in blends.items()}


def _nearness(word: str, owners: Mapping[str, _Owned]) -> dict[str, float]:
    """How near ``word`` is to each of ``owners``, by what goes together with it and by what it is a kind of."""
    kinds = _kinds().nearness(word, [owned.word for owned in owners.values()])
    found = {root: KINDS_COUNT * kind for root, kind in zip(owners, kinds, strict=True)}
    together: dict[str, float] = {}
    for near, nearness in _near(word):
        together.setdefault(stem(near), nearness)
    for root in together.keys() & found.keys():
        found[root] += together[root]
    return found


def _near_how(word: str, how: Mapping[str, tuple[str, SoundWord]]) -> list[tuple[str, SoundWord, float]]:
    for near, nearness in _near(word):
        if nearness < HOW_NEAR:
            break
        if stem(near) in how:
            return [(*how[stem(near)], nearness)]
    return []


@cache
def _table() -> WordTable:
    return WordTable()


@cache
def _kinds() -> KindTable:
    return KindTable()


@cache
def _near(word: str) -> Sequence[tuple[str, float]]:
    return _table()([word])
