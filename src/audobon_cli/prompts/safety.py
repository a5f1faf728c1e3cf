"""Safe mode: prompts for a children's setting. A list of words, no judgement of pictures.

It is strict about what it knows and blind to all else: words of five languages, whole words only, written plainly or
with digits in the place of letters.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

_LOOKALIKES = str.maketrans("0134578@$!", "oieastbasi")
_WORD = re.compile(r"[\w@$!]+")


def unsafe_words(prompt: str) -> tuple[str, ...]:
    """The words of ``prompt`` that are on the list, as they were written."""
    found = [word.strip("!_") for word in _WORD.findall(prompt) if _forms(word) & _listed()]
    return tuple(dict.fromkeys(found))


def _forms(word: str) -> set[str]:
    """``word`` in lower case, without accents; and with letters for the digits that stand for them."""
    parts = unicodedata.normalize("NFKD", word.casefold())
    plain = "".join(each for each in parts if not unicodedata.combining(each)).strip("!_")
    read = {plain, plain.translate(_LOOKALIKES)}
    return read | {form.removesuffix("s") for form in read} | {form.removesuffix("es") for form in read}


@cache
def _listed() -> frozenset[str]:
    lines = (Path(__file__).parent / "unsafe.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
