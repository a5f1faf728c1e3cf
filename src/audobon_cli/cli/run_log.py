"""What every run leaves in the log: which command, what happened that mattered, how it ended.

Written without the module logging, whose import takes longer than many commands. Command lines are not kept, as
prompts and paths are nobody's business; keys are cleaned out of what is.
"""

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.domain.secrets import redact
from audobon_cli.platforms import current

if TYPE_CHECKING:
    from audobon_cli.domain.events import Event

LOG_BYTES = 1_000_000
KEPT_FILES = 3
MOST_LINES = 1_000
"""A run of days keeps its last lines."""
STEADY = ("step", "progress", "image_started", "candidate_started")
"""Events of which there are too many, and that say only that a run goes on."""


class RunLog:
    """The lines of one run: kept until ``end``, then added to the file at once.

    ``verbose`` 1 shows them on stderr as they come, 2 the steady events too.
    """

    def __init__(self, verbose: int = 0) -> None:
        self._verbose = verbose
        self._began = time.time()
        self._lines: list[str] = []

    def note(self, level: str, text: str, steady: bool = False) -> None:
        """One line. What is ``steady`` is for the terminal alone."""
        text = redact(" ".join(text.split()))
        if self._verbose > (1 if steady else 0):
            sys.stderr.write(f"{level} {text}\n")
        if not steady:
            stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime())
            self._lines.append(f"{stamp} {os.getpid()} {level} {text}\n")
            del self._lines[:-MOST_LINES]

    def event(self, event: "Event") -> None:
        """What happened, by its name and fields."""
        fields = event.to_dict()
        name = fields.pop("event")
        level = "WARNING" if name == "warning" else "INFO"
        shown = ", ".join(f"{key}={value}" for key, value in fields.items() if value not in (None, "", ()))
        self.note(level, f"{name}: {shown}", steady=name in STEADY)

    def end(self, command: str, status: int, file: Path) -> None:
        """Say how the run ended, and write. A place that cannot be written to costs the log, not the command."""
        seconds = time.time() - self._began
        self.note("INFO" if status == 0 else "ERROR", f"{command}: status {status} after {seconds:.1f} s")
        with contextlib.suppress(OSError):
            _append(file, "".join(self._lines))
        self._lines = []


def _append(file: Path, text: str) -> None:
    try:
        size = file.stat().st_size
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        size = 0
    if size > LOG_BYTES:
        _rotate(file)
    # One write at the end of the file: lines of runs side by side do not mix.
    handle = current().open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, text.encode("utf-8", "replace"))
    finally:
        os.close(handle)


def _rotate(file: Path) -> None:
    """``audobon.log`` becomes ``audobon.log.1``, that ``.2``, and so on; the oldest goes."""
    names = [file, *(file.with_name(f"{file.name}.{number}") for number in range(1, KEPT_FILES + 1))]
    for older, newer in zip(reversed(names[1:]), reversed(names[:-1]), strict=True):
        with contextlib.suppress(FileNotFoundError):
            current().replace(newer, older)
