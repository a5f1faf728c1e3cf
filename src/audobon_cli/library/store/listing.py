"""Listing all assets along an index, in any order, without looking at more than one page of them."""

from typing import TYPE_CHECKING

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.library.paging import Order, Paging
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.search.hits import MAX_NUMBER, Hits, parse_cursor
from audobon_cli.storage.transaction import Transaction

if TYPE_CHECKING:
    from audobon_cli.library.store.positions import Positions

_WALKS: dict[Order, tuple[str, tuple[object, ...]]] = {
    Order.NEWEST: (sql.NEWEST_NUMBERS, ()),
    Order.OLDEST: (sql.OLDEST_FROM, ()),
    Order.NAME: (sql.BY_NAME_FROM, ("",)),
    Order.LARGEST: (sql.LARGEST_FROM, (MAX_NUMBER,)),
    Order.RATING: (sql.RATED_FROM, (MAX_NUMBER,)),
}
_ALL = -1
_KEYS = {Order.NAME: 1, Order.LARGEST: 2, Order.RATING: 3}


def walk(statements: Transaction, paging: Paging, total: int) -> Hits:
    """One page of all living assets. The cursor names the last asset of the page before.

    Raises InvalidInput for what is no cursor, and where the asset it names is gone for good.
    """
    query, start = _WALKS[paging.order]
    number = parse_cursor(paging.after).number
    ascending = paging.order in (Order.OLDEST, Order.NAME)
    if number is None:
        number = -1 if ascending else MAX_NUMBER
    elif paging.order in _KEYS:
        row = statements.row(sql.SORT_KEYS, f"[{number}]")
        if row is None:
            raise InvalidInput(
                "The last asset of the page before was purged since.", hint="begin again without --after"
            )
        start = (row[_KEYS[paging.order]],)
    rows = statements.rows(query, *start, number, paging.limit + 1)
    shown = tuple(row[0] for row in rows[: paging.limit])
    after = str(shown[-1]) if len(rows) > len(shown) and shown else None
    return Hits(shown, total, total_is_exact=True, after=after)


def walk_positions(statements: Transaction, order: Order, step: int) -> "Positions":
    """The positions of all living assets, read off the index of the order (0.25 us each, measured)."""
    from audobon_cli.library.store.positions import Positions, last_of_pages

    query, start = _WALKS[order]
    first = -1 if order in (Order.OLDEST, Order.NAME) else MAX_NUMBER
    numbers = [row[0] for row in statements.rows(query, *start, first, _ALL)]
    after = tuple(str(number) for number in last_of_pages(numbers, step))
    return Positions(step, len(numbers), total_is_exact=True, after=after)
