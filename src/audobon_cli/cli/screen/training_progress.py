"""A training run on a terminal: its losses in one line, steps and time left in another."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from audobon_cli.cli.screen.progress_lines import LinePart, progress_line
from audobon_cli.domain.events import Event
from audobon_cli.domain.foreign.text import visible_line
from audobon_cli.training.events import TrainingMeasured, TrainingStarted, TrainingStep

if TYPE_CHECKING:
    from rich.text import Text

TRAINING = "training"
"""The task of the steps."""
SMOOTHED = 0.95
"""The share of earlier losses in the one that is shown: a batch alone says little, its times are others each time."""


class TrainingProgress:
    """How far a training run is, and its losses."""

    def __init__(self) -> None:
        self.run, self.step, self.steps, self.first = "", 0, 0, 0
        self.loss: float | None = None
        self.measured: TrainingMeasured | None = None

    def hear(self, event: TrainingStarted | TrainingStep | TrainingMeasured) -> None:
        """Take one event of a run."""
        match event:
            case TrainingStarted():
                self.run, self.first = event.name, event.step
                self.step, self.steps = event.step, event.steps
            case TrainingStep():
                self.step, self.steps = event.step, event.steps
                before = event.loss if self.loss is None else self.loss
                self.loss = SMOOTHED * before + (1 - SMOOTHED) * event.loss
            case TrainingMeasured():
                self.measured = event

    def parts(self) -> list[LinePart]:
        """The losses: of the last steps, of pictures held out, of the untrained model on these."""
        found = [LinePart(f"loss {self.loss:.4f}" if self.loss is not None else "", drop=2)]
        if self.measured is not None and self.measured.step:
            judged = self.measured.held_out
            named = "held out" if judged is not None else "learnt"
            value = self.measured.learnt if judged is None else judged
            found.append(LinePart(f"{named} {value:.4f}"))
            found.append(LinePart(f"untrained {self.measured.untrained:.4f}", drop=1))
        return found

    def lines(self, width: int, left: str) -> "list[Text]":
        """What is drawn in ``width`` cells; ``left`` is the time left in words."""
        share = self.step / self.steps if self.steps else 0.0
        losses = [LinePart(visible_line(self.run), name=True, drop=3), *self.parts()]
        percent = f"{share:.0%}".replace("%", " %")
        whole = [LinePart(f"step {self.step}/{self.steps}"), LinePart(percent), LinePart(left)]
        return [progress_line(losses, None, width, 0), progress_line(whole, share, width, 1)]


def tell_measured(event: Event, note: Callable[[str], None]) -> None:
    """Say a measurement, but for the one before the first step."""
    if isinstance(event, TrainingMeasured) and event.step:
        note(measured_line(event))


def measured_line(event: TrainingMeasured) -> str:
    """A measurement in a line."""
    held = "" if event.held_out is None else f", held out {event.held_out:.4f}"
    return (
        f"step {event.step}: learnt {event.learnt:.4f}{held} (untrained {event.untrained:.4f}). {event.words}"
    )
