"""How far a job is, from the events of its run."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from audobon_cli.domain.events import (
    AssetAdded,
    CandidateStarted,
    Event,
    ImageStarted,
    Listener,
    ModelLoading,
    Progress,
    StepDone,
)
from audobon_cli.queue.model import DRAWING, LOADING, TRAINING, JobProgress
from audobon_cli.training.events import TrainingStarted, TrainingStep


@dataclass(slots=True)
class Tracker:
    """A listener that keeps ``progress`` and passes every event on."""

    listen: Listener
    pieces: int
    clock: Callable[[], float] = time.monotonic
    progress: JobProgress = field(default_factory=JobProgress)
    _began: float | None = None
    _candidate: tuple[int, int] = (0, 1)
    _first_steps: float = 0.0

    def __call__(self, event: Event) -> None:
        """Take one event."""
        match event:
            case ModelLoading():
                self._set(doing=LOADING)
            case TrainingStarted():
                self._began, self._first_steps = self.clock(), event.step
                self._set(step=event.step, steps=event.steps, doing=TRAINING)
            case TrainingStep():
                self._train(event)
            case ImageStarted():
                self._candidate = (0, 1)
                self._begin(event.index, event.steps)
            case CandidateStarted():
                self._candidate = (event.candidate, event.candidates)
            case StepDone():
                self._step(event)
            case Progress() if not self.pieces and event.total:
                self._count(event, event.total)
            case AssetAdded():
                self._set(piece=event.index + 1, step=0, doing="")
        self.listen(event)

    def _begin(self, piece: int, steps: int) -> None:
        if self._began is None:
            self._began, self._first_steps = self.clock(), piece * steps
        self._set(piece=piece, step=0, steps=steps, doing=DRAWING, picture="", picture_step=0)

    def _step(self, event: StepDone) -> None:
        candidate, candidates = self._candidate
        step, steps = candidate * event.steps + event.step, candidates * event.steps
        done = event.index * steps + step - self._first_steps * candidates
        left = max(self.pieces, 1) * steps - event.index * steps - step
        remaining = None
        if self._began is not None and done > 0:
            remaining = round((self.clock() - self._began) / done * left, 1)
        self._set(
            piece=event.index,
            step=step,
            steps=steps,
            remaining_seconds=remaining,
            memory_bytes=event.memory_bytes,
            memory_total_bytes=event.memory_total_bytes,
            doing=DRAWING,
        )

    def _train(self, event: TrainingStep) -> None:
        done = event.step - self._first_steps
        remaining = None
        if self._began is not None and done > 0:
            remaining = round((self.clock() - self._began) / done * (event.steps - event.step), 1)
        self._set(step=event.step, steps=event.steps, remaining_seconds=remaining, doing=TRAINING)

    def show(self, step: int, picture: bytes) -> None:
        """Take the picture of a step, a PNG."""
        self._set(picture=base64.b64encode(picture).decode(), picture_step=step)

    def _count(self, event: Progress, total: int) -> None:
        """Of a job that files nothing by itself: in hundredths, because the units may be bytes."""
        if event.task != self.progress.doing or self._began is None:
            self._began, self._first_steps = self.clock(), event.done
        done, remaining = event.done - self._first_steps, None
        if done > 0:
            remaining = round((self.clock() - self._began) / done * (total - event.done), 1)
        share = 100 * event.done // total
        self._set(step=share, steps=100, remaining_seconds=remaining, doing=event.task)
        self.progress = replace(self.progress, pieces=1)

    def _set(self, **changes: object) -> None:
        self.progress = replace(self.progress, pieces=self.pieces, **changes)  # type: ignore[arg-type]
