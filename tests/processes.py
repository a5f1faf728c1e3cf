"""Processes of tests' own."""

import contextlib
import multiprocessing
import os
from typing import Any


def process_context() -> Any:
    """How to begin processes that run functions of tests: forked, where there is fork."""
    return multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")


def read_to_end(terminal: int) -> bytes:
    """What a program writes to a terminal until it has closed it: looking whether it still runs would miss the last
    words of one that has just ended."""
    shown = b""
    with contextlib.suppress(OSError):  # how Linux tells the end of a terminal
        while piece := os.read(terminal, 4096):
            shown += piece
    return shown
