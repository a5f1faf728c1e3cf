"""What an error of SQLite means for the user."""

import errno
import os
import shutil
from pathlib import Path

import apsw

from audobon_cli.domain.errors import AudobonError
from audobon_cli.storage.disk_errors import (
    Kept,
    database_damaged,
    explain_disk_error,
    library_busy,
    library_read_only,
)

ROOM_BYTES = 128 * 1024
"""What a commit needs: some pages, the write-ahead log and its index."""


def explain(
    error: apsw.Error, number: int, path: Path, wait_seconds: float, kept: Kept
) -> AudobonError | None:
    """What ``error`` of the database at ``path`` is to the user; None if it is a bug.

    ``number`` is the system's errno (0: unknown); other writers were waited for ``wait_seconds``;
    ``kept`` says what the database belongs to.
    """
    root = path.parent
    if isinstance(error, apsw.NotADBError | apsw.CorruptError | apsw.FormatError):
        return database_damaged(path, str(error), kept)
    if isinstance(error, apsw.BusyError | apsw.LockedError | apsw.ProtocolError):
        return library_busy(root, wait_seconds, kept)
    if isinstance(error, apsw.FullError):
        return explain_disk_error(OSError(errno.ENOSPC, str(error)), root, kept)
    if isinstance(error, apsw.ReadOnlyError | apsw.CantOpenError | apsw.PermissionsError):
        number = number or (errno.ENOSPC if _is_full(root) else errno.EACCES)
        explained = explain_disk_error(OSError(number, str(error)), root, kept)
        return explained or library_read_only(root, str(error), kept)
    if isinstance(error, apsw.IOError):
        number = number or (errno.ENOSPC if _is_full(root) else errno.EIO)
        return explain_disk_error(OSError(number, str(error)), root, kept)
    return None


def _is_full(folder: Path) -> bool:
    """Whether the disk has no room for another file, where SQLite does not pass on what the system said."""
    try:
        return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free < ROOM_BYTES
    except OSError:
        return False
