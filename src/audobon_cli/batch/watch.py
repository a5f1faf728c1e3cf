"""Waiting for a batch file, or a wildcard file beside it, to change."""

import time
from collections.abc import Callable
from pathlib import Path

from audobon_cli.batch.read import WILDCARD_FOLDER

POLL_SECONDS = 0.25
"""Looking costs microseconds, and works on every file system, as notifications of the kernel do not."""

Fingerprint = tuple[tuple[str, int, int], ...]


def fingerprint(source: Path) -> Fingerprint:
    """Name, size and time of ``source`` and of the files that may be its wildcards."""
    found = []
    for path in (
        source,
        *sorted(source.parent.glob("*.txt")),
        *sorted((source.parent / WILDCARD_FOLDER).rglob("*.txt")),
    ):
        try:
            status = path.stat()
        except OSError:
            continue  # deleted in this moment, as editors do that write a new file and rename it
        found.append((str(path), status.st_size, status.st_mtime_ns))
    return tuple(found)


def wait_for_change(source: Path, seen: Fingerprint, should_stop: Callable[[], bool]) -> bool:
    """True when the files are there, unlike ``seen``, and whole: they have not changed for POLL_SECONDS.

    False when ``should_stop`` says so first.
    """
    while not should_stop():
        before = fingerprint(source)
        time.sleep(POLL_SECONDS)
        if before != seen and source.is_file() and fingerprint(source) == before:
            return True
    return False
