"""The output files of processes in the background: rotated as the log is, by the processes themselves.

What is written to standard output and standard error, by Python or by whatever ends the process, goes on into the file
that has the name: nothing is copied or cut off, so that the last lines of a crash are there, and nothing lies between.
"""

import contextlib
import os
import stat
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.operations.log_file import LOG_BYTES, rotate, rotated
from audobon_cli.platforms import current

OUTPUT_FILE = "AUDOBON_OUTPUT_FILE"
"""The variable by which a process is told the name of the file that its output goes to."""
LOOK_SECONDS = 5.0


def open_output(file: Path) -> int:
    """A descriptor that adds to ``file``, which is rotated first if it is long. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if file.stat().st_size > LOG_BYTES:
            rotate(file)
    return _opened(file)


def keep_rotated() -> None:
    """Look after the output file of this process, if a variable names one, for as long as it lives; its children are
    not told of it."""
    named = os.environ.pop(OUTPUT_FILE, "")
    output = OutputFile.of(Path(named)) if named else None
    if output is not None:
        threading.Thread(target=_look_again, args=(output,), daemon=True).start()


def _look_again(output: "OutputFile") -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        with contextlib.suppress(OSError):  # a disk that is full, say: there is a next time
            output.look()


@dataclass(frozen=True, slots=True)
class OutputFile:
    """``path``, which the standard ``descriptors`` of this process write to; rotated above ``most_bytes``.

    Other processes may write to it, too: each goes on in the new file when it looks next, and writes to the old one,
    which keeps all, until then.
    """

    path: Path
    descriptors: tuple[int, ...]
    most_bytes: int = LOG_BYTES

    @classmethod
    def of(cls, path: Path, most_bytes: int = LOG_BYTES) -> "OutputFile | None":
        """The file of this process' output, which another may have rotated by now; None where that goes elsewhere."""
        files: list[os.stat_result] = []
        for file in rotated(path):
            with contextlib.suppress(OSError):
                files.append(file.stat())
        own = tuple(number for number in (1, 2) if _is_one_of(number, files))
        return cls(path, own, most_bytes) if own else None

    def look(self) -> None:
        """Rotate the file if it is too long, and go on in the new one, whoever rotated it. Raises OSError."""
        own = os.fstat(self.descriptors[0])
        try:
            is_named = os.path.samestat(own, self.path.stat())
        except FileNotFoundError:
            is_named = False
        if is_named and own.st_size <= self.most_bytes:
            return
        if is_named:
            rotate(self.path)
        fresh = _opened(self.path)
        try:
            for number in self.descriptors:
                os.dup2(fresh, number)
        finally:
            os.close(fresh)


def _is_one_of(descriptor: int, files: Sequence[os.stat_result]) -> bool:
    try:
        found = os.fstat(descriptor)
    except OSError:  # closed, as pythonw.exe has it
        return False
    return stat.S_ISREG(found.st_mode) and any(os.path.samestat(found, one) for one in files)


def _opened(file: Path) -> int:
    return current().open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
