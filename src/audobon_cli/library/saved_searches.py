"""Searches that have a name: ``@NAME`` in a query stands for what was saved."""

import re

from audobon_cli.domain.errors import InvalidInput, QueryInvalid
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.library import Library

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_USED = re.compile(r'(?P<quoted>"(?:[^"\\]|\\.)*")|(?<![^\s(-])@(?P<name>[A-Za-z][A-Za-z0-9_-]*)')
"""Quoted text, which stays as it is, or a name at the beginning of a part."""


def save_search(library: Library, name: str, text: str) -> str:
    """Keep ``text`` as ``@name``, in place of what had that name; the query as it was kept.

    Names in it stand for what they mean now. Raises InvalidInput for what is no name, QueryInvalid.
    """
    if NAME.fullmatch(name) is None:
        raise InvalidInput(
            f"{name!r} is no name for a search.", hint="use letters, digits, - and _: --save bosses"
        )
    from audobon_cli.library.store.search.query import parse_query

    query = expand(library, text)
    parse_query(query)
    with library.database.transaction() as statements:
        statements.run(sql.SAVE_SEARCH, name, query)
    return query


def saved_searches(library: Library) -> dict[str, str]:
    """All saved searches, by name."""
    with library.database.read() as statements:
        return {row[0]: row[1] for row in statements.rows(sql.SAVED_SEARCHES)}


def expand(library: Library, text: str) -> str:
    """``text`` with what was saved in place of each ``@NAME``. Raises QueryInvalid for a name that is not kept."""
    if "@" not in text:
        return text

    def replaced(match: re.Match[str]) -> str:
        if match["quoted"] is not None:
            return match["quoted"]
        with library.database.read() as statements:
            row = statements.row(sql.SAVED_SEARCH, match["name"])
        if row is None:
            known = ", ".join(f"@{name}" for name in saved_searches(library))
            hint = f"there are {known}" if known else "`audobon assets search QUERY --save NAME` saves one"
            raise QueryInvalid(f"No search was saved as {match['name']!r}.", hint=hint, query=text)
        return f"({row[0]})"

    return _USED.sub(replaced, text)
