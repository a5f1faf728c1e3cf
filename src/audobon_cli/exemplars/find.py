"""Words to things: exact names first, then words that go with a thing, then words of like meaning."""

import difflib
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from audobon_cli.dataclass import dataclass
from audobon_cli.exemplars.store import ExemplarStore, Thing
from audobon_cli.exemplars.vocabulary import unaccented as unaccented
from audobon_cli.exemplars.vocabulary import words_of as words_of

if TYPE_CHECKING:
    from audobon_cli.library.semantic_search import WordTable

EXACT = 1.0
ALIKE = 0.9
"""How near a thing is that the store names for another."""

KEYWORD = 0.62
"""How near a thing is by a word that goes with it: nearer than words of alike meaning mostly are."""

LEAST = 0.55
"""Less near than this counts as nothing, by trial."""

FAINT = {"faces": 0.6, "people": 0.85, "activities": 0.8}
"""How much nearness by meaning counts for things of some groups: many words go with a face."""

SUGGESTIONS = 3
SPELT_ALIKE = 0.7
"""Of difflib's ratio."""


@dataclass(frozen=True, slots=True)
class ThingMatch:
    """A thing found by the words ``first`` to ``last`` (not included) of those asked; ``nearness`` 1: by name."""

    thing: Thing
    nearness: float
    first: int
    last: int


class Finder:
    """Finds things of a store; ``near`` is the table of word vectors."""

    def __init__(self, store: ExemplarStore, near: "WordTable | None" = None) -> None:
        self._store = store
        self._given = near

    def by_name(self, words: Sequence[str]) -> ThingMatch | None:
        """The longest run of ``words`` that names a thing; of equal ones the last, where a noun stands."""
        for length in range(min(len(words), self._longest), 0, -1):
            for first in range(len(words) - length, -1, -1):
                thing = self.named(words[first : first + length])
                if thing is not None:
                    return ThingMatch(thing, EXACT, first, first + length)
        return None

    def named(self, words: Sequence[str]) -> Thing | None:
        """The thing called by exactly these words, in the singular or the plural."""
        *before, last = words
        for form in singulars(last):
            thing = self._names.get(" ".join((*before, form)))
            if thing is not None:
                return thing
        return None

    def alike(self, words: Sequence[str]) -> ThingMatch | None:
        """The thing that the store has drawn in place of one of ``words``, the last of which counts first."""
        for place in range(len(words) - 1, -1, -1):
            for form in singulars(words[place]):
                if form in self._store.alike:
                    return ThingMatch(self._store.things[self._store.alike[form]], ALIKE, place, place + 1)
        return None

    def by_meaning(self, words: Sequence[str]) -> ThingMatch | None:
        """The thing nearest to one of ``words``, the last of which counts most; None where nothing is near."""
        known = self.alike(words)
        if known is not None:
            return known
        for place in range(len(words) - 1, -1, -1):
            best, nearness = self._nearest(words[place])
            if best is not None and nearness >= LEAST:
                return ThingMatch(best, nearness, place, place + 1)
        return None

    def suggestions(self, words: Sequence[str]) -> list[str]:
        """Names of things that are nearest to ``words``, however far that is."""
        scores: dict[str, float] = {}
        for word in words:
            for thing, nearness in self._by_words(word).items():
                scores[thing] = max(scores.get(thing, 0.0), nearness)
        near = sorted(scores, key=lambda name: (-scores[name], name))[:SUGGESTIONS]
        spelt = (difflib.get_close_matches(word, self._names, SUGGESTIONS, SPELT_ALIKE) for word in words)
        return near or [name for names in spelt for name in names][:SUGGESTIONS]

    def _nearest(self, word: str) -> tuple[Thing | None, float]:
        scores = self._by_words(word)
        for form in singulars(word):
            for name in self._keywords.get(form, ()):
                scores[name] = max(scores.get(name, 0.0), KEYWORD) + scores.get(name, 0.0) / 4
        for name in scores:
            scores[name] *= FAINT.get(self._store.things[name].group, 1.0)
        if not scores:
            return None, 0.0
        best = min(scores, key=lambda name: (-scores[name], self._order[name]))
        return self._store.things[best], min(scores[best], 0.99)

    def _by_words(self, word: str) -> dict[str, float]:
        """How near things are to ``word`` by the words of their names; the last word of a name counts most."""
        scores: dict[str, float] = {}
        for form in singulars(word):
            for near, nearness in self._table([form]):
                for name, weight in self._parts.get(near, ()):
                    scores[name] = max(scores.get(name, 0.0), nearness * weight)
        return scores

    @property
    def _table(self) -> "WordTable":
        if self._given is None:
            from audobon_cli.library.semantic_search import WordTable

            self._given = WordTable()
        return self._given

    @cached_property
    def _order(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self._store.things)}

    @cached_property
    def _names(self) -> dict[str, Thing]:
        named: dict[str, Thing] = {}
        for thing in self._store.things.values():
            for name in thing.names:
                named.setdefault(" ".join(words_of(name)), thing)
        return named

    @cached_property
    def _longest(self) -> int:
        return max(len(name.split()) for name in self._names)

    @cached_property
    def _keywords(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, thing in self._store.things.items():
            for keyword in thing.keywords:
                found.setdefault(keyword, []).append(name)
        return found

    @cached_property
    def _parts(self) -> dict[str, list[tuple[str, float]]]:
        """The words of names, with the things they lead to and how much they count there."""
        found: dict[str, list[tuple[str, float]]] = {}
        for name, thing in self._store.things.items():
            for called in thing.names:
                parts = words_of(called)
                for place, part in enumerate(parts):
                    weight = 1.0 if len(parts) == 1 else 0.9 if place == len(parts) - 1 else 0.7
                    found.setdefault(part, []).append((name, weight))
        return found


def singulars(word: str) -> list[str]:
    """``word`` and what its singular may be."""
    forms = [word]
    if word.endswith("ies"):
        forms.append(word[:-3] + "y")
    if word.endswith("ves"):
        forms += [word[:-3] + "f", word[:-3] + "fe"]
    if word.endswith("es"):
        forms.append(word[:-2])
    if word.endswith("s") and not word.endswith("ss"):
        forms.append(word[:-1])
    return forms
