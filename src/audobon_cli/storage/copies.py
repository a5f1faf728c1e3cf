"""Copies of a database: made while others write, and read where nobody writes."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import apsw

from audobon_cli.storage.disk_errors import database_damaged
from audobon_cli.storage.sqlite import CIPHER, PRAGMAS, connect, require_cipher, unlock, uri
from audobon_cli.storage.transaction import Transaction

PASSING_CACHE_KIB = 2048
"""Where every page passes once, none is worth keeping."""


def copy_pages(source: apsw.Connection, path: Path, key: bytes | None = None) -> None:
    """Write the database of ``source``, whose key is ``key``, to the new file ``path``, page by page and encrypted as
    it is. Not durable.

    Raises apsw.Error and OSError.
    """
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
    copy = apsw.Connection(uri(path), flags)
    try:
        if key is not None:
            unlock(copy, key)
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
def open_copy(path: Path, key: bytes | None = None) -> Iterator[Transaction]:
    """Read a copy of a database that nobody writes, as it is: not brought to the present form.

    Raises LibraryCorrupt.
    """
    try:
        connection = connect(path, apsw.SQLITE_OPEN_READONLY, "immutable=1", key=key)
        try:
            connection.pragma("cache_size", -PASSING_CACHE_KIB)
            yield Transaction(connection)
        finally:
            connection.close()
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise database_damaged(path, str(error)) from error


@contextlib.contextmanager
def open_image(image: bytes) -> Iterator[Transaction]:
    """Read the pages of a database that is in memory. Raises LibraryCorrupt."""
    try:
        connection = _in_memory(image)
        try:
            yield Transaction(connection)
        finally:
            connection.close()
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise database_damaged(Path("database"), str(error)) from error


def write_image(image: bytes, path: Path, key: bytes) -> None:
    """Write the database whose plain pages are ``image`` to the new file ``path``, encrypted under ``key``; nothing of
    it touches a disk unencrypted. Not durable. Raises apsw.Error, LibraryCorrupt, EncryptionUnavailable, OSError.
    """
    require_cipher()
    try:
        connection = _in_memory(image)
        try:
            # SQLite copies no pages between a database that is encrypted and one that is not: it is written anew.
            connection.execute("VACUUM INTO ?", (uri(path, f"cipher={CIPHER}&key=raw%3A{key.hex()}"),))
        finally:
            connection.close()
        made = connect(path, apsw.SQLITE_OPEN_READWRITE, key=key)
        made.pragma("journal_mode", "wal")
        made.close()
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise database_damaged(path, str(error)) from error


def _in_memory(image: bytes) -> apsw.Connection:
    connection = apsw.Connection(":memory:", apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI)
    # Bytes 18 and 19 say that there is a write-ahead log, which a database in memory has not (sqlite.org/fileformat).
    connection.deserialize("main", image[:18] + b"\x01\x01" + image[20:])
    return connection
