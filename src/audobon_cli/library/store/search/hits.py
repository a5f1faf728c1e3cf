"""One page of row numbers, and the cursors between pages."""

import re

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput

MAX_NUMBER = 2**62

_CURSOR = re.compile(r"([0-9]{1,18})(?:\.(m?)([0-9]{1,18}))?")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: by age at the row ``number``; otherwise at the row ``last``, and ``number`` is
    above all that were there at the first page. ``by_meaning``: ``last`` did not hold the words."""

    number: int | None = None
    last: int | None = None
    by_meaning: bool = False

    def __str__(self) -> str:
        return f"{self.number}.{'m' * self.by_meaning}{self.last}"


@dataclass(frozen=True, slots=True)
class Hits:
    """The row numbers of one page. ``total`` counts those that answer word for word, up to a cap; ``near``
    are those on this page that only answer by meaning."""

    numbers: tuple[int, ...]
    total: int
    total_is_exact: bool
    after: str | None
    near: frozenset[int] = frozenset()


def parse_cursor(text: str | None) -> Cursor:
    """The cursor that ``text`` is, or that of the first page. Raises InvalidInput for what is none."""
    if text is None:
        return Cursor()
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise InvalidInput(
            f"{text!r} is not a page cursor.", hint="give the `after` of an earlier page of the same list"
        )
    return Cursor(int(match[1]), int(match[3]) if match[3] else None, bool(match[2]))
