"""Processes that outlive the command that began them."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from audobon_cli.platforms import current
from audobon_cli.storage.durable_files import output_errors


def start_in_background(
    words: Sequence[str],
    log: Path,
    program: Sequence[str] = (sys.executable, "-m", "audobon_cli"),
) -> int:
    """Start ``program`` with ``words`` in a session of its own, its output appended to ``log``; its number.

    Raises OutputUnwritable.
    """
    with output_errors(log.parent):
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            started = subprocess.Popen(
                [*program, *words],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                **current().detached(),
            )
    started.returncode = 0  # it is nobody's to wait for: else Python would warn of it
    return started.pid
