"""Connections to SQLite, set up as every database of ours wants them."""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import apsw

from audobon_cli.domain.errors import EncryptionUnavailable

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


CIPHER = "chacha20"
"""ChaCha20-Poly1305, a nonce and a tag a page: the default of SQLite3 Multiple Ciphers, named so that it stays."""


def has_cipher() -> bool:
    """Whether the SQLite that is installed can encrypt: apsw and apsw-sqlite3mc both install the module apsw."""
    return hasattr(apsw, "mc_version")


def require_cipher() -> None:
    """Raises EncryptionUnavailable where SQLite cannot encrypt."""
    if not has_cipher():
        raise EncryptionUnavailable(
            "The library is encrypted, and the SQLite that is installed cannot encrypt.",
            hint="pip install --force-reinstall --no-deps apsw-sqlite3mc; what is stored is untouched",
        )


def unlock(connection: apsw.Connection, key: bytes) -> None:
    """Let ``connection``, not yet used, read and write pages under ``key`` (32 bytes). A wrong key shows at the first
    read, as apsw.NotADBError. Raises EncryptionUnavailable."""
    require_cipher()  # without one the pragma would do nothing, and pages would be written as they are
    connection.pragma("cipher", CIPHER)
    connection.pragma("key", f"raw:{key.hex()}")


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
    key: bytes | None = None,
) -> apsw.Connection:
    """Open the database at ``path``, which is encrypted if there is a ``key``. Raises apsw.Error, and
    EncryptionUnavailable."""
    connection = apsw.Connection(uri(path, query), flags | apsw.SQLITE_OPEN_URI)
    try:
        if key is not None:
            unlock(connection, key)
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
