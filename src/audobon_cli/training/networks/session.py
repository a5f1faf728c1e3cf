"""A run in this process: from its checkpoint on to its last step, measured, drawn and kept on the way."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from audobon_cli.domain.errors import Interrupted
from audobon_cli.domain.events import Listener
from audobon_cli.domain.model import Model
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import ShouldStop
from audobon_cli.training.events import (
    CheckpointWritten,
    TrainingMeasured,
    TrainingSampled,
    TrainingStarted,
    TrainingStep,
)
from audobon_cli.training.networks.checkpoints import load_checkpoint, save_checkpoint
from audobon_cli.training.networks.drawing import draw_in_memory
from audobon_cli.training.networks.examples import PictureOpener, encode_set
from audobon_cli.training.networks.families.registry import trainable_class
from audobon_cli.training.networks.steps import Losses, Trainer
from audobon_cli.training.run import RunFolder, TrainingRun
from audobon_cli.training.words import LossHistory

if TYPE_CHECKING:
    from PIL.Image import Image

CHECKPOINT_COPIES = 5
"""Of the trained weights: weights, averages, the best, and two moments of the optimiser."""
NUMBER_BYTES = 4
SPACE = 4
"""Pixels between sample pictures."""


@dataclass(frozen=True, slots=True)
class TrainingPlace:
    """Where a run is trained: ``model`` on ``device`` (None: the best), pictures opened by ``open_picture``,
    ``samples`` the requests that are drawn on the way; standing in ``folder``."""

    run: TrainingRun
    model: Model
    folder: RunFolder
    open_picture: PictureOpener
    samples: Sequence[ResolvedRequest] = ()
    device: str | None = None
    listen: Listener = lambda event: None
    should_stop: ShouldStop = lambda: False
    clock: Callable[[], float] = time.monotonic


@dataclass(slots=True)
class TrainingSession:
    """Trains one run. ``trainer`` is there once ``load`` has been called."""

    place: TrainingPlace
    _trainer: Trainer | None = None
    _began: float = 0.0
    _kept: float = 0.0
    _drawn: list[int] = field(default_factory=list)

    @property
    def trainer(self) -> Trainer:
        """See the class."""
        assert self._trainer is not None, "load comes first"
        return self._trainer

    def load(self) -> Trainer:
        """Load the model, encode the pictures, go to where the checkpoint is. Raises what that raises, Interrupted."""
        place, settings = self.place, self.place.run.settings
        if settings.threads:
            torch.set_num_threads(settings.threads)
        trainable = trainable_class(place.model).load(place.model, place.device)
        trainable.configure(settings)
        examples = encode_set(
            trainable, place.run.pictures, place.open_picture, settings.mirror, place.should_stop
        )
        self._trainer = Trainer(trainable, examples, settings)
        # The new checkpoint is whole before the old one goes.
        place.folder.check_room(2 * CHECKPOINT_COPIES * NUMBER_BYTES * self._trainer.layers.count)
        load_checkpoint(self._trainer, place.folder.checkpoint, place.run.digest)
        place.folder.forget_after(self._trainer.standing.step)
        return self._trainer

    def train(self) -> None:
        """Make the steps that are left. Raises Interrupted, behind a checkpoint, when it is asked to stop;
        TrainingDiverged, with a checkpoint of before."""
        place, trainer = self.place, self.trainer
        standing = trainer.standing
        self._began = self._kept = place.clock()
        place.listen(
            TrainingStarted(
                place.run.name,
                standing.step,
                trainer.steps,
                len(trainer.examples.learnt),
                len(trainer.examples.held_out),
                trainer.layers.count,
            )
        )
        if standing.untrained is None:
            self._measure()
        while not trainer.over:
            if place.should_stop():
                self._stop()
            loss = trainer.advance()
            seconds = place.clock() - self._began
            place.listen(TrainingStep(standing.step, trainer.steps, round(loss, 6), round(seconds, 3)))
            last = standing.step == trainer.steps
            if last or standing.step % place.run.settings.measure_every == 0:
                self._measure()
            if last or (
                place.run.settings.sample_every and standing.step % place.run.settings.sample_every == 0
            ):
                self._sample()
            if place.clock() - self._kept >= place.run.settings.checkpoint_seconds:
                self._keep()
        self._keep()

    def _stop(self) -> None:
        self._keep()
        raise Interrupted(
            f"Stopped behind step {self.trainer.standing.step}, which is kept.",
            hint=f"`audobon train resume {self.place.run.name}` goes on from there",
        )

    def _keep(self) -> None:
        save_checkpoint(self.trainer, self.place.folder.checkpoint, self.place.run.digest)
        self._kept = self.place.clock()
        self.place.listen(CheckpointWritten(self.trainer.standing.step))

    def _measure(self) -> None:
        trainer, standing = self.trainer, self.trainer.standing
        recent = list(standing.recent)
        losses = trainer.measure()
        trainer.judge(losses)
        history = history_of(trainer, losses)
        entry: dict[str, Any] = {
            "step": standing.step,
            "learnt": losses.learnt,
            "held_out": losses.held_out,
            "untrained": history.untrained,
            "loss": sum(recent) / len(recent) if recent else None,
            "rate": trainer.settings.rate_at(standing.step, trainer.steps),
            "best_step": standing.best_step,
            "words": history.words() if standing.step else "",
        }
        self.place.folder.note(entry)
        self.place.listen(
            TrainingMeasured(
                standing.step,
                trainer.steps,
                losses.learnt,
                losses.held_out,
                history.untrained,
                standing.best_step,
                entry["words"],
            )
        )

    def _sample(self) -> None:
        """Draw the samples side by side into the run's folder."""
        place, trainer = self.place, self.trainer
        if not place.samples:
            return
        try:
            with trainer.layers.holding(trainer.averages):
                drawn = draw_in_memory(trainer.trainable, place.samples, place.should_stop)
        except Interrupted:
            self._stop()
        path = place.folder.samples / f"step-{trainer.standing.step:06d}.png"
        beside(drawn).save(path)
        place.listen(TrainingSampled(trainer.standing.step, str(path)))


def history_of(trainer: Trainer, losses: Losses) -> LossHistory:
    """The losses of ``trainer`` up to now, of which ``losses`` are the last."""
    standing = trainer.standing
    assert standing.untrained is not None
    assert standing.best is not None
    return LossHistory(
        standing.untrained.learnt,
        standing.untrained.held_out,
        losses.learnt,
        losses.held_out,
        standing.best.judged,
        standing.stale,
    )


def beside(pictures: Sequence["Image"]) -> "Image":
    """``pictures`` in a row."""
    from PIL import Image

    height = max(one.height for one in pictures)
    width = sum(one.width for one in pictures) + SPACE * (len(pictures) - 1)
    row = Image.new("RGBA", (width, height))
    left = 0
    for one in pictures:
        row.paste(one, (left, 0))
        left += one.width + SPACE
    return row
