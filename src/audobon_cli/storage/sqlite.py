"""Connections to SQLite, set up as every database of ours wants them."""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import apsw

WAIT_SECONDS = 30.0

PRAGMAS = (
    ("synchronous", "full"),
    ("fullfsync", 1),
    ("foreign_keys", 1),
    ("mmap_size", 0),
    ("cell_size_check", 1),
    ("temp_store", "memory"),
    ("cache_size", -32 * 1024),
    ("journal_size_limit", 64 * 1024 * 1024),
)


def uri(path: Path, query: str = "") -> str:
    """``path`` as SQLite takes it, with parameters."""
    # Percent-encoded bytes, so that a folder whose name is not UTF-8 works too.
    return f"file:{quote(os.fsencode(path))}?{query}"


ALONE = (("locking_mode", "exclusive"), *PRAGMAS)
"""What SQLite then needs for its log it keeps in memory, and not in 32 KiB beside the file."""


def connect(
    path: Path,
    flags: int,
    query: str = "",
    wait_seconds: float = WAIT_SECONDS,
    pragmas: Sequence[tuple[str, str | int]] = PRAGMAS,
) -> apsw.Connection:
    """Open the database at ``path``. Raises apsw.Error."""
    connection = apsw.Connection(uri(path, query), flags | apsw.SQLITE_OPEN_URI)
    try:
        connection.set_busy_timeout(round(wait_seconds * 1000))
        # A library may come with somebody else's project: its schema gets no powers beyond its tables.
        connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
        connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
        connection.config(apsw.SQLITE_DBCONFIG_DQS_DDL, 0)
        for pragma, value in pragmas:
            connection.pragma(pragma, value)
        connection.pragma("user_version")  # the first read: what cannot be read shows here
    except BaseException as error:
        if isinstance(error, apsw.Error):
            error.system_errno = connection.system_errno  # type: ignore[attr-defined]
        connection.close()
        raise
    return connection


def rows_read_only(path: Path, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
    """The rows of a query, without writing to or waiting for the database; none if it cannot be read now."""
    try:
        connection = connect(path, apsw.SQLITE_OPEN_READONLY, "mode=ro", wait_seconds=0.05)
    except apsw.Error:
        return []
    try:
        return list(connection.execute(sql, tuple(values)))
    except apsw.Error:
        return []
    finally:
        connection.close()
