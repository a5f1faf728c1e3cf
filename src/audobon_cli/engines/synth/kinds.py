"""How near words are by what they are kinds of, and by their definitions (training/sound_kinds.py says how)."""

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

FOLDER = Path(__file__).parents[2] / "builtin" / "words"
TABLE, WORDS = FOLDER / "kinds.bin", FOLDER / "kinds.json"
_ENDINGS = (
    *(("s", ""), ("es", ""), ("ies", "y"), ("ing", ""), ("ing", "e")),
    *(("ed", ""), ("ed", "e"), ("er", ""), ("ly", "")),
)


ALONE = 2**16 - 1
"""The number of all facts that no other word has, and of none: near to nothing, but a word with more of the first is
less near to others."""


class KindTable:
    """What English words are kinds of: of each the facts that say most of it, as numbers of facts and how much each
    says, 1 to 15 (0: none). Read on first use, in about 20 ms."""

    def nearness(self, word: str, others: Sequence[str]) -> list[float]:
        """How near ``word`` is to each of ``others``, 0 to 1: the cosine of their facts; 0 for words that it lacks."""
        import numpy as np

        row = self._row(word)
        known = [self._row(other) for other in others]
        if row < 0 or not others:
            return [0.0] * len(known)
        facts, says = self._facts
        # Whole numbers: the same on every processor.
        own, of_others = says[row].astype(np.int64), says[known].astype(np.int64)
        of_word = np.zeros(ALONE + 1, dtype=np.int64)
        of_word[facts[row]] = own
        of_word[ALONE] = 0
        shared = (of_others * of_word[facts[known]]).sum(axis=1)
        lengths = (of_others**2).sum(axis=1) * int((own**2).sum())
        return [
            0.0 if number < 0 or not length else float(both) / float(length) ** 0.5
            for number, both, length in zip(known, shared, lengths, strict=True)
        ]

    def _row(self, word: str) -> int:
        return next((self._numbers[form] for form in forms(word) if form in self._numbers), -1)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        words: list[str] = json.loads(WORDS.read_text(encoding="utf-8"))
        return {word: number for number, word in enumerate(words)}

    @cached_property
    def _facts(self) -> "tuple[np.ndarray, np.ndarray]":
        import numpy as np

        data = TABLE.read_bytes()
        count = len(self._numbers)
        facts = len(data) // count // 3
        numbers = np.frombuffer(data, dtype="<u2", count=count * facts).reshape(count, facts)
        says = np.frombuffer(data, dtype=np.uint8, offset=2 * count * facts).reshape(count, facts)
        return numbers, says


def forms(word: str) -> Iterator[str]:
    """``word``, and what it may be a form of: boots, boot; chopping, chop."""
    yield word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            yield word.removesuffix(ending) + instead
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) > 2 and root[-1] == root[-2]:
            yield root[:-1]


def write_kinds(words: Sequence[str], facts: "np.ndarray", says: "np.ndarray") -> None:
    """Write the table: for each of ``words`` a row of facts' numbers (uint16), and one of what they say (uint8)."""
    TABLE.write_bytes(facts.astype("<u2").tobytes() + says.astype("uint8").tobytes())
    WORDS.write_text(json.dumps(list(words), separators=(",", ":")), encoding="utf-8")
