"""Texts that stand for several: ``{red|green}``, ``{2$$red|green|blue}``, ``{1..5}``, ``{colour}`` and ``__animal__``.

A choice or range counts by itself each time it stands in a row; a variable or wildcard has one value at a
time in all of the row. A backslash before ``{``, ``}``, ``|`` or ``_`` takes its meaning away.
"""

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from audobon_cli.batch.syntax.rows import MAX_ROWS, too_many
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import shortened

Wildcards = Callable[[str], tuple[str, ...] | None]
"""The lines of the wildcard file of a name, or None if there is none. Raises InvalidInput."""

MAX_CHARACTERS = 32_768
MAX_DEPTH = 16
"""Braces within braces."""

_ESCAPES = "{}|_"
_SYNTAX = frozenset("{}_\\$")
_QUANTITY = re.compile(r"\s*(?:(\d{1,6})|(\d{0,6})-(\d{0,6}))\$\$")
_WEIGHT = re.compile(r"\s*\d*\.?\d+::")
_RANGE = re.compile(r"\s*(-?\d{1,18})\.\.(-?\d{1,18})(?:\.\.(-?\d{1,18}))?\s*\Z")
_WILDCARD = re.compile(
    r"__((?:[^\W_]|[*~@])(?:(?:[^\W_]|[*/.\- ,'+]|\\(?![{}|_])|_(?!_))*(?:[^\W_]|[*.\-'+]|_(?!_)))?)(\([^()]*\))?__"
)
"""Names as files have them, with folders in either system's way of writing."""


def no_wildcards(name: str) -> tuple[str, ...] | None:
    """For texts that come without files beside them."""
    return None


@dataclass(frozen=True, slots=True)
class Names:
    """What names stand for: ``variables`` of the file, and the wildcards beside it."""

    variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wildcards: Wildcards = no_wildcards
    inside: tuple[str, ...] = ()
    """The wildcards whose lines are being read, and a mark for each brace."""

    def within(self, what: str) -> "Names":
        """The same inside of another brace or wildcard. Raises InvalidInput for too many of them."""
        if len(self.inside) >= MAX_DEPTH:
            raise InvalidInput(
                f"More than {MAX_DEPTH} braces or wildcards stand within each other.", hint="take some out"
            )
        return replace(self, inside=(*self.inside, what))

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
        """The values of ``__name__``: the lines of its files, and what they stand for in turn. Raises InvalidInput."""
        if name[0] in "~@":
            raise InvalidInput(
                f"__{name}__ says how a value is drawn by lot, and a batch draws every value.",
                hint=f"write __{name[1:]}__",
            )
        if name in self.inside:
            raise InvalidInput(
                f"The wildcard {name} stands in its own lines.", hint=f"take __{name}__ out of {name}.txt"
            )
        values = self.wildcards(name)
        if values is None:
            raise InvalidInput(
                f"There is no wildcard file {name}.txt beside the batch file, nor in wildcards/ there.",
                hint=f"write {name}.txt with a value a line; __ that is text is written \\__",
            )
        if not values:
            raise InvalidInput(f"The wildcard file {name}.txt is empty.", hint="write a value a line")
        within = self.within(name)
        found: list[str] = []
        for value in values:
            _refuse_weight(value)
            found += [text for (text,) in expand((value,), within)] if _SYNTAX & set(value) else [value]
            if len(found) > MAX_ROWS:
                raise too_many(len(found))
        return tuple(found)


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
        if character == "$" and text[place + 1 : place + 2] == "{":
            raise InvalidInput(
                f"${{ in {text!r} begins a variable of another program.",
                hint="write {name}, with its values under [variables] or in a column; a brace that is text \\{",
            )
        if character == "{":
            end = _partner(text, place)
            key: int | str = _axis(text[place + 1 : end], axes)
        elif wildcard is not None:
            if wildcard[2]:
                raise InvalidInput(
                    f"{wildcard[0]} gives a wildcard values of its own, which is not done here.",
                    hint=f"write __{wildcard[1]}__",
                )
            end = wildcard.end() - 1
            name = wildcard[1].replace("\\", "/")
            key = axes.named(f"__{name}__", axes.names.wildcard(name))
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
    quantity = _QUANTITY.match(inside)
    if quantity is not None:
        return axes.choice(_several(quantity, inside[quantity.end() :], axes.names))
    alternatives = _alternatives(inside)
    if inside.lstrip().startswith("$$"):
        raise InvalidInput(
            f"{{{shortened(inside)[1:-1]}}} does not say how many.",
            hint="write how many before $$, as in {2$$a|b|c}",
        )
    if len(alternatives) == 1:
        values = axes.names.values(inside)
        return axes.choice(values) if _RANGE.match(inside) else axes.named(f"{{{inside.strip()}}}", values)
    return axes.choice(_flat(alternatives, axes.names))


def _flat(alternatives: Sequence[str], names: Names) -> tuple[str, ...]:
    """All that the alternatives of one choice stand for."""
    if alternatives[0][:1] in ("~", "@") and len(alternatives) > 1:
        raise InvalidInput(
            f"{{{alternatives[0]}|...}} says how a value is drawn by lot, and a batch draws every value.",
            hint=f"leave out the {alternatives[0][0]}",
        )
    found: list[str] = []
    within = names.within("{")
    for alternative in alternatives:
        _refuse_weight(alternative)
        found += [text for (text,) in expand((alternative,), within)]
        if len(found) > MAX_ROWS:
            raise too_many(len(found))
    return tuple(found)


def _refuse_weight(text: str) -> None:
    weight = _WEIGHT.match(text)
    if weight is not None:
        raise InvalidInput(
            f"{weight[0].strip()} in {text!r} says how often a value is drawn by lot; a batch draws each one once.",
            hint=f"leave out {weight[0].strip()}; lines of the batch may stand several times",
        )


def _several(quantity: "re.Match[str]", rest: str, names: Names) -> tuple[str, ...]:
    """The values of ``{2$$a|b|c}``: every selection of so many, in the order in which they are written.

    ``{1-2$$a|b|c}`` gives all of one and of two, ``{2$$ and $$a|b|c}`` what stands between them (else a comma).
    """
    exactly, least, most = quantity[1], quantity[2], quantity[3]
    separator, mark, alternatives = rest.partition("$$")
    if not mark or "|" in separator or "{" in separator:
        separator, alternatives = ", ", rest
    values = _flat(_alternatives(alternatives), names)
    low = int(exactly or least or 1)
    high = min(int(exactly or most or len(values)), len(values))
    if not 1 <= low <= high:
        raise InvalidInput(
            f"{{{quantity[0]}...}} takes {low} or more of {len(values)}.",
            hint="take 1 or more, and no more than there are",
        )
    count = sum(math.comb(len(values), size) for size in range(low, high + 1))
    if count > MAX_ROWS:
        raise too_many(count)
    return tuple(
        separator.join(chosen)
        for size in range(low, high + 1)
        for chosen in itertools.combinations(values, size)
    )


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
