"""Words to add to a prompt, chosen by meaning: a look, and a colour or a material, that suit what is asked for.

Chosen of the words that the composer acts on (exemplars.vocabulary), by the table of word vectors: the same prompt
gets the same words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from audobon_cli.exemplars.find import words_of
from audobon_cli.exemplars.vocabulary import ATTRIBUTES, COLOURS, MATERIALS
from audobon_cli.library.semantic_search import WordTable

LEAST = 0.36
"""Nearness below which a word does not go with a thing, by trial."""


@dataclass(frozen=True, slots=True)
class Enhanced:
    """A prompt with what was ``added`` to it, in front."""

    text: str
    added: tuple[str, ...]


def enhanced(prompt: str, table: WordTable | None = None) -> Enhanced:
    """``prompt`` with at most one attribute more, and a colour or material where it says nothing of its looks; none of
    them where none is near to its words."""
    words = words_of(prompt)
    known = [word for word in words if word not in {**ATTRIBUTES, **COLOURS, **MATERIALS}]
    near = dict((table or _shipped())(known[-2:])) if known else {}
    added = []
    for kinds in ((ATTRIBUTES,), (COLOURS, MATERIALS)):
        own = {word for kind in kinds for word in kind}
        said = own if kinds == (ATTRIBUTES,) else {**ATTRIBUTES, **COLOURS, **MATERIALS}.keys()
        if not said & set(words):
            added += _nearest(own - {"fire", "poison", "rose", "mad", "gold", "ice"}, near)
    return Enhanced(" ".join([*added, prompt]), tuple(added))


@cache
def _shipped() -> WordTable:
    """The shipped table, read once: a batch has many prompts."""
    return WordTable()


def _nearest(candidates: Iterable[str], near: dict[str, float]) -> list[str]:
    """The one of ``candidates`` that is nearest; none that is too far."""
    best = min(candidates, key=lambda word: (-near.get(word, 0.0), word))
    return [best] if near.get(best, 0.0) >= LEAST else []
