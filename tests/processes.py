"""Processes of tests' own."""

import multiprocessing
import os
from typing import Any


def process_context() -> Any:
    """How to begin processes that run functions of tests: forked, where there is fork."""
    return multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
