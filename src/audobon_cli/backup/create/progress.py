"""How far long work is, in bytes."""

import time

from audobon_cli.domain.events import Listener, Progress, ignore

TELL_EVERY_SECONDS = 0.1


class ByteProgress:
    """Counts bytes as they are done, and tells the listener some times a second. Threads may share it."""

    def __init__(self, listen: Listener = ignore, task: str = "", total: int = 0) -> None:
        self._listen, self._task, self.total = listen, task, total
        self.done = 0
        self._reported = 0.0

    def add(self, count: int) -> None:
        """So many bytes more are done."""
        self.done += count
        now = time.monotonic()
        if now - self._reported > TELL_EVERY_SECONDS:
            self._reported = now
            self._listen(Progress(self._task, min(self.done, self.total), self.total, "bytes"))

    def finish(self) -> None:
        """All of it is done."""
        self._listen(Progress(self._task, self.total, self.total, "bytes"))
