"""From a query to its search: what is named one by one (ids, names, relations) is looked up first."""

from collections.abc import Callable

from audobon_cli.domain.foreign.text import plain
from audobon_cli.domain.ids import AssetId
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.rows import signed_seed
from audobon_cli.library.store.search.alternatives import Branch, branches
from audobon_cli.library.store.search.index import ALL, Near, Picks, Search
from audobon_cli.library.store.search.query import AllOf, IdIn, Not, Part
from audobon_cli.library.store.search.uses import numbers_used_in, used_numbers
from audobon_cli.storage.transaction import Transaction

Resolve = Callable[[str], AssetId]
"""The asset that somebody names; may raise."""


def search(
    statements: Transaction,
    query: AllOf,
    resolve: Resolve,
    near: Near | None,
    most: int | None,
    among: frozenset[int] | None = None,
) -> Search:
    """The search that answers ``query``, ``among`` these row numbers (None: all); of the assets that one name, id or
    relation means at most ``most`` are looked at (None: all). Raises QueryInvalid and what ``resolve`` raises."""
    limit = ALL if most is None else most
    found = [_picked(statements, branch, resolve, limit, among) for branch in branches(query)]
    return Search(statements, query, found, near)


def _picked(
    statements: Transaction, parts: Branch, resolve: Resolve, limit: int, among: frozenset[int] | None
) -> tuple[AllOf, Picks]:
    picked = [part for part in parts if isinstance(_inner(part), IdIn)]
    others = AllOf(tuple(part for part in parts if part not in picked))
    only = among
    none_of: frozenset[int] = frozenset()
    for part in picked:
        inner = _inner(part)
        assert isinstance(inner, IdIn)
        numbers = _numbers(statements, inner, resolve, limit)
        if isinstance(part, Not):
            none_of |= numbers
        else:
            only = numbers if only is None else only & numbers
    return others, Picks(only, none_of)


def _numbers(statements: Transaction, part: IdIn, resolve: Resolve, limit: int) -> frozenset[int]:
    value = plain(part.value)
    if part.field == "name":
        rows = statements.rows(sql.NUMBERS_OF_NAME, value, limit)
    elif part.field == "seed":
        rows = statements.rows(sql.NUMBERS_OF_SEED, signed_seed(int(value)), limit)
    elif part.field == "provider":
        rows = statements.rows(sql.NUMBERS_OF_PROVIDER, value.lower(), limit)
    elif part.field == "used":
        return used_numbers(statements, value)
    elif part.field == "used-in":
        return numbers_used_in(statements, resolve(value))
    elif part.field == "id":
        rows = statements.rows(sql.NUMBERS_OF_ID, value.lower(), value.lower() + sql.BEYOND, limit)
    else:
        rows = statements.rows(sql.RELATED_NUMBERS, resolve(value), part.field, limit)
    return frozenset(row[0] for row in rows)


def _inner(part: Part) -> Part:
    return part.part if isinstance(part, Not) else part
