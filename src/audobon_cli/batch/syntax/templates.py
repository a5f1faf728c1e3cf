"""Texts that stand for several: ``{red|green}``, ``{1..5}``, ``{colour}`` and ``__animal__``.

A choice or range counts by itself each time it stands in a row; a variable or wildcard has one value at a
time in all of the row. A backslash before ``{``, ``}``, ``|`` or ``_`` takes its meaning away.
"""

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from audobon_cli.batch.syntax.rows import MAX_ROWS, too_many
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import shortened

Wildcards = Callable[[str], tuple[str, ...] | None]
"""The lines of the wildcard file of a name, or None if there is none. Raises InvalidInput."""

MAX_CHARACTERS = 32_768
MAX_DEPTH = 16
"""Braces within braces."""

_ESCAPES = "{}|_"
_RANGE = re.compile(r"\s*(-?\d{1,18})\.\.(-?\d{1,18})(?:\.\.(-?\d{1,18}))?\s*\Z")
_WILDCARD = re.compile(r"__([A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*)__")


def no_wildcards(name: str) -> tuple[str, ...] | None:
    """For texts that come without files beside them."""
    return None


@dataclass(frozen=True, slots=True)
class Names:
    """What names stand for: ``variables`` of the file, and the wildcards beside it."""

    variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wildcards: Wildcards = no_wildcards

    def values(self, text: str) -> tuple[str, ...]:
        """The values of ``{text}``, which is no choice. Raises InvalidInput."""
        found = _RANGE.match(text)
        if found is not None:
            return _range(found)
        values = self.variables.get(text.strip())
        if values is None:
            known = f"variables are {', '.join(self.variables)}; " if self.variables else ""
            raise InvalidInput(
                f"{{{text[:60]}}} is no choice such as {{red|green}}, no range such as {{1..5}}, and no variable.",
                hint=f"{known}a brace that is text is written \\{{",
            )
        return values

    def wildcard(self, name: str) -> tuple[str, ...]:
        """The values of ``__name__``. Raises InvalidInput."""
        values = self.wildcards(name)
        if values is None:
            raise InvalidInput(
                f"There is no wildcard file {name}.txt beside the batch file, nor in wildcards/ there.",
                hint=f"write {name}.txt with a value a line; __ that is text is written \\__",
            )
        if not values:
            raise InvalidInput(f"The wildcard file {name}.txt is empty.", hint="write a value a line")
        return values


@dataclass(slots=True)
class _Axes:
    """What varies in a row: the values of each axis, by a key that is a number for what has no name."""

    names: Names
    values: dict[int | str, tuple[str, ...]] = field(default_factory=dict)
    combinations: int = 1

    def choice(self, values: tuple[str, ...]) -> int:
        self.values[len(self.values)] = values
        self._count(values)
        return len(self.values) - 1

    def named(self, key: str, values: tuple[str, ...]) -> str:
        if key not in self.values:
            self.values[key] = values
            self._count(values)
        return key

    def _count(self, values: tuple[str, ...]) -> None:
        """Raise InvalidInput as soon as there are too many combinations: the rest need not be held."""
        self.combinations *= len(values)
        if self.combinations > MAX_ROWS:
            raise too_many(self.combinations)


def expand(texts: Sequence[str], names: Names) -> Iterator[tuple[str, ...]]:
    """All that ``texts``, which belong together, stand for: the first choice changes slowest.

    Raises InvalidInput, before the first is given, for braces without partners, names that are not known,
    and more than MAX_ROWS combinations.
    """
    for text in texts:
        _check_braces(text)
    axes = _Axes(names)
    parsed = [_parse(text, axes) for text in texts]
    count = math.prod(len(values) for values in axes.values.values())
    if count > MAX_ROWS:
        raise too_many(count)
    keys = list(axes.values)
    for combination in itertools.product(*axes.values.values()):
        chosen = dict(zip(keys, combination, strict=True))
        yield tuple(
            "".join(piece if is_text else chosen[piece] for is_text, piece in pieces)  # type: ignore[misc]
            for pieces in parsed
        )


def check_length(text: str) -> None:
    """Raise InvalidInput for a text longer than any prompt: braces in braces take time that grows faster than it."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(
            f"A text of {len(text):,} characters is longer than {MAX_CHARACTERS:,}.",
            hint="write several lines",
        )


def _check_braces(text: str) -> None:
    check_length(text)
    depth = 0
    for character in re.findall(r"\\.|[{}]", text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth > MAX_DEPTH:
            raise InvalidInput(
                f"Braces are more than {MAX_DEPTH} deep.", hint="write fewer choices within choices"
            )


def names_used(text: str) -> frozenset[str]:
    """The names in braces in ``text``, whether or not they are known."""
    return frozenset(found.strip() for found in re.findall(r"(?<!\\)\{([^{}|]*)\}", text))


def _parse(text: str, axes: _Axes) -> list[tuple[bool, int | str]]:
    """``text`` as pieces: (True, text) or (False, the key of an axis)."""
    pieces: list[tuple[bool, int | str]] = []
    plain: list[str] = []
    place = 0
    while place < len(text):
        character = text[place]
        wildcard = _WILDCARD.match(text, place) if character == "_" else None
        if character == "\\" and text[place + 1 : place + 2] in tuple(_ESCAPES):
            escaped = text[place + 1]
            run = 2 if text[place + 1 : place + 3] == "__" else 1
            plain.append(escaped * run)
            place += 1 + run
            continue
        if character == "{":
            end = _partner(text, place)
            key: int | str = _axis(text[place + 1 : end], axes)
        elif wildcard is not None:
            end = wildcard.end() - 1
            key = axes.named(f"__{wildcard[1]}__", axes.names.wildcard(wildcard[1]))
        elif character == "}":
            raise InvalidInput(
                f"A }} without its {{ in {shortened(text)}.", hint="a brace that is text is written \\}"
            )
        else:
            plain.append(character)
            place += 1
            continue
        pieces += [(True, "".join(plain)), (False, key)]
        plain.clear()
        place = end + 1
    return [*pieces, (True, "".join(plain))]


def _partner(text: str, start: int) -> int:
    """Where the brace that opens at ``start`` closes."""
    depth = 0
    escaped = False
    for place in range(start, len(text)):
        if escaped or text[place] == "\\":
            escaped = not escaped and text[place] == "\\"
            continue
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place
    raise InvalidInput(
        f"A {{ without its }} in {shortened(text)}.", hint="a brace that is text is written \\{"
    )


def _axis(inside: str, axes: _Axes) -> int | str:
    """The axis of ``{inside}``."""
    alternatives = _alternatives(inside)
    if len(alternatives) == 1:
        values = axes.names.values(inside)
        return axes.choice(values) if _RANGE.match(inside) else axes.named(f"{{{inside.strip()}}}", values)
    every = (text for alternative in alternatives for (text,) in expand((alternative,), axes.names))
    flat = list(itertools.islice(every, MAX_ROWS + 1))
    return axes.choice(tuple(flat))


def _alternatives(inside: str) -> list[str]:
    """``inside`` cut at the bars that are not in braces of their own."""
    parts, depth, begin, place = [], 0, 0, 0
    while place < len(inside):
        character = inside[place]
        if character == "\\":
            place += 1
        elif character == "|" and depth == 0:
            parts.append(inside[begin:place])
            begin = place + 1
        else:
            depth += {"{": 1, "}": -1}.get(character, 0)
        place += 1
    return [*parts, inside[begin:]]


def _range(found: "re.Match[str]") -> tuple[str, ...]:
    """The numbers of a range, its end included, as wide as its ends are written if one begins with 0."""
    first, last = found[1], found[2]
    low, high, step = int(first), int(last), abs(int(found[3] or 1))
    if step == 0:
        raise InvalidInput(f"The range {found[0].strip()} has a step of 0.", hint="leave out the step")
    count = abs(high - low) // step + 1
    if count > MAX_ROWS:
        raise too_many(count)
    padded = any(len(end.lstrip("-")) > 1 and end.lstrip("-").startswith("0") for end in (first, last))
    width = max(len(first), len(last)) if padded else 0
    numbers = range(low, high + 1, step) if low <= high else range(low, high - 1, -step)
    return tuple(f"{number:0{width}d}" for number in numbers)
