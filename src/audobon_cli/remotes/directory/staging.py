"""Files on their way into a folder: written under a name of their own, then named once and for all.

Other than in a library, the folder may lie on a network file system, and other machines may write to it at
the same time. So nothing depends on locks but `swap` and `delete` of the same object, and the removal of what
killed writers left: it goes at once if this very kernel says that its writer is dead, else after a day.
"""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.platforms import current
from audobon_cli.remotes.bandwidth import PIECE_BYTES, BandwidthLimit
from audobon_cli.storage.durable_files import sync_descriptor, sync_folder, write_all

INCOMING = ".incoming"
GRACE_SECONDS = 24 * 3600.0
NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.ENOTTY})
NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.EOPNOTSUPP, errno.EBADF, errno.ENOSYS})


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A file that is written and synced but has no key yet; ``descriptor`` is open."""

    path: Path
    descriptor: int

    def modified_seconds(self) -> float:
        """The time of its last write, by the file system's clock."""
        return os.fstat(self.descriptor).st_mtime


@contextlib.contextmanager
def unfinished_file(
    root: Path, content: bytes | memoryview, mode: int, pace: BandwidthLimit
) -> Iterator[Unfinished]:
    """``content`` under a temporary name in ``root``, synced; what is left of it at the end is removed.

    Raises OSError, among them FileNotFoundError if ``root`` is not there.
    """
    folder = root / INCOMING
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode | ((mode & 0o444) >> 2))
    descriptor, path = _create(folder, mode)
    try:
        _write(descriptor, memoryview(content), pace)
        sync_descriptor(descriptor)
        yield Unfinished(path, descriptor)
    finally:
        with contextlib.suppress(OSError):  # renamed
            current().delete(path)
        os.close(descriptor)


def _write(descriptor: int, content: memoryview, pace: BandwidthLimit) -> None:
    step = PIECE_BYTES if pace.bytes_per_second else max(1, len(content))
    for start in range(0, len(content), step):
        piece = content[start : start + step]
        pace.take(len(piece))
        write_all(descriptor, piece)


def _create(folder: Path, mode: int) -> tuple[int, Path]:
    while True:
        path = folder / f"{current().boot_id()}.{secrets.token_hex(8)}"
        descriptor = current().open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        if _lock_now(descriptor) is not False and os.fstat(descriptor).st_nlink:
            return descriptor, path
        os.close(descriptor)  # a sweep took it between its making and its locking


def _lock_now(descriptor: int) -> bool | None:
    """Whether the lock was to be had; None where the file system has no locks."""
    try:
        return current().try_lock(descriptor)
    except OSError as error:
        if error.errno in NO_LOCKS:
            return None
        raise


def sweep_unfinished(root: Path, now_seconds: float) -> int:
    """Remove what killed writers left; the number of files. ``now_seconds`` is the file system's own time.

    A file of this boot of this machine goes if nobody holds its lock, any other when it is a day old.
    Errors are left be: the next writer sweeps again.
    """
    removed = 0
    with contextlib.suppress(OSError), os.scandir(root / INCOMING) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                removed += _sweep(Path(entry.path), now_seconds)
    return removed


def _sweep(path: Path, now_seconds: float) -> bool:
    old = path.stat().st_mtime < now_seconds - GRACE_SECONDS
    boot = current().boot_id()
    if not (old or (boot != "" and path.name.partition(".")[0] == boot)):
        return False
    descriptor = current().open_without_links(path, os.O_RDWR)
    try:
        lock = _lock_now(descriptor)
        if lock or (lock is None and old):
            current().delete(path)
            return True
        return False
    finally:
        os.close(descriptor)


def sync_names(folder: Path) -> None:
    """Make the names in ``folder`` durable, as far as its file system lets folders be synced. Raises OSError."""
    try:
        sync_folder(folder)
    except OSError as error:
        if error.errno not in NO_FOLDER_SYNC:  # network file systems answer so; there the server syncs names
            raise
