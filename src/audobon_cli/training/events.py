"""What a training run says while it runs: see domain.events."""

from dataclasses import dataclass
from typing import ClassVar

from audobon_cli.domain.events import Event


@dataclass(frozen=True, slots=True)
class TrainingStarted(Event):
    """The run ``name`` makes its steps from ``step`` on, of ``steps``; ``pictures`` are learnt from, ``held_out`` only
    measured."""

    event: ClassVar[str] = "training_started"
    private: ClassVar[tuple[str, ...]] = ("name",)
    name: str
    step: int
    steps: int
    pictures: int
    held_out: int
    parameters: int


@dataclass(frozen=True, slots=True)
class TrainingStep(Event):
    """Step ``step`` (from 1) of ``steps`` had ``loss``; ``seconds`` since this process began to train."""

    event: ClassVar[str] = "training_step"
    step: int
    steps: int
    loss: float
    seconds: float


@dataclass(frozen=True, slots=True)
class TrainingMeasured(Event):
    """The losses after ``step`` on fixed noise: of pictures that were learnt, of those held out (None: there are none),
    and of the untrained model on the latter (on the former, if none are held out). ``words`` say what that means."""

    event: ClassVar[str] = "training_measured"
    step: int
    steps: int
    learnt: float
    held_out: float | None
    untrained: float
    best_step: int
    words: str


@dataclass(frozen=True, slots=True)
class TrainingSampled(Event):
    """The file ``path`` shows what the run draws after ``step``."""

    event: ClassVar[str] = "training_sampled"
    private: ClassVar[tuple[str, ...]] = ("path",)
    step: int
    path: str


@dataclass(frozen=True, slots=True)
class CheckpointWritten(Event):
    """What a resumed run goes on from is durable."""

    event: ClassVar[str] = "checkpoint_written"
    step: int
