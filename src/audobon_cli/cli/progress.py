"""Events as progress bars."""

from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from audobon_cli.cli.output import Output
from audobon_cli.domain.events import (
    AssetAdded,
    CandidateChosen,
    CandidateStarted,
    Event,
    ImageStarted,
    ModelLoaded,
    ModelLoading,
    StepDone,
)
from audobon_cli.domain.events import Progress as ProgressEvent
from audobon_cli.domain.foreign.text import visible
from audobon_cli.domain.units import format_bytes


class _RateColumn(ProgressColumn):
    """Units per second, or seconds per unit below one."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        unit = task.fields.get("unit", "step")
        if unit == "byte":
            return Text(f"{format_bytes(int(speed))}/s", style="progress.data.speed")
        text = f"{speed:.1f} {unit}s/s" if speed >= 1 else f"{1 / speed:.1f} s/{unit}"
        return Text(text, style="progress.data.speed")


class ProgressDisplay:
    """A listener that draws bars on ``console``: a spinner until the model is loaded, a bar of steps for pictures,
    one per counted task. Everything else goes to the output."""

    def __init__(self, output: Output, console: Console) -> None:
        self._output = output
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[place]}"),
            _RateColumn(),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
        )
        self._waiting: TaskID | None = None
        self._picture: TaskID | None = None
        self._pictures = 1
        self._candidate, self._candidates = 0, 1
        self._counted: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        # Before the first event an engine may take seconds to import: show that something happens.
        self._waiting = self._progress.add_task("Getting ready", total=None, place="")
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Take one event."""
        match event:
            case ModelLoading() if self._waiting is not None:
                self._progress.update(self._waiting, description=escape(visible(f"Loading {event.model}")))
            case ModelLoaded():
                self._stop_waiting()
            case ImageStarted():
                self._pictures = event.count
                self._candidate, self._candidates = 0, 1
                self._step(event.index, 0, event.steps)
            case CandidateStarted():
                self._candidate, self._candidates = event.candidate, event.candidates
            case CandidateChosen():
                pass
            case StepDone():
                self._step(event.index, event.step, event.steps, _memory(event))
            case AssetAdded():
                made = ("✓ already made: ", "green") if event.existing else ("✓ ", "green")
                self._progress.print(
                    Text.assemble(made, visible(event.name), f"  seed {event.seed}  ", (event.asset, "dim"))
                )
            case ProgressEvent():
                self._count(event)
            case _:
                self._output.event(event)

    def _step(self, index: int, step: int, steps: int, memory: str = "") -> None:
        candidate = (
            f"candidate {self._candidate + 1} of {self._candidates} · " if self._candidates > 1 else ""
        )
        place = f"picture {index + 1}/{self._pictures} · {candidate}step {step}/{steps}{memory}"
        done = (index * self._candidates + self._candidate) * steps + step
        total = self._pictures * self._candidates * steps
        if self._picture is None:
            self._picture = self._progress.add_task("Drawing", total=total, place=place)
        self._progress.update(self._picture, completed=done, total=total, place=place)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._progress.remove_task(self._waiting)
            self._waiting = None

    def _count(self, event: ProgressEvent) -> None:
        self._stop_waiting()
        if event.task not in self._counted:
            self._counted[event.task] = self._progress.add_task(
                event.task.capitalize(), total=event.total, place="", unit=event.unit.removesuffix("s")
            )
        place = f"{event.done}/{'?' if event.total is None else event.total} {event.unit}"
        if event.unit == "bytes":
            whole = "?" if event.total is None else format_bytes(event.total)
            place = f"{format_bytes(event.done)} of {whole}"
        self._progress.update(self._counted[event.task], completed=event.done, total=event.total, place=place)


def _memory(event: StepDone) -> str:
    """What the graphics card holds: ``" · 3.1/6.0 GB"``."""
    if event.memory_bytes is None or not event.memory_total_bytes:
        return ""
    return f" · {event.memory_bytes / 2**30:.1f}/{event.memory_total_bytes / 2**30:.1f} GB"
