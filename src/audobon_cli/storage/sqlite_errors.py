"""What an error of SQLite means for the user."""

import errno
from pathlib import Path

import apsw

from audobon_cli.domain.errors import AudobonError
from audobon_cli.storage.disk_errors import (
    database_damaged,
    explain_library_error,
    library_busy,
    library_read_only,
)


def explain(error: apsw.Error, number: int, path: Path, wait_seconds: float) -> AudobonError | None:
    """What ``error`` of the database at ``path`` is to the user; None if it is a bug.

    ``number`` is the system's errno (0: unknown); other writers were waited for ``wait_seconds``.
    """
    root = path.parent
    if isinstance(error, apsw.NotADBError | apsw.CorruptError | apsw.FormatError):
        return database_damaged(path, str(error))
    if isinstance(error, apsw.BusyError | apsw.LockedError | apsw.ProtocolError):
        return library_busy(root, wait_seconds)
    if isinstance(error, apsw.FullError):
        return explain_library_error(OSError(errno.ENOSPC, str(error)), root)
    if isinstance(error, apsw.ReadOnlyError | apsw.CantOpenError | apsw.PermissionsError):
        explained = explain_library_error(OSError(number or errno.EACCES, str(error)), root)
        return explained or library_read_only(root, str(error))
    if isinstance(error, apsw.IOError):
        return explain_library_error(OSError(number or errno.EIO, str(error)), root)
    return None
