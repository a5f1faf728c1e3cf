"""Words of a prompt that mean nothing to the built-in model: misspelt ones, and those of other languages.

Its text encoder spells them out in pieces and takes them for something; the picture is then of anything at all.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from functools import cache

from audobon_cli.domain.events import PromptUnfamiliar
from audobon_cli.domain.prompt_weights import plain_prompt
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.library.semantic_search import WordTable

FAMILY = "sprite"
"""The family whose encoder was taught with the words of the table, English ones."""

WORD = re.compile(r"[^\W\d_]{3,}")
ENDINGS = ("s", "es", "y", "ed", "d", "ing", "er", "r", "ly", "ish", "like", "less", "ful", "en", "al")
"""A known word with one of these is familiar: ``mossy``, ``glowing``."""
CLOSE = 0.8
"""Of difflib's ratio: a word with two letters exchanged is as close as that (drgaon, dragon: 0.83)."""


def unfamiliar_prompts(requests: Iterable[ResolvedRequest]) -> Iterator[PromptUnfamiliar]:
    """What is to be told of the prompts of ``requests``, once each. Takes some 10 ms, and 50 ms for each word that
    is to be corrected."""
    for prompt in dict.fromkeys(one.prompt for one in requests if _reads_words(one)):
        found = unfamiliar(prompt)
        if found is not None:
            yield found


def _reads_words(request: ResolvedRequest) -> bool:
    """Whether the words go to the encoder alone: what is composed says itself how it took them."""
    return request.model.family == FAMILY and request.composition is None


def unfamiliar(prompt: str) -> PromptUnfamiliar | None:
    """The words of ``prompt`` that mean nothing, each with the known word that it may be meant for ("": none)."""
    # Of letters that its encoder lacks the engine tells itself: see PromptUnknown.
    words = [word.lower() for word in WORD.findall(plain_prompt(prompt)) if word.isascii()]
    strange = [word for word in dict.fromkeys(words) if not _familiar(word)]
    if not strange:
        return None
    meant = tuple(_nearest(word) for word in strange)
    return PromptUnfamiliar(tuple(strange), meant, len(strange) == len(set(words)))


@cache
def _table() -> WordTable:
    return WordTable()


def _familiar(word: str) -> bool:
    if _table().knows(word):
        return True
    stems = (word.removesuffix(ending) for ending in ENDINGS if word.endswith(ending))
    return any(
        len(stem) > 2 and any(_table().knows(form) for form in (stem, f"{stem}e", stem[:-1]))
        for stem in stems
    ) or any(
        # Two words written as one: ironsword.
        _table().knows(word[:cut]) and _table().knows(word[cut:])
        for cut in range(3, len(word) - 2)
    )


def _nearest(word: str) -> str:
    # People get the first letter right.
    known = [one for one in _table().vocabulary if one[0] == word[0] and abs(len(one) - len(word)) < 3]
    return next(iter(difflib.get_close_matches(word, known, 1, CLOSE)), "")
