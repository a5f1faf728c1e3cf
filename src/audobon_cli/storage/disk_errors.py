"""The errors of the library's folder and database, worded in one place."""

import errno
from pathlib import Path

from audobon_cli.domain.errors import (
    AudobonError,
    DiskFailed,
    DiskFull,
    LibraryBusy,
    LibraryCorrupt,
    LibraryNewer,
    LibraryNotFound,
    LibraryReadOnly,
)

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
DENIED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
# EUCLEAN ("structure needs cleaning") is what a damaged ext4 or xfs answers; 117 where it has no name.
FAILING = frozenset({errno.EIO, errno.ENXIO, errno.ENODEV, errno.ESTALE, getattr(errno, "EUCLEAN", 117)})


def explain_library_error(error: OSError, root: Path) -> AudobonError | None:
    """What the operating system's refusal in the library ``root`` means; None when it is none we know."""
    where = str(error.filename or root)
    if error.errno in FULL:
        return DiskFull(
            f"No space is left for the library at {root}.",
            hint="free some space and run the same command again; what was acknowledged is kept",
            path=where,
        )
    if error.errno in DENIED:
        return library_read_only(root, error.strerror or str(error))
    if error.errno in FAILING:
        return DiskFailed(
            f"The disk failed under the library at {root}: {error.strerror}.",
            hint="copy the library to another disk, then run `audobon assets verify`",
            path=where,
        )
    return None


def library_not_found(root: Path) -> LibraryNotFound:
    return LibraryNotFound(
        f"There is no library at {root}.", hint="make one with `audobon init`", path=str(root)
    )


def library_read_only(root: Path, why: str) -> LibraryReadOnly:
    return LibraryReadOnly(
        f"The library at {root} cannot be written: {why}.",
        hint="check the permissions of the folder, or name another library with --library",
        path=str(root),
    )


def library_busy(root: Path, waited_seconds: float) -> LibraryBusy:
    return LibraryBusy(
        f"Another process has kept the library at {root} locked for {waited_seconds:g} seconds.",
        hint="wait for it to finish, then run the same command again",
        path=str(root),
        waited_seconds=waited_seconds,
    )


def library_newer(root: Path, version: int, known: int) -> LibraryNewer:
    return LibraryNewer(
        f"The library at {root} has format {version}; this Audobon knows up to {known}.",
        hint="upgrade Audobon: `pip install --upgrade audobon-cli`",
        path=str(root),
        version=version,
        known=known,
    )


def database_damaged(path: Path, why: str) -> LibraryCorrupt:
    return LibraryCorrupt(
        f"The library's database {path} is damaged: {why}.",
        hint="put back a copy of the file; the pictures themselves are in objects/ and are not touched",
        path=str(path),
    )
