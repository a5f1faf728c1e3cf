"""A lock between processes that no crash can leave behind."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

FIRST_PAUSE_SECONDS = 0.0005
LONGEST_PAUSE_SECONDS = 0.01


@contextlib.contextmanager
def exclusive_lock(path: Path, wait_seconds: float) -> Iterator[bool]:
    """Hold the lock file ``path`` for the block; gives False when it stayed taken for ``wait_seconds``.

    It is an flock: the kernel drops it when the process ends, however that happens, so no stale lock
    ever needs a human. Raises OSError when the file cannot be opened for writing.
    """
    with _lock(path, wait_seconds, fcntl.LOCK_EX) as taken:
        yield taken


@contextlib.contextmanager
def shared_lock(path: Path, wait_seconds: float) -> Iterator[bool]:
    """The same, but any number may hold it shared at once, and then nobody exclusively."""
    with _lock(path, wait_seconds, fcntl.LOCK_SH) as taken:
        yield taken


@contextlib.contextmanager
def lasting_lock(path: Path) -> Iterator[int]:
    """Hold the lock of a file that nobody else locks yet; gives its descriptor.

    A child that inherits the descriptor holds the lock with this process, and on its own once this one is killed.
    Raises OSError.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _lock(path: Path, wait_seconds: float, kind: int) -> Iterator[bool]:
    deadline = time.monotonic() + wait_seconds
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        taken = _wait(descriptor, max(0.0, deadline - time.monotonic()), kind)
        if not taken or _is_at(descriptor, path):
            break
        os.close(descriptor)  # it was deleted meanwhile: whoever comes now locks another file
    try:
        yield taken
    finally:
        # Not by closing alone: a child forked meanwhile holds the same lock through its copy.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _wait(descriptor: int, wait_seconds: float, kind: int) -> bool:
    deadline = time.monotonic() + wait_seconds
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        else:
            return True
