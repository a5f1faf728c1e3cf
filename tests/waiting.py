"""Waiting for what happens in other processes and threads: until it has happened, however slow the machine is."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 240.0
"""Far more than anything takes that is waited for, on a machine that does much else; less than a test may take."""


def until(
    happened: Callable[[], object],
    what: str = "what was waited for did not happen",
    seconds: float = PATIENCE_SECONDS,
) -> None:
    """Return once ``happened()`` is true. Raises AssertionError with ``what`` after so many seconds."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)
