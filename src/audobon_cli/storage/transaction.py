"""What can be asked of the database within one transaction."""

from collections.abc import Iterator
from typing import Any

import apsw


class Transaction:
    """What can be done inside a transaction. Rows are tuples."""

    __slots__ = ("_connection",)

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return list(self._connection.execute(sql, values))

    def iterate(self, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one at a time."""
        return iter(self._connection.execute(sql, values))

    def row(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        return next(iter(self._connection.execute(sql, values)), None)

    def run(self, sql: str, *values: object) -> int:
        """Run one statement; the number of rows it changed."""
        self._connection.execute(sql, values)
        return self._connection.changes()

    @property
    def last_number(self) -> int:
        """The integer key of the row inserted last."""
        return self._connection.last_insert_rowid()
