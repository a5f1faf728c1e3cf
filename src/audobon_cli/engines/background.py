"""Processes that outlive the command that began them."""

import contextlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from audobon_cli.platforms import current
from audobon_cli.storage.child_environment import child_environment
from audobon_cli.storage.durable_files import output_errors


def start_in_background(
    words: Sequence[str],
    log: Path,
    program: Sequence[str] = (sys.executable, "-m", "audobon_cli"),
    variables: Mapping[str, str] | None = None,
) -> int:
    """Start ``program`` with ``words`` in a session of its own, its output appended to ``log``; its number.
    ``variables`` stand in its environment.

    Where ``log`` cannot be written the process says what it says to nobody. Raises OutputUnwritable.
    """
    with contextlib.ExitStack() as stack:
        file: int | IO[bytes] = subprocess.DEVNULL
        with contextlib.suppress(OSError):
            log.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(log.open("ab"))
        with output_errors(log.parent):
            started = subprocess.Popen(
                [*program, *words],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=child_environment(variables),
                **current().detached(),
            )
    started.returncode = 0  # it is nobody's to wait for: else Python would warn of it
    return started.pid
