"""Prompts in German, French, Spanish, Italian and Portuguese for models that need English: common words only.

The dictionary (``words.tsv``) was written by hand: an English word a line, and what it is called elsewhere.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.exemplars.vocabulary import words_of
from audobon_cli.library.semantic_search import WordTable

LANGUAGES = {"de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese"}
"""By the columns of the dictionary."""

_WORD = re.compile(r"[^\W\d_]+")
_NOTHING = "-"
"""In the dictionary: a word that says nothing of a picture (an article)."""

_ENDINGS = {
    "de": ("er", "es", "en", "em", "e", "n", "s"),
    "fr": ("s", "e", "es"),
    "es": ("s", "es"),
    "it": (),
    "pt": ("s", "es"),
}
_SWAPS = {"es": (("a", "o"), ("as", "o"), ("os", "o")), "it": (("a", "o"), ("i", "o"), ("e", "a"), ("i", "e")),
          "pt": (("a", "o"), ("as", "o"), ("os", "o"))}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Translation:
    """A prompt in English. ``taken`` are its words with what each was taken for, ``unknown`` those that the dictionary
    lacks and English too; ``language`` is the name of the language."""

    text: str
    language: str
    taken: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]

    @property
    def note(self) -> str:
        """What to tell: how words were taken."""
        taken = ", ".join(f"{word}: {english}" for word, english in self.taken)
        lacking = f"; not in the dictionary: {', '.join(self.unknown)}" if self.unknown else ""
        return f"The prompt was read as {self.language} ({taken}{lacking}) and drawn as {self.text!r}"


def translated(prompt: str) -> Translation | None:
    """``prompt`` in English; None where it is English already, or of no language known here.

    It counts as another language where a word of it is in that language's part of the dictionary and no English word,
    or where an article of it stands beside one that is.
    """
    words = _WORD.findall(prompt)
    if all(map(_is_english, words)):
        return None
    best: tuple[int, str] = (0, "")
    for language in LANGUAGES:
        hits = [word for word in words if (found := _english(word, language)) and found != _NOTHING]
        foreign = [word for word in hits if not _is_english(word)]
        articles = [word for word in words if _english(word, language) == _NOTHING and not _is_english(word)]
        if foreign or (articles and hits):
            best = max(best, (2 * len(foreign) + len(articles) + len(hits), language), key=lambda one: one[0])
    if not best[0]:
        return None
    return _in_english(prompt, best[1])


def _in_english(prompt: str, language: str) -> Translation:
    taken: list[tuple[str, str]] = []
    unknown: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        word = match[0]
        english = _english(word, language)
        if english == _NOTHING:
            return ""
        if english:
            if english != word.lower():
                taken.append((word, english))
            return english
        if not _is_english(word):
            unknown.append(word)
        return word

    text = re.sub(r"\s+", " ", _WORD.sub(replaced, prompt)).strip(" '’")
    return Translation(re.sub(r"\s+,", ",", text), LANGUAGES[language], tuple(taken), tuple(unknown))


@cache
def _table() -> WordTable:
    return WordTable()


def _is_english(word: str) -> bool:
    lower = word.lower()
    return not words_of(lower) or _table().knows(lower)


def _plain(word: str) -> str:
    """Lower case, without accents."""
    parts = unicodedata.normalize("NFKD", word.lower().replace("ß", "ss"))
    return "".join(each for each in parts if not unicodedata.combining(each))


def _english(word: str, language: str) -> str:
    """What ``word`` of ``language`` is called in English, _NOTHING for articles; "" where the dictionary lacks it."""
    known = _dictionary()[language]
    return next((known[form] for form in _forms(_plain(word), language) if form in known), "")


def _forms(word: str, language: str) -> Iterator[str]:
    """``word`` and what it may be an inflection of."""
    yield word
    for ending in _ENDINGS[language]:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            yield word[: -len(ending)]
    for ending, other in _SWAPS.get(language, ()):
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            yield word[: -len(ending)] + other


@cache
def _dictionary() -> dict[str, dict[str, str]]:
    """English words by language and plain word."""
    found: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    lines = (Path(__file__).parent / "words.tsv").read_text(encoding="utf-8").splitlines()
    columns: Sequence[str] = lines[0].split("\t")
    for line in lines[1:]:
        english, *others = line.split("\t")
        for language, cell in zip(columns[1:], others, strict=True):
            for word in filter(None, cell.split(",")):
                found[language].setdefault(_plain(word), english)
    return found
