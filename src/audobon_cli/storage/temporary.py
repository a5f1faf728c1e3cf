"""Folders for unfinished files, which no killed writer leaves behind for long."""

import atexit
import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.platforms import current

ROOM_BYTES = 64 * 2**20
"""Lists of a million pictures need some 50 MiB."""
STRAY_SECONDS = 3600.0
"""A file that no writer of ours left in a temporary folder is removed when it is older than this."""


@dataclass(frozen=True, slots=True)
class TemporaryFolder:
    """A folder for one writer's unfinished files; ``descriptor`` holds its lock and, on Linux, serves syncfs."""

    path: Path
    descriptor: int


@contextlib.contextmanager
def temporary_folder(parent: Path) -> Iterator[TemporaryFolder]:
    """A fresh folder in ``parent``, removed at the end with all that is left in it.

    The folder is locked for as long as it is in use. The system drops that lock when the writer dies, however it
    dies, so `sweep` can tell the living from the dead with no guess from process numbers, which repeat and mean
    nothing across containers. Raises OSError.
    """
    parent.mkdir(parents=True, exist_ok=True)
    folder = _claim(parent)
    while folder is None:  # a sweep took the folder between its making and its locking
        folder = _claim(parent)
    try:
        yield folder
    finally:
        current().delete_claimed(folder.path, folder.descriptor)


def roomy_folder(wanted: Path) -> Path:
    """``wanted``, made now, if it can be written and its disk has room; else a folder of this process in the system's
    place for temporary files, removed when it ends."""
    with contextlib.suppress(OSError):
        wanted.mkdir(parents=True, exist_ok=True)
        if os.access(wanted, os.W_OK) and shutil.disk_usage(wanted).free >= ROOM_BYTES:
            return wanted
    import tempfile

    elsewhere = tempfile.mkdtemp(prefix="audobon-")
    atexit.register(shutil.rmtree, elsewhere, ignore_errors=True)
    return Path(elsewhere)


def _claim(parent: Path) -> TemporaryFolder | None:
    path = parent / os.urandom(8).hex()
    path.mkdir()
    descriptor = current().claim_folder(path)
    return None if descriptor is None else TemporaryFolder(path, descriptor)


def sweep(parent: Path) -> int:
    """Remove what dead writers left in ``parent``; the number of things removed. Errors are left be.

    Never touches the folder of a living writer. Files that lie in ``parent`` itself, which nothing
    here makes, are removed after an hour.
    """
    removed = 0
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                removed += _sweep_entry(entry)
    return removed


def _sweep_entry(entry: "os.DirEntry[str]") -> bool:
    if not entry.is_dir(follow_symlinks=False):
        if time.time() - entry.stat(follow_symlinks=False).st_mtime < STRAY_SECONDS:
            return False
        current().delete(Path(entry.path))
        return True
    path = Path(entry.path)
    descriptor = current().claim_folder(path)
    if descriptor is None:
        return False
    current().delete_claimed(path, descriptor)
    return not path.exists()
