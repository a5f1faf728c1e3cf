"""A lock between processes that no crash can leave behind."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from audobon_cli.platforms import current

FIRST_PAUSE_SECONDS = 0.0005
LONGEST_PAUSE_SECONDS = 0.01


@contextlib.contextmanager
def exclusive_lock(path: Path, wait_seconds: float) -> Iterator[bool]:
    """Hold the lock file ``path`` for the block; gives False when it stayed taken for ``wait_seconds``.

    The system drops it when the process ends, however that happens, so no stale lock ever needs a human.
    Raises OSError when the file cannot be opened for writing.
    """
    with _lock(path, wait_seconds, shared=False) as taken:
        yield taken


@contextlib.contextmanager
def shared_lock(path: Path, wait_seconds: float) -> Iterator[bool]:
    """The same, but any number may hold it shared at once, and then nobody exclusively."""
    with _lock(path, wait_seconds, shared=True) as taken:
        yield taken


@contextlib.contextmanager
def lasting_lock(path: Path) -> Iterator[int]:
    """Hold the lease of a file that nobody else has yet; gives its descriptor.

    A child that inherits the descriptor holds the lease with this process, and on its own once this one is killed.
    Raises OSError.
    """
    descriptor = current().hold_lease(path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def is_leased(path: Path) -> bool:
    """Whether any process holds the lease of ``path``. Raises OSError."""
    return current().is_leased(path)


@contextlib.contextmanager
def _lock(path: Path, wait_seconds: float, shared: bool) -> Iterator[bool]:
    deadline = time.monotonic() + wait_seconds
    while True:
        descriptor = current().open_lock(path)
        taken = _wait(descriptor, max(0.0, deadline - time.monotonic()), shared)
        if not taken or _is_at(descriptor, path):
            break
        os.close(descriptor)  # it was deleted meanwhile: whoever comes now locks another file
    try:
        try:
            yield taken
        finally:
            if taken:
                current().unlock(descriptor)
    finally:
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _wait(descriptor: int, wait_seconds: float, shared: bool) -> bool:
    deadline = time.monotonic() + wait_seconds
    pause = FIRST_PAUSE_SECONDS
    while not current().try_lock(descriptor, shared):
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    return True
