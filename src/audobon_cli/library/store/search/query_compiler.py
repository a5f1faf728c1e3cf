"""A query as one expression of the text index: words and facets, merged as sorted lists."""

import re
from collections.abc import Iterable
from fnmatch import translate

from audobon_cli.domain.errors import QueryInvalid
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.search.facets import CELL_BITS, LIVING, NUMBERS, plain_value, token
from audobon_cli.library.store.search.fts import MAX_EXPANSION, all_beginnings, quoted
from audobon_cli.library.store.search.query import (
    AllOf,
    AnyOf,
    Equals,
    HasColor,
    IdIn,
    InCategory,
    Not,
    Part,
    Range,
    Words,
)
from audobon_cli.library.store.search.tokenizer import stands_alone, words
from audobon_cli.storage.transaction import Transaction

NOTHING = ""
"""The expression of a query that no asset can answer."""

MAX_FACETS = 512
NEAR_COLOR = 22.0
"""A cell (17 steps of 256 wide) counts as near when its middle is at most so far away in RGB."""
_LAST = "\U0010ffff"


class Expressions:
    """Makes expressions with what ``statements`` see of the library's vocabulary."""

    def __init__(self, statements: Transaction) -> None:
        self._statements = statements
        self._uses: dict[str, int] = {}
        """How many assets an expression of facets finds at most; words are not known, and come first."""

    def of(self, part: Part) -> str:
        """The expression that ``part`` amounts to; NOTHING when nothing can answer it.

        Words without a letter (such as "!?") restrict nothing, unless there is nothing else.
        A IdIn is no matter of the index: `query_branches` takes them out beforehand.
        """
        match part:
            case Words():
                return self._words(part)
            case AllOf():
                return self._all(part)
            case AnyOf():
                found = [one for one in map(self.of, part.parts) if one]
                return f"({' OR '.join(found)})" if found else NOTHING
            case Not():
                return self._all(AllOf((part,)))
            case Equals() | Range() | InCategory() | HasColor():
                return self._any_facet(self._facets(part))
            case IdIn():
                raise ValueError("what is picked is no matter of the text index")

    def _all(self, part: AllOf) -> str:
        wanted, excluded = [], []
        for one in part.parts:
            if isinstance(one, Words) and not words(one.text):
                continue
            expression = self.of(one.part if isinstance(one, Not) else one)
            if isinstance(one, Not):
                excluded += [expression] if expression else []
            elif not expression:
                return NOTHING
            else:
                wanted.append(expression)
        if not wanted:
            if not any(isinstance(one, Not) for one in part.parts):
                return NOTHING
            wanted = [self._any_facet([LIVING])]
        # The rarest first: it leads, and the others skip to where it stands.
        expression = " AND ".join(
            sorted((one for one in wanted if one), key=lambda one: self._uses.get(one, 0))
        )
        if not excluded or not expression:
            return f"({expression})" if expression else NOTHING
        return f"(({expression}) NOT ({' OR '.join(excluded)}))"

    def _words(self, part: Words) -> str:
        found = words(part.text)
        if not found:
            return NOTHING
        if part.exact or (len(found) > 1 and all(map(stands_alone, found))):
            return quoted(" ".join(found))
        return all_beginnings(found, self._known)

    def _known(self, start: str) -> list[str]:
        rows = self._statements.rows(sql.WORDS_FROM, start, start + _LAST, MAX_EXPANSION + 1)
        return [word for (word,) in rows]

    def _facets(self, part: Equals | Range | InCategory | HasColor) -> list[str]:
        match part:
            case Equals():
                return self._equal(part.field, plain_value(part.value))
            case InCategory():
                return [f"{'in' if part.below else 'category'}:{plain_value(part.category)}"]
            case HasColor():
                return [f"palette:{one}" for one in near_cells(part.red, part.green, part.blue)]
            case Range():
                return self._cover(part)

    def _equal(self, field: str, value: str) -> list[str]:
        """Facets with this value; ``*`` stands for anything, and a model's name need only contain it."""
        pattern = f"*{value}*" if field == "model" else value
        if "*" not in pattern:
            return [f"{field}:{value}"]
        matches = re.compile(translate(pattern.replace("[", "[[]").replace("?", "[?]"))).match
        start = f"{field}:{pattern.split('*')[0]}"
        names = [name for name in self._names(start, start + _LAST) if matches(name[len(field) + 1 :])]
        if len(names) > MAX_FACETS:
            raise QueryInvalid(
                f"{field}:{value} stands for {len(names)} different values; {MAX_FACETS} is the most.",
                hint="write more of the value",
                query=f"{field}:{value}",
            )
        return names

    def _cover(self, part: Range) -> list[str]:
        """Facets that together hold exactly what lies between, coarse ones where they lie wholly inside."""
        low, high = part.low or "", part.high or _LAST
        names = self._names(f"{part.field}:", f"{part.field};")  # ";" follows ":"
        values = [name[len(part.field) + 1 :] for name in names]
        spans = {value: _span(part.field, value) for value in values}
        inside = [value for value in values if low <= spans[value][0] and spans[value][1] <= high]
        coarse = {value for value in inside if not _is_finest(part.field, value)}
        return [
            f"{part.field}:{value}"
            for value in inside
            if not any(c in coarse for c in _above(part.field, value))
        ]

    def _names(self, low: str, high: str) -> list[str]:
        rows = self._statements.rows(sql.FACETS_FROM, low, high)
        return [name for _, name, uses, _ in rows if uses > 0]

    def _any_facet(self, names: Iterable[str]) -> str:
        found, uses = [], 0
        for name in names:
            row = self._statements.row(sql.FACET, name)
            if row is not None:
                found.append(quoted(token(row[0])))
                uses += row[1]
        if not found:
            return NOTHING
        expression = found[0] if len(found) == 1 else f"({' OR '.join(found)})"
        self._uses[expression] = uses
        return expression


def near_cells(red: int, green: int, blue: int) -> list[str]:
    """The colour's own cell and those about it whose middle is near."""
    shift, last = 8 - CELL_BITS, (1 << CELL_BITS) - 1
    own = [channel >> shift for channel in (red, green, blue)]
    found = []
    for r in range(own[0] - 1, own[0] + 2):
        for g in range(own[1] - 1, own[1] + 2):
            for b in range(own[2] - 1, own[2] + 2):
                if not all(0 <= one <= last for one in (r, g, b)):
                    continue
                middle = [(one << shift) + (1 << shift) / 2 for one in (r, g, b)]
                distance = sum((a - c) ** 2 for a, c in zip(middle, (red, green, blue), strict=True)) ** 0.5
                if [r, g, b] == own or distance <= NEAR_COLOR:
                    found.append(f"{r:x}{g:x}{b:x}")
    return found


def _is_finest(field: str, value: str) -> bool:
    return len(value) == (NUMBERS[field].digits if field in NUMBERS else 10)


def _span(field: str, value: str) -> tuple[str, str]:
    """The first and last of the finest values that a facet's value stands for."""
    if _is_finest(field, value):
        return value, value
    if field in NUMBERS:
        digits = NUMBERS[field].digits
        return value.ljust(digits, "0"), value.ljust(digits, "9")
    return (f"{value}-01-01", f"{value}-12-31") if len(value) == 4 else (f"{value}-01", f"{value}-31")


def _above(field: str, value: str) -> tuple[str, ...]:
    """The coarser values that hold ``value``."""
    if field in NUMBERS:
        form = NUMBERS[field]
        return (value[: form.coarse],) if form.coarse < len(value) else ()
    return tuple(value[:length] for length in (4, 7) if length < len(value)) if field == "created" else ()
