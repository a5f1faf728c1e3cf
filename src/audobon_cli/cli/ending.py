"""Being told to end by Ctrl-C or SIGTERM: in seconds, with status 130, and with words on what is kept."""

import os
import signal
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from audobon_cli.domain.errors import Interrupted
from audobon_cli.domain.errors.exit_status import ExitStatus
from audobon_cli.platforms import current

if TYPE_CHECKING:
    from audobon_cli.cli.session import Session

TIDYING_SECONDS = 5.0
"""How long a command may tidy up once it was told to end. Whatever it leaves behind is what a kill leaves, which
every store and every queue here bears."""

_SENT = "what the destination has got is kept, and the same command goes on from there"
_ARRIVED = "what has arrived is kept, and the same command goes on from there"
_LOOKING = "nothing was changed by it; run the same command again"
_PICTURES = "finished pictures are kept"
_FILED = "what was filed is in the library, and the same command passes it over"
KEPT = {
    "backup create": _SENT,
    "backup sync": _SENT,
    "library push": _SENT,
    "library pull": _ARRIVED,
    "library clone": _ARRIVED,
    "backup repair": "nothing was lost by that; run the same command again",
    "backup prune": "nothing that is needed was deleted; the same command goes on",
    "backup restore": "what was fetched is kept, and the same command goes on from there",
    "backup verify": _LOOKING,
    "backup drill": _LOOKING,
    "assets verify": "nothing was lost by that; run the same command again",
    "assets import": _FILED,
    "version import-git": _FILED,
    "models pull": _ARRIVED,
    "models update": _ARRIVED,
    "models verify": _LOOKING,
    "generate": _PICTURES,
    "queue run": "finished pictures are kept, and jobs that were begun go back to the queue",
    "queue watch": "the queue goes on without it",
    "reproduce": _LOOKING,
    "recipe run": _PICTURES,
    "vram profile": "what was measured before is kept",
    "providers test": "a picture that was asked for may still be made there; `audobon usage` shows what it cost",
}
OTHERS = "nothing is half-written; run the same command again"


def interrupted(command: str) -> Interrupted:
    """The error of a command that was told to end, with what became of its work."""
    return Interrupted("Interrupted.", hint=KEPT.get(command, OTHERS))


class Ending:
    """Sees to it that the program ends within TIDYING_SECONDS of the signal that it is to end by.

    ``session`` is the run that a signal would end.
    """

    def __init__(self) -> None:
        self.session: Session | None = None
        self.is_ending = False
        """Whether the program was told to end."""
        self._once = threading.Lock()

    def install(self) -> None:
        """Take over Ctrl-C, SIGTERM and what else asks to end; one that is ignored, as under nohup, stays so."""
        for number in current().stop_signals:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._handle)

    def tell(self, error: Interrupted) -> None:
        """Say once that the run was stopped."""
        if self.session is not None and self._once.acquire(blocking=False):
            self.session.out.failure(error, error.data)

    def leave(self, status: int) -> NoReturn:
        """End the process; without waiting for threads that send or fetch, if it was told to end."""
        if status == ExitStatus.INTERRUPTED:
            _exit_now()
        sys.exit(status)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.begin()
        raise KeyboardInterrupt

    def begin(self) -> None:
        """From now on the time runs."""
        if not self.is_ending:
            self.is_ending = True
            timer = threading.Timer(TIDYING_SECONDS, self._give_up)
            timer.daemon = True
            timer.start()

    def _give_up(self) -> None:
        self.tell(interrupted(self.session.out.command if self.session else ""))
        _exit_now()


def _exit_now() -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # whoever read it is gone
            continue
    os._exit(ExitStatus.INTERRUPTED)
