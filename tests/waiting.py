"""Waiting for what happens in other processes and threads: until it has happened, however slow the machine is."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 240.0
"""Far more than anything takes that is waited for, on a machine that does much else; less than a test may take."""


def until(happened: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Return once ``happened()`` is true."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"it did not happen within {seconds:.0f} seconds"
        time.sleep(0.02)
