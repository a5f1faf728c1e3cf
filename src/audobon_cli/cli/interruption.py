"""Ctrl-C and SIGTERM: at once while there is nothing to lose, then politely at the next step, then at once."""

import signal
import threading
from types import FrameType
from typing import Any, NoReturn, Self

from audobon_cli.cli.output import Output
from audobon_cli.domain.events import AssetAdded, Event, ImageStarted, Progress, StepDone
from audobon_cli.platforms import current

PICTURES = "Stopping after this step; finished pictures are kept."
POLITE_SECONDS = 10.0
"""How long the next step may be waited for: loading a model and a step on a processor can take minutes."""
AGAIN = "Press Ctrl-C again to stop now."
DOWNLOADS = "Stopping; what has arrived is kept, and the same command goes on from there."


class Interruption:
    """While entered, the first SIGINT or SIGTERM sets ``requested``; a second, or POLITE_SECONDS without a step, raises
    KeyboardInterrupt.

    With ``eager`` the first one does, too, until work has begun: nothing is lost while libraries are imported, a
    model is loaded or a host is asked.
    """

    def __init__(
        self, output: Output, words: str = PICTURES, eager: bool = False, again: str = AGAIN
    ) -> None:
        """``words`` tell what happens after the first one, ``again`` what another one does; without either nothing is
        told."""
        self.requested = False
        self._has_begun = not eager
        self._output = output
        self._words = f"{words} {again}".rstrip()
        self._previous: dict[int, Any] = {}
        self._telling: threading.Thread | None = None
        self._waiting: threading.Timer | None = None

    def __enter__(self) -> Self:
        for number in current().stop_signals:
            self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        if self._telling is not None:
            self._telling.join()

    def should_stop(self) -> bool:
        """Whether a stop was asked for."""
        return self.requested

    def hear(self, event: Event) -> None:
        """Take one event of the work: it tells when there is something to lose."""
        if isinstance(event, ImageStarted | AssetAdded | StepDone) or (
            isinstance(event, Progress) and event.done > 0
        ):
            self._has_begun = True

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.requested or not self._has_begun:
            self._end(number, frame)
        self.requested = True
        # In a thread of its own: a stream that is being written to when the signal comes cannot be written to here.
        self._telling = threading.Thread(target=self._tell, daemon=True)
        self._telling.start()
        self._waiting = threading.Timer(POLITE_SECONDS, _signal_again)
        self._waiting.daemon = True
        self._waiting.start()

    def _end(self, number: int, frame: FrameType | None) -> NoReturn:
        """As whoever saw to the signal before does it, if it was a handler of the program."""
        before = self._previous.get(number)
        if callable(before):
            before(number, frame)
        raise KeyboardInterrupt

    def _tell(self) -> None:
        if self._words:
            self._output.note(self._words)


def _signal_again() -> None:
    """As if asked a second time. To the main thread itself, so that it wakes from what it waits for."""
    current().interrupt_main_thread()
