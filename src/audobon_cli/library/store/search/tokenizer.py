"""Texts as the words that the text index holds, the same for what is stored and what is asked.

The index's own tokenizer only splits at spaces (``ascii``): SQLite's knowledge of Unicode is that of 2012,
takes a run of Chinese for one word, and no emoji for any.
"""

import re
import unicodedata
from functools import cache

MAX_WORD_LENGTH = 64

_ASCII_WORD = re.compile(r"[a-z0-9]+")
_ALONE = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x312F),  # CJK radicals and punctuation, Hiragana, Katakana, Bopomofo
    (0x31A0, 0x4DBF),  # Katakana extensions, CJK extension A
    (0x4E00, 0x9FFF),  # CJK ideographs
    (0xF900, 0xFAFF),  # CJK compatibility ideographs
    (0x20000, 0x323AF),  # CJK extensions B to H
)
"""Scripts that write no spaces between words: each of their characters is a word."""


def words(text: str) -> list[str]:
    """The words of ``text``: runs of letters and digits without case and accents; a character of a
    script without spaces and an emoji are a word each. At most 64 characters of a word."""
    if text.isascii():
        return [word[:MAX_WORD_LENGTH] for word in _ASCII_WORD.findall(text.lower())]
    spaced = "".join(map(_spaced, unicodedata.normalize("NFKD", text.casefold()).casefold()))
    return [word[:MAX_WORD_LENGTH] for word in spaced.split()]


def stands_alone(word: str) -> bool:
    """Whether ``word`` is a character of a script without spaces, or an emoji."""
    return len(word) == 1 and _spaced(word).startswith(" ")


@cache
def _spaced(character: str) -> str:
    """What a character contributes: itself, itself between spaces, nothing, or a space."""
    category = unicodedata.category(character)
    number = ord(character)
    if 0x300 <= number <= 0x36F or category in ("Cf", "Sk", "Me") or 0xFE00 <= number <= 0xFE0F:
        return ""  # accents, joiners, skin tones, variation selectors
    if category[0] in "LMN":
        alone = any(low <= number <= high for low, high in _ALONE)
        return f" {character} " if alone else character
    if category == "So" or (category == "Sm" and number > 0x7F) or (category == "Cn" and number > 0x1F000):
        return f" {character} "  # Cn: an emoji younger than this Python
    return " "
