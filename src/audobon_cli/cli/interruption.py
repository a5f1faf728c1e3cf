"""Ctrl-C and SIGTERM: first asked politely at the next step, then at once."""

import signal
import threading
from types import FrameType
from typing import Any, Self

from audobon_cli.cli.output import Output

PICTURES = "Stopping at the next step; finished pictures are kept."
DOWNLOADS = "Stopping; what has arrived is kept, and the same command goes on from there."


class Interruption:
    """While entered, the first SIGINT or SIGTERM sets ``requested``; a second raises KeyboardInterrupt."""

    def __init__(self, output: Output, words: str = PICTURES) -> None:
        """``words`` tell what happens after the first one."""
        self.requested = False
        self._output = output
        self._words = words
        self._previous: dict[int, Any] = {}
        self._telling: threading.Thread | None = None

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        if self._telling is not None:
            self._telling.join()

    def should_stop(self) -> bool:
        """Whether a stop was asked for."""
        return self.requested

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        # In a thread of its own: a stream that is being written to when the signal comes cannot be written to here.
        self._telling = threading.Thread(target=self._tell, daemon=True)
        self._telling.start()

    def _tell(self) -> None:
        self._output.note(f"{self._words} Once more to stop at once.")
