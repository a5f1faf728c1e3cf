"""From what people type to a full-text query that cannot fail, and which hits come first."""

import re
from collections.abc import Callable, Iterable, Sequence

MAX_WORDS = 16
MAX_WORD_LENGTH = 64
INDEXED_PREFIXES = (2, 3)
"""The lengths that the text index keeps prefix indexes for (the schema's ``prefix`` option)."""
MAX_EXPANSION = 256

TEXT_WEIGHTS = (4.0, 1.0, 3.0, 1.0)
"""How much a word counts in name, prompt, tags, note: a name or tag is chosen, a prompt is long."""
SATURATION, LENGTH_SHARE = 1.2, 0.75  # BM25's k1 and b, with their usual values
USUAL_LENGTH = 120  # characters in all four texts: what BM25 measures long and short against


def all_beginnings(words: Iterable[str], known: Callable[[str], list[str]]) -> str:
    """An FTS5 expression that wants each of ``words`` as the beginning of a word; "" when nothing can match.

    ``words`` are tokens of the index's own tokenizer; ``known(start)`` gives up to MAX_EXPANSION + 1
    words of the index that begin with ``start``. The first 16 different words count. Of a single
    letter with which too many words begin, only the letter as a word of its own is meant.
    """
    terms = []
    for word in list(dict.fromkeys(words))[:MAX_WORDS]:
        if len(word) in INDEXED_PREFIXES:
            terms.append(f"{quoted(word)}*")
            continue
        whole = known(word)
        if not whole:
            return ""
        if len(whole) <= MAX_EXPANSION:
            terms.append("(" + " OR ".join(map(quoted, whole)) + ")")
        else:
            terms.append(quoted(word) if len(word) == 1 else f"{quoted(word)}*")
    return " AND ".join(terms)


def beginnings(words: Iterable[str]) -> str:
    """An FTS5 expression for texts that share the first three letters of any of ``words``; may be ""."""
    starts = [f"{quoted(start)}*" for start in dict.fromkeys(word[:3] for word in words if len(word) >= 3)]
    return " OR ".join(starts[:MAX_WORDS])


def relevance(words: Sequence[str]) -> Callable[[Sequence[str]], float]:
    """How well a hit's texts (name, prompt, tags, note) answer ``words``: a function, more is better.

    BM25 over weighted texts (Robertson and Zaragoza 2009, section 3.5) without the rarity of words:
    every hit has every word, and to learn how rare each is the whole index would have to be walked.
    A word that is there whole counts twice what its beginning does. About 8 us a hit.
    """
    longest_first = sorted(set(words), key=len, reverse=True)
    pattern = re.compile(rf"(?<![^\W_])({'|'.join(map(re.escape, longest_first))})([^\W_]?)")

    def score(columns: Sequence[str]) -> float:
        counts: dict[str, float] = {}
        for text, weight in zip(columns, TEXT_WEIGHTS, strict=True):
            for word, rest in pattern.findall(text.lower()):
                counts[word] = counts.get(word, 0.0) + (weight / 2 if rest else weight)
        length = sum(map(len, columns)) / USUAL_LENGTH
        penalty = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length)
        return sum(count * (SATURATION + 1) / (count + penalty) for count in counts.values())

    return score


def quoted(word: str) -> str:
    """``word`` (or words, as a phrase) as an FTS5 string."""
    doubled = word.replace('"', '""')
    return f'"{doubled}"'
