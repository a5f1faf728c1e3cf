"""Commands on a pseudo-terminal, and the screen that a person would see."""

import os
import select
import signal
import struct
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pyte
import pytest

from tests.waiting import PATIENCE_SECONDS

fcntl = pytest.importorskip("fcntl", reason="of what only POSIX has")
pty = pytest.importorskip("pty", reason="of what only POSIX has")
termios = pytest.importorskip("termios", reason="of what only POSIX has")

CTRL_C = b"\x03"
CTRL_D = b"\x04"
LINES = 400
"""So high that nothing scrolls away: a golden screen is a whole answer."""


@dataclass
class Terminal:
    """``audobon ARGV`` on a terminal of ``columns``; ``folder`` is where it runs."""

    argv: tuple[str, ...]
    columns: int = 80
    folder: Path = field(default_factory=Path.cwd)
    environment: Mapping[str, str] = field(default_factory=dict)
    lines: int = LINES
    program: tuple[str, ...] = (sys.executable, "-m", "audobon_cli")

    def __enter__(self) -> Self:
        self._screen = pyte.Screen(self.columns, self.lines)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        environment = {**os.environ, "TERM": "xterm-256color", "PAGER": "cat", **self.environment}
        for name in ("COLUMNS", "LINES"):
            environment.pop(name, None)
        self._child, self._end = pty.fork()
        if self._child == 0:
            # Here and not from outside: the program may ask before that comes to it.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", self.lines, self.columns, 0, 0))
            os.chdir(self.folder)
            os.execve(self.program[0], [*self.program, *self.argv], environment)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._end)
        if self._child:
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)

    @property
    def text(self) -> str:
        """What is on the screen, without the spaces at the ends of lines."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def wait_for(self, words: str) -> None:
        """Read until ``words`` are on the screen."""
        end = time.monotonic() + PATIENCE_SECONDS
        while words not in self.text:
            assert time.monotonic() < end, f"{words!r} did not come:\n{self.text}"
            if not self._read(0.5):
                raise AssertionError(f"it ended without {words!r}:\n{self.text}")

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._end, keys)

    def interrupt(self) -> None:
        """Ctrl-C where nobody asks: the terminal sends the signal."""
        self.type(CTRL_C)

    def status(self) -> int:
        """Read to the end; the exit status."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self._read(0.5):
            assert time.monotonic() < end, f"it did not end:\n{self.text}"
        _, status = os.waitpid(self._child, 0)
        self._child = 0
        return os.waitstatus_to_exitcode(status)

    def _read(self, seconds: float) -> bool:
        """Take what is written within ``seconds``; False at the end."""
        if select.select([self._end], [], [], seconds)[0]:
            try:
                data = os.read(self._end, 65536)
            except OSError:  # EIO: so Linux says that the other side has closed
                return False
            if not data:
                return False
            self.raw += data
            self._stream.feed(data)
        return True


def screen_of(*argv: str, columns: int = 80, folder: Path | None = None) -> str:
    """What ``audobon ARGV`` leaves on the screen."""
    with Terminal(argv, columns, folder or Path.cwd()) as terminal:
        terminal.status()
        return terminal.text
