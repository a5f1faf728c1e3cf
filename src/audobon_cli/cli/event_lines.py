"""Events as JSON lines: with the run that they belong to, and for steps how far it is and what is left."""

import time
from dataclasses import dataclass, field
from typing import Any

from audobon_cli.domain.events import Event, ImageStarted, StepDone, ignore
from audobon_cli.queue.progress import Tracker
from audobon_cli.training.events import TrainingStep


@dataclass(slots=True)
class EventLines:
    """Makes the lines of one run. ``run`` is its id, the same in every line and in the log."""

    run: str
    _began: float = field(default_factory=time.monotonic)
    _tracker: Tracker = field(default_factory=lambda: Tracker(ignore, 0))

    def line(self, event: Event) -> dict[str, Any]:
        """``event`` as an object, with ``run`` and ``elapsed_seconds``; a step with ``percent`` of all pictures of
        the run and ``remaining_seconds`` (None before there is anything to judge by) too."""
        if isinstance(event, ImageStarted):
            self._tracker.pieces = event.count
        self._tracker(event)
        added = {"run": self.run, "elapsed_seconds": round(time.monotonic() - self._began, 3)}
        if isinstance(event, StepDone | TrainingStep):
            progress = self._tracker.progress
            added |= {"percent": progress.percent, "remaining_seconds": progress.remaining_seconds}
        return {**event.to_dict(), **added}
