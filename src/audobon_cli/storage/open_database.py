"""Opening a database on disks that are full or cannot be written: whatever can be read is read."""

import atexit
import shutil
from pathlib import Path

import apsw

from audobon_cli.storage.disk_errors import FULL, Kept, library_read_only
from audobon_cli.storage.sqlite import ALONE, connect


def open_at_least_for_reading(
    path: Path, wait_seconds: float, kept: Kept, key: bytes | None = None
) -> tuple[apsw.Connection, bool]:
    """A connection, and whether it keeps all others out, so that it is to be closed after use.

    Raises apsw.Error, and LibraryReadOnly where a database that cannot be written has a log that changes.
    """
    try:
        return connect(path, apsw.SQLITE_OPEN_READWRITE, wait_seconds=wait_seconds, key=key), False
    except (apsw.CantOpenError, apsw.ReadOnlyError) as error:
        # Read-only media: the log's shared memory cannot be made beside the file.
        log = _log(path)
        if log.exists() and log.stat().st_size > 0:
            return _open_copy(path, kept, error, key), False
    except (apsw.FullError, apsw.IOError) as error:
        if getattr(error, "system_errno", 0) not in FULL and not isinstance(error, apsw.FullError):
            raise
        # A full disk has no room for it: nobody has the file open then, and one may do so without.
        flags = apsw.SQLITE_OPEN_READWRITE
        return connect(path, flags, wait_seconds=wait_seconds, pragmas=ALONE, key=key), True
    # Nobody can be writing here, so the file may be read without locks.
    return connect(path, apsw.SQLITE_OPEN_READONLY, "immutable=1", key=key), False


def _open_copy(path: Path, kept: Kept, error: apsw.Error, key: bytes | None) -> apsw.Connection:
    """The database on a read-only medium whose last writer did not close it: its log is brought in elsewhere. The
    copy is deleted as soon as it is open, or, where open files are not deleted (Windows), at the end of the process."""
    import tempfile

    name = tempfile.mkdtemp(prefix="audobon-")
    try:
        copy = Path(name) / path.name
        before = _state(path)
        shutil.copyfile(path, copy)
        shutil.copyfile(_log(path), _log(copy))
        if _state(path) != before:
            why = "another computer or container writes to it, and here it can only be read"
            raise library_read_only(path.parent, why, kept) from error
        connect(copy, apsw.SQLITE_OPEN_READWRITE, pragmas=ALONE, key=key).close()  # which brings the log in
        return connect(copy, apsw.SQLITE_OPEN_READONLY, "immutable=1", key=key)
    finally:
        shutil.rmtree(name, ignore_errors=True)
        if Path(name).exists():
            atexit.register(shutil.rmtree, name, ignore_errors=True)


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _state(path: Path) -> tuple[tuple[int, int], ...]:
    return tuple((found.st_mtime_ns, found.st_size) for found in (path.stat(), _log(path).stat()))
