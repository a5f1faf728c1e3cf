"""Writing that survives a kill or a power cut, and the errors that disks give.

The rule throughout: bytes are written whole under a temporary name, synced, renamed, and the folder
that holds the new name is synced; only then is anything acknowledged. A sync that fails is never
tried again on the same descriptor, because the kernel may have dropped the pages and would answer
"done" (PostgreSQL's fsync lesson of 2018): it surfaces as an error and the new name is not used.
"""

import contextlib
import ctypes
import errno
import fcntl
import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from audobon_cli.domain.errors import DiskFull, OutputExists, OutputUnwritable
from audobon_cli.storage.disk_errors import FULL

NO_HARD_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})


@contextlib.contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn an OSError of the body into DiskFull or OutputUnwritable for the user's file ``path``."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull(
                f"No space is left to write {path}.",
                hint="free some space, or write to another disk with --out",
                path=str(path),
            ) from error
        raise OutputUnwritable(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="name a file in a folder that exists and that you may write to",
            path=str(path),
        ) from error


def sync_descriptor(descriptor: int) -> None:
    """Force one file or folder onto the disk itself. Raises OSError; never call it twice after that."""
    full_sync = getattr(fcntl, "F_FULLFSYNC", None)
    if full_sync is not None:  # macOS: fsync leaves the data in the drive's cache
        fcntl.fcntl(descriptor, full_sync)
    else:
        os.fsync(descriptor)


def sync_file(path: Path) -> None:
    """Make the content of ``path``, already written, durable. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        sync_descriptor(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync_descriptor(descriptor)
    finally:
        os.close(descriptor)


def _find_syncfs() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        function = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_int]
    function.restype = ctypes.c_int
    return function


_syncfs = _find_syncfs()


def can_sync_filesystem() -> bool:
    """Whether one call makes a whole batch of files durable here."""
    return _syncfs is not None


def sync_filesystem(descriptor: int) -> None:
    """Make everything written so far to the file system of ``descriptor`` durable (Linux).

    Open ``descriptor`` before the writes: from Linux 5.8 on, errors of earlier write-backs are
    reported to descriptors that were open when they happened. Raises OSError.
    """
    if _syncfs is None:
        raise OSError(errno.ENOSYS, "syncfs is not available")
    if _syncfs(descriptor) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of ``data``, however many calls that takes. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def write_output(path: Path, data: bytes, overwrite: bool = False) -> None:
    """Write a file of the user's, whole or not at all, durable on return.

    Without ``overwrite`` the name is only ever created: of two processes racing for it one gets
    OutputExists, and neither file is mixed or lost. With it the old file is replaced in one step and
    keeps its permissions; a symbolic link is followed; a device or pipe is written straight.
    The folder must exist. Raises OutputExists, OutputUnwritable or DiskFull.
    """
    with output_errors(path):
        if not overwrite:
            if os.path.lexists(path):
                raise output_exists(path)
            _write_beside(path, data, mode=None, replace=False)
            return
        target = Path(os.path.realpath(path))
        try:
            old = target.stat()
        except FileNotFoundError:
            _write_beside(target, data, mode=None, replace=True)
            return
        if stat.S_ISREG(old.st_mode):
            _write_beside(target, data, mode=stat.S_IMODE(old.st_mode), replace=True)
        else:
            target.write_bytes(data)


def output_exists(path: Path) -> OutputExists:
    """The error for a file that is there already and may not be overwritten."""
    return OutputExists(
        f"{path} exists already.", hint="give another name, or --overwrite to replace it", path=str(path)
    )


def _write_beside(path: Path, data: bytes, mode: int | None, replace: bool) -> None:
    temporary = path.with_name(f".audobon-{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        try:
            if mode is not None:
                os.fchmod(descriptor, mode)
            write_all(descriptor, data)
            sync_descriptor(descriptor)
        finally:
            os.close(descriptor)
        if replace:
            os.replace(temporary, path)
        else:
            _name_once(temporary, path)
    finally:
        with contextlib.suppress(OSError):  # after a replace it is gone already
            os.unlink(temporary)
    sync_folder(path.parent)


def _name_once(temporary: Path, path: Path) -> None:
    """Give ``temporary`` the name ``path`` unless that name is taken, in one step."""
    try:
        os.link(temporary, path)
    except FileExistsError as error:
        raise output_exists(path) from error
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
        # FAT and some FUSE file systems have no links: claim the name first, then replace the claim.
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        except FileExistsError as taken:
            raise output_exists(path) from taken
        os.replace(temporary, path)
