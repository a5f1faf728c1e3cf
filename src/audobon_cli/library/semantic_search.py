"""Words of like meaning, by a table of word vectors (training/word_vectors.py says how they were made)."""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy

    from audobon_cli.domain.asset import Asset
    from audobon_cli.library.store.library import Library

TABLE = Path(__file__).parents[1] / "builtin" / "words"
MIN_NEARNESS, MIN_NEARNESS_TO_ALL = 0.35, 0.25
"""Words less near are noise (by trial): to one word, and to several together, which few words are near to."""

MAX_NEAR_WORDS = 400
MAX_ASKED = 12
DISAGREEMENT = 1.0
"""How much the query's farthest word counts beside their mean: what is asked for must be near to all."""

DIMENSIONS = 96
ZERO = 8
"""How a value of 0 is written in the table's 4 bits."""


class NearWords(Protocol):
    """Gives words near to all of some words, with their nearness (0 to 1), the nearest first."""

    def __call__(self, asked: Sequence[str], /) -> Sequence[tuple[str, float]]: ...


class WordTable:
    """The table in ``folder``: 21,600 English words as vectors. Read on first use, in about 20 ms."""

    def __init__(self, folder: Path = TABLE) -> None:
        self._folder = folder

    def __call__(self, asked: Sequence[str], /) -> list[tuple[str, float]]:
        """Words near to ``asked`` taken together; none when the table lacks one of them, which would then
        not count. Words such as "the" mean nothing by themselves and are passed over."""
        vectors, rows = self._vectors, []
        for word in dict.fromkeys(asked):
            row = self._row(word)
            if row is None:
                return []
            if vectors[row].any():
                rows.append(row)
        if not rows:
            return []
        import numpy as np

        # Not with "@": threads of a BLAS that wait for each other on a busy machine took ten times as long.
        each = np.stack([np.einsum("ij,j->i", vectors, vectors[row]) for row in rows])
        length = max(float((vectors[rows].sum(axis=0) ** 2).sum() ** 0.5), 1e-6)
        nearness = (each.sum(axis=0) / length + DISAGREEMENT * each.min(axis=0)) / (1 + DISAGREEMENT)
        near = np.flatnonzero(nearness >= (MIN_NEARNESS if len(rows) == 1 else MIN_NEARNESS_TO_ALL))
        best = near[nearness[near].argsort(kind="stable")[::-1][:MAX_NEAR_WORDS]]
        return [(self._words[i], float(nearness[i])) for i in best]

    def knows(self, word: str) -> bool:
        """Whether ``word`` is in the table, or its singular is."""
        return self._row(word) is not None

    @property
    def vocabulary(self) -> Sequence[str]:
        """All words, frequent ones first."""
        return self._words

    def _row(self, word: str) -> int | None:
        for form in (word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y"):
            if form in self._numbers:
                return self._numbers[form]
        return None

    @cached_property
    def _words(self) -> list[str]:
        words: list[str] = json.loads((self._folder / "words.json").read_text(encoding="utf-8"))
        return words

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self._words)}

    @cached_property
    def _vectors(self) -> "numpy.ndarray":
        import numpy as np

        packed = np.frombuffer((self._folder / "vectors.i4").read_bytes(), dtype=np.uint8)
        packed = packed.reshape(len(self._words), DIMENSIONS // 2)
        vectors = np.empty((len(packed), DIMENSIONS), dtype=np.float32)
        vectors[:, 0::2], vectors[:, 1::2] = packed & 15, packed >> 4
        vectors -= ZERO
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
        return vectors


def similar_in_meaning(library: "Library", asset: "Asset", near: NearWords, limit: int) -> "list[Asset]":
    """Assets whose words mean about the same as those of ``asset``'s name and prompt; itself left out."""
    from audobon_cli.library.paging import Order, Paging
    from audobon_cli.library.store.search.query import AllOf, AnyOf, Words
    from audobon_cli.library.store.search.tokenizer import words

    asked = [word for word in words(f"{asset.name} {asset.prompt}") if near([word])][:MAX_ASKED]
    if not asked:
        return []
    query = AllOf((AnyOf(tuple(Words(word) for word in asked)),))
    page = library.assets.find(query, Paging(Order.RELEVANCE, limit + 1), near)
    return [one for one in page.assets if one.id != asset.id][:limit]
