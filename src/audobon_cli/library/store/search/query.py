"""The query language: what people type to say which assets they mean, as a tree.

    dragon "red dragon" tag:boss -tag:wip kind:sprite (model:sdxl OR model:flux) size:>=512
    created:2026-10.. rating:>3 palette:#3a9d23 in:characters/** derived-from:k3f9x2
    kind:sound length:<0.5 loud:>-20 pitch:200..400 score:>0.7

Parts beside each other must all hold, OR joins two of which one must, ``-`` excludes, brackets group.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import QueryInvalid
from audobon_cli.library.paging import Order as Order
from audobon_cli.library.store.search.facets import NO, NUMBERS, YES
from audobon_cli.library.store.search.uses import ANY, NEVER, USES

if TYPE_CHECKING:
    from fractions import Fraction

MAX_PARTS = 64
MAX_DEPTH = 16
MAX_SHOWN = 120
"""Characters of a query that its error repeats."""

TEXT_FIELDS = ("tag", "kind", "model", "style", "quality", "format")
CHOICES = {"protected": (YES, NO), "used": USES}
RANGE_FIELDS = ("size", "rating", "created", "length", "loud", "pitch", "score")
PICK_FIELDS = ("id", "name", "seed", "provider", "derived-from", "variant-of", "part-of-sheet", "used-in")
FIELDS = (*TEXT_FIELDS, *CHOICES, *RANGE_FIELDS, "in", "palette", *PICK_FIELDS)

MAX_RATING = 5
MAX_DAYS = 36_500
ALIASES = {"made": "created", "date": "created", "category": "in", "tags": "tag"}
"""Fields by the names that people try, and that lists have as headings."""


@dataclass(frozen=True, slots=True)
class Words:
    """Text to find: a word by its beginning; ``exact``, from quotes, the words as they follow each other."""

    text: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Equals:
    """``field`` has the value ``value``, in which ``*`` stands for any characters."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Range:
    """``field`` lies between ``low`` and ``high``, both included, None without limit.

    Numbers are strings padded with zeros, days are YYYY-MM-DD: both sort as they compare.
    """

    field: str
    low: str | None
    high: str | None


@dataclass(frozen=True, slots=True)
class InCategory:
    """In the category ``category``; ``below`` also in those under it."""

    category: str
    below: bool


@dataclass(frozen=True, slots=True)
class HasColor:
    """A chief colour is near this one."""

    red: int
    green: int
    blue: int


@dataclass(frozen=True, slots=True)
class IdIn:
    """Named one by one: by id, name or use, or by a relation to the asset ``value``."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    part: "Part"


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Part", ...]


Part = Words | Equals | Range | InCategory | HasColor | IdIn | Not | AllOf | AnyOf

_TOKEN = re.compile(
    r"""\s*(?: (?P<open>-?\() | (?P<close>\)) | (?P<minus>-?)(?:(?P<field>[A-Za-z][A-Za-z-]*):)?
    (?: "(?P<quoted>(?:[^"\\]|\\.)*)" | (?P<bare>[^\s()"]+) )? )""",
    re.VERBOSE,
)
_COLOR = re.compile(r"#?(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_RECENT = re.compile(r"today|yesterday|([0-9]{1,4})([dw])")
_COMPARED = re.compile(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)


def parse_query(text: str) -> AllOf:
    """The query that ``text`` says; an empty AllOf for blank text. Raises QueryInvalid."""
    return _Parser(text).parse()


def words_in(part: Part) -> list[Words]:
    """All words that ``part`` wants (not those that it excludes), in their order."""
    if isinstance(part, Words):
        return [part]
    if isinstance(part, AllOf | AnyOf):
        return [found for one in part.parts for found in words_in(one)]
    return []


class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._parts = 0

    def parse(self) -> AllOf:
        found = self._group(0)
        if self._position < len(self._text):
            raise _invalid("There is a bracket too many", self._text)
        return found if isinstance(found, AllOf) else AllOf((found,))

    def _group(self, depth: int) -> Part:
        """Everything up to the closing bracket or the end: alternatives of conjunctions."""
        if depth > MAX_DEPTH:
            raise _invalid(f"Brackets are nested deeper than {MAX_DEPTH}", self._text)
        alternatives: list[list[Part]] = [[]]
        while (match := self._next()) is not None and not match["close"]:
            self._position = match.end()
            if match["bare"] == "OR" and not (match["minus"] or match["field"]):
                alternatives.append([])
                continue
            alternatives[-1].append(self._part(match, depth))
        if len(alternatives) > 1 and not all(alternatives):
            raise _invalid("OR stands between two parts", self._text)
        groups = [AllOf(tuple(parts)) if len(parts) != 1 else parts[0] for parts in alternatives]
        return groups[0] if len(groups) == 1 else AnyOf(tuple(groups))

    def _next(self) -> re.Match[str] | None:
        rest = len(self._text) - len(self._text[self._position :].lstrip())
        if rest >= len(self._text):
            self._position = len(self._text)
            return None
        match = _TOKEN.match(self._text, self._position)
        if match is None or match.end() <= rest:
            raise _invalid("A quotation mark is not closed", self._text)
        return match

    def _part(self, match: re.Match[str], depth: int) -> Part:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise _invalid(f"It has more than {MAX_PARTS} parts", self._text)
        if match["open"]:
            inner = self._group(depth + 1)
            closing = self._next()
            if closing is None:
                raise _invalid("A bracket is not closed", self._text)
            self._position = closing.end()
            return Not(inner) if match["open"].startswith("-") else inner
        quoted = match["quoted"]
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match["bare"] or ""
        if match["field"]:
            part: Part = _field_part(match["field"].lower(), value, self._text)
        else:
            if not value and quoted is None:
                raise _invalid("A minus sign excludes nothing", self._text)
            part = Words(value, exact=quoted is not None)
        return Not(part) if match["minus"] else part


def _field_part(field: str, value: str, text: str) -> Part:
    field = ALIASES.get(field, field)
    if field not in FIELDS:
        import difflib

        near = difflib.get_close_matches(field, FIELDS, n=1)
        hint = f"did you mean {near[0]}:? " if near else f"fields are {', '.join(FIELDS)}; "
        raise _invalid(f"There is no field {field!r}", text, hint + "put text with a colon in quotes")
    if not value:
        raise _invalid(f"{field}: has no value", text)
    if field in TEXT_FIELDS:
        return Equals(field, value)
    if field == "seed" and re.fullmatch(r"[0-9]{1,19}", value) is None:
        raise _invalid(f"{value!r} is no seed", text, "write seed:42")
    if field in PICK_FIELDS:
        return IdIn(field, value)
    if field in CHOICES:
        return _choice(field, value, text)
    if field in _READERS:
        return _READERS[field](value, text)
    if field == "size" and re.fullmatch(r"\d{1,5}x\d{1,5}", value):
        return Equals("dimensions", value)
    return _numbers(field, value, text)


def _choice(field: str, value: str, text: str) -> Part:
    chosen, known = value.lower(), CHOICES[field]
    if chosen not in known:
        raise _invalid(f"{value!r} is none of {', '.join(known)}", text, f"write {field}:{known[0]}")
    holds = IdIn(field, ANY if chosen == NEVER else chosen) if field == "used" else Equals(field, YES)
    return Not(holds) if chosen in (NO, NEVER) else holds


def _inside(value: str, text: str) -> InCategory:
    below = value.endswith("/**")
    category = value.removesuffix("/**").strip("/")
    if not category or "*" in category:
        raise _invalid(f"{value!r} is no category", text, "write in:characters/enemies or in:characters/**")
    return InCategory(category, below)


def _painted(value: str, text: str) -> HasColor:
    if _COLOR.fullmatch(value) is None:
        raise _invalid(f"{value!r} is no colour", text, "write palette:#3a9d23")
    digits = value.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return HasColor(int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16))


def _ends(value: str) -> tuple[str | None, str | None, bool, bool]:
    """Low and high end of ``>=3``, ``3..5``, ``3..`` or ``3``, and whether each is itself excluded."""
    if ".." in value:
        low, _, high = value.partition("..")
        return low or None, high or None, False, False
    match = _COMPARED.fullmatch(value)
    sign, operand = (match[1], match[2]) if match else (None, value)
    if sign in (">", ">="):
        return operand, None, sign == ">", False
    if sign in ("<", "<="):
        return None, operand, False, sign == "<"
    return operand, operand, False, False


def _numbers(field: str, value: str, text: str) -> Range:
    """A range of numbers, in the steps that facets have; ends between two steps are those inside."""
    low, high, above, below = _ends(value)
    form = NUMBERS[field]
    first, last = 0, MAX_RATING if field == "rating" else form.most
    if low is not None:
        step = _steps(field, low, text)
        first = max(first, math.floor(step) + 1 if above else math.ceil(step))
    if high is not None:
        step = _steps(field, high, text)
        last = min(last, math.ceil(step) - 1 if below else math.floor(step))
    if first > last:  # holds for nothing, which is no mistake
        return Range(field, "~", "")
    return Range(field, f"{first:0{form.digits}}", f"{last:0{form.digits}}")


def _steps(field: str, end: str, text: str) -> "Fraction":
    # Here, not above: exact fractions bring decimal numbers along, and most queries name no number.
    from fractions import Fraction

    form = NUMBERS[field]
    whole = form.scale == 1 and not form.below
    if re.fullmatch(r"[0-9]{1,9}" if whole else r"-?[0-9]{1,9}(\.[0-9]{1,6})?", end) is None:
        raise _invalid(f"{end!r} is no number", text, f"write {field}:>=3, {field}:2..4 or {field}:3")
    return Fraction(end) * form.scale + form.below


def _days(value: str, text: str) -> Range:
    if (span := _recent(value)) is not None:
        return Range("created", span[0], f"{span[1]}~")
    low, high, above, below = _ends(value)
    for end in (low, high):
        if end is not None and not _is_day(end):
            raise _invalid(
                f"{end!r} is no day, month or year",
                text,
                "write made:today, made:7d, created:2026-10.. or 2026",
            )
    # An unfinished day begins with all that lies in it: "2026-10" <= "2026-10-31" < "2026-10~".
    if low is not None and above:
        low += "~"
    if high is not None and not below:
        high += "~"
    return Range("created", low, high)


def _recent(value: str) -> tuple[str, str] | None:
    """First and last day of ``today``, ``yesterday``, ``7d`` or ``2w``; None for anything else.

    Days of a person are days at the place where the clock stands, days of assets are those of UTC: every day of UTC
    that lies in part in the person's counts.
    """
    match = _RECENT.fullmatch(value.lower())
    if match is None:
        return None
    now = datetime.now().astimezone()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if match[1]:
        days = int(match[1]) * (7 if match[2] == "w" else 1)
        first, last = now - timedelta(days=min(days, MAX_DAYS)), now
    elif match[0] == "today":
        first, last = midnight, now
    else:
        first, last = midnight - timedelta(days=1), midnight - timedelta(seconds=1)
    return f"{first.astimezone(UTC):%Y-%m-%d}", f"{last.astimezone(UTC):%Y-%m-%d}"


_READERS: dict[str, Callable[[str, str], Part]] = {"in": _inside, "palette": _painted, "created": _days}
"""What reads the values of fields that have a form of their own."""


def _is_day(text: str) -> bool:
    match = _DAY.fullmatch(text)
    if match is None:
        return False
    return 1 <= int(match[2] or 1) <= 12 and 1 <= int(match[3] or 1) <= 31


def _invalid(fact: str, text: str, hint: str = "") -> QueryInvalid:
    shown = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
    return QueryInvalid(
        f"{fact}: {shown!r}.", hint=hint or "`audobon assets search --help` shows examples", query=text
    )
