"""Weights in prompts: ``(word)``, ``(word:1.3)`` and ``[word]``, as AUTOMATIC1111's web UI writes them.

``(a)`` counts 1.1 times, ``[a]`` 1 / 1.1 times, ``(a:1.3)`` 1.3 times; nested ones multiply. A bracket
without its partner is text, and so is every bracket behind a backslash: ``\\(``, ``\\)``, ``\\[``, ``\\]``.
"""

import re
from collections import Counter

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput

STEP = 1.1
"""What a bare bracket multiplies or divides by (modules/prompt_parser.py of that web UI)."""

MAX_WEIGHT = 10.0
"""Far beyond what still gives a picture; the bound only catches slips such as a missing point."""

MAX_DEPTH = 64
"""Brackets within each other: each would be gone through for every one around it."""

_SYNTAX = re.compile(r"[()\[\]\\]")
_ESCAPED = re.compile(r"\\([()\[\]\\])")
_NUMBER = re.compile(r":\s*(\d+(?:\.\d*)?|\.\d+)\s*\Z")
_PAIRS = {")": "(", "]": "["}


@dataclass(frozen=True, slots=True)
class WeightedPrompt:
    """A prompt in pieces of (text, weight); the text of all pieces is the prompt without the syntax."""

    pieces: tuple[tuple[str, float], ...]

    @property
    def text(self) -> str:
        """The words alone."""
        return "".join(text for text, _ in self.pieces)

    @property
    def weighted(self) -> bool:
        """Whether any word has a weight other than 1."""
        return any(weight != 1.0 and text.strip() for text, weight in self.pieces)

    def weights(self) -> tuple[float, ...]:
        """The weight of each character of ``text``."""
        return tuple(weight for text, weight in self.pieces for _ in text)

    def part(self, start: int, end: int) -> "WeightedPrompt":
        """The pieces of ``text[start:end]``."""
        characters = [(character, weight) for text, weight in self.pieces for character in text]
        return _join(characters[start:end])


def parse_weights(prompt: str, option: str = "the prompt") -> WeightedPrompt:
    """The pieces of ``prompt``, which errors call ``option``. Raises InvalidInput for a weight over MAX_WEIGHT and for
    brackets deeper than MAX_DEPTH."""
    if _SYNTAX.search(prompt) is None:
        return WeightedPrompt(((prompt, 1.0),) if prompt else ())
    characters, partners = _read(prompt, option)
    weights = [1.0] * len(characters)
    hidden = [False] * len(characters)
    for start, end in partners.items():
        factor = STEP if characters[start] == "(" else 1 / STEP
        stop = end
        number = None
        if characters[start] == "(":
            inside = "".join(c if len(c) == 1 else "\0" for c in characters[start + 1 : end])
            number = _NUMBER.search(inside)
        if number is not None:
            factor, stop = float(number[1]), start + 1 + number.start()
        for index in range(start + 1, stop):
            weights[index] *= factor
        for index in (start, *range(stop, end + 1)):
            hidden[index] = True
    shown = [
        (character[-1], round(weight, 6))
        for character, weight, out in zip(characters, weights, hidden, strict=True)
        if not out
    ]
    _check([weight for _, weight in shown], option)
    return _join(shown)


def plain_prompt(prompt: str) -> str:
    """``prompt`` without the syntax. Raises as parse_weights."""
    return parse_weights(prompt).text


def _read(prompt: str, option: str) -> tuple[list[str], dict[int, int]]:
    """The characters, escaped ones with their backslash in front, and for each opening bracket its partner."""
    characters: list[str] = []
    open_at: list[int] = []
    unclosed = Counter[str]()
    partners: dict[int, int] = {}
    place = 0
    while place < len(prompt):
        escaped = _ESCAPED.match(prompt, place)
        characters.append(escaped[0] if escaped else prompt[place])
        place += len(characters[-1])
        last, index = characters[-1], len(characters) - 1
        if last in _PAIRS.values():
            open_at.append(index)
            unclosed[last] += 1
        elif last in _PAIRS and unclosed[_PAIRS[last]]:
            while characters[start := open_at.pop()] != _PAIRS[last]:
                unclosed[characters[start]] -= 1  # one of the other kind without a partner: text
            unclosed[_PAIRS[last]] -= 1
            partners[start] = index
    _check_depth(partners, option)
    return characters, partners


def _check_depth(partners: dict[int, int], option: str) -> None:
    ends: list[int] = []
    for start in sorted(partners):
        while ends and ends[-1] < start:
            ends.pop()
        ends.append(partners[start])
        if len(ends) > MAX_DEPTH:
            raise InvalidInput(
                f"Brackets of {option} are more than {MAX_DEPTH} deep.",
                hint="take some out; a bracket that is text is written \\(",
            )


def _check(weights: list[float], option: str) -> None:
    worst = max(weights, default=1.0)
    if worst > MAX_WEIGHT:
        raise InvalidInput(
            f"A word of {option} has the weight {worst:g}; the most is {MAX_WEIGHT:g}.",
            hint="weights between 0.5 and 1.5 are usual, as in (red:1.3); a bracket that is text is written \\(",
        )


def _join(shown: list[tuple[str, float]]) -> WeightedPrompt:
    pieces: list[tuple[str, float]] = []
    for character, weight in shown:
        if pieces and pieces[-1][1] == weight:
            pieces[-1] = (pieces[-1][0] + character, weight)
        else:
            pieces.append((character, weight))
    return WeightedPrompt(tuple(pieces))
