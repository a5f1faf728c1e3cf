"""Processes that outlive the command that began them."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from audobon_cli.operations.output_file import OUTPUT_FILE, open_output
from audobon_cli.platforms import current
from audobon_cli.storage.child_environment import child_environment
from audobon_cli.storage.durable_files import output_errors


def start_in_background(
    words: Sequence[str],
    log: Path,
    program: Sequence[str] = (sys.executable, "-m", "audobon_cli"),
    variables: Mapping[str, str] | None = None,
) -> int:
    """Start ``program`` with ``words`` in a session of its own, its output appended to ``log``, which it keeps short
    (see operations/output_file.py); its number.
    ``variables`` stand in its environment.

    Where ``log`` cannot be written the process says what it says to nobody. Raises OutputUnwritable.
    """
    with contextlib.ExitStack() as stack:
        file, given = subprocess.DEVNULL, dict(variables or {})
        with contextlib.suppress(OSError):
            file = open_output(log)
            stack.callback(os.close, file)
            given[OUTPUT_FILE] = str(log.absolute())
        with output_errors(log.parent):
            started = subprocess.Popen(
                [*program, *words],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=child_environment(given),
                **current().detached(),
            )
    started.returncode = 0  # it is nobody's to wait for: else Python would warn of it
    return started.pid
