"""Copies of a database: made while others write, and read where nobody writes."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import apsw

from audobon_cli.storage.disk_errors import database_damaged
from audobon_cli.storage.sqlite import PRAGMAS, connect, uri
from audobon_cli.storage.transaction import Transaction

PASSING_CACHE_KIB = 2048
"""Where every page passes once, none is worth keeping."""


def copy_pages(source: apsw.Connection, path: Path) -> None:
    """Write the database of ``source`` to the new file ``path``, page by page. Not durable.

    Raises apsw.Error and OSError.
    """
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
    copy = apsw.Connection(uri(path), flags)
    try:
        for pragma in ("synchronous", "journal_mode"):
            copy.pragma(pragma, "off")
        source.pragma("cache_size", -PASSING_CACHE_KIB)
        try:
            with copy.backup("main", source, "main") as pages:
                while not pages.done:
                    pages.step(-1)
        finally:
            source.pragma("cache_size", dict(PRAGMAS)["cache_size"])
    finally:
        copy.close()


@contextlib.contextmanager
def open_copy(path: Path) -> Iterator[Transaction]:
    """Read a copy of a database that nobody writes, as it is: not brought to the present form.

    Raises LibraryCorrupt.
    """
    try:
        connection = connect(path, apsw.SQLITE_OPEN_READONLY, "immutable=1")
        try:
            connection.pragma("cache_size", -PASSING_CACHE_KIB)
            yield Transaction(connection)
        finally:
            connection.close()
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise database_damaged(path, str(error)) from error
