"""Whether somebody looks at a library's jobs while they run: the time of an empty file, so that nobody waits for it."""

import contextlib
import time
from pathlib import Path

LOOKING_SECONDS = 10.0
FILE = "looking"


def note_looking(folder: Path) -> None:
    """Say that somebody looks at the jobs of the library in ``folder``. A folder that cannot be written notes
    nothing."""
    with contextlib.suppress(OSError):
        (folder / FILE).touch()


def somebody_looks(folder: Path) -> bool:
    """Whether somebody said so within the last LOOKING_SECONDS; a microsecond's work."""
    try:
        age = time.time() - (folder / FILE).stat().st_mtime
    except OSError:
        return False
    return -LOOKING_SECONDS <= age <= LOOKING_SECONDS
