"""Events as one view of progress, of two lines at most: what is being done, then all of it and what is left."""

import sys
import time
from collections.abc import Iterable
from typing import Self

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.progress import Progress, Task, TaskID
from rich.spinner import Spinner
from rich.text import Text

from audobon_cli.cli.output import Output
from audobon_cli.cli.screen.event_words import host_of
from audobon_cli.cli.screen.progress_lines import DOING, LinePart, progress_line
from audobon_cli.cli.screen.training_progress import TRAINING, TrainingProgress, measured_line
from audobon_cli.domain.events import (
    AssetAdded,
    CandidateChosen,
    CandidateStarted,
    Event,
    ImageStarted,
    ModelLoaded,
    ModelLoading,
    SourceRetried,
    StepDone,
)
from audobon_cli.domain.events import Progress as ProgressEvent
from audobon_cli.domain.foreign.text import visible_line
from audobon_cli.domain.units import format_bytes, format_seconds, plural
from audobon_cli.training.events import TrainingMeasured, TrainingStarted, TrainingStep

ALL_FILES = "all files"
"""The task of a download that adds up the others: see transfer.parallel."""
RUNNING_FILES = 3
HEAVY = ("torch", "onnxruntime")
"""What takes seconds to import, and would look like nothing happening."""
ALL = "all"


class _Pictures:
    """How far the pictures of a run are. Several may be drawn at once: the one heard of last is named."""

    def __init__(self) -> None:
        self.count, self.index, self.step, self.steps = 1, 0, 0, 0
        self.prompt = ""
        self.memory = ""
        self.candidates: dict[int, tuple[int, int]] = {}
        self.seeds: dict[int, int] = {}
        self._steps_done: dict[int, int] = {}

    def begin(self, event: ImageStarted) -> None:
        """A picture begins, perhaps anew."""
        self.count, self.index, self.step, self.steps = event.count, event.index, 0, event.steps
        self.prompt = event.prompt
        self.seeds[event.index] = event.seed
        self.candidates.pop(event.index, None)
        self._steps_done[event.index] = 0

    def step_done(self, event: StepDone) -> None:
        """A step of a picture, or of a candidate for it."""
        self.index, self.step, self.steps = event.index, event.step, event.steps
        candidate, _ = self.candidates.get(event.index, (0, 1))
        self._steps_done[event.index] = candidate * event.steps + event.step
        self.memory = _memory(event)

    def finish(self, index: int) -> None:
        """The picture is there, drawn or found."""
        self._steps_done[index] = self._each

    @property
    def _each(self) -> int:
        return max((count for _, count in self.candidates.values()), default=1) * max(self.steps, 1)

    @property
    def done(self) -> int:
        """Steps of all pictures so far."""
        return sum(self._steps_done.values())

    @property
    def total(self) -> int:
        """Steps of all pictures of the run."""
        return self.count * self._each


class _Lines(Progress):
    """Rich's book-keeping of rates and times left, with lines of our own."""

    def __init__(self, display: "ProgressDisplay", console: Console) -> None:
        self._display = display
        super().__init__(console=console, transient=True)

    def get_renderables(self) -> Iterable[RenderableType]:
        """The lines as they are now."""
        yield _AtWidth(self._display)


class _AtWidth:
    """The lines in the width that the terminal has at this moment."""

    def __init__(self, display: "ProgressDisplay") -> None:
        self._display = display

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self._display.lines(options.max_width)


class ProgressDisplay:
    """A listener that draws on ``console``: what it waits for, then a line of what is being done and one of all.

    ``waiting`` says what is done before the first event. Everything else goes to the output.
    """

    def __init__(self, output: Output, console: Console, waiting: str = "Getting ready") -> None:
        self._output = output
        self._progress = _Lines(self, console)
        self._spinner = Spinner("dots")
        self._waiting: str | None = waiting
        self._usual = waiting
        self._since = time.monotonic()
        self._retried = self._asked = ""
        self._pictures = _Pictures()
        self._training = TrainingProgress()
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Take one event."""
        match event:
            case ModelLoading():
                self._wait(f"Loading {visible_line(event.model)}")
            case ModelLoaded():
                self._wait(None)
            case ImageStarted():
                self._wait(None)
                self._pictures.begin(event)
                self._draw()
            case CandidateStarted():
                self._pictures.candidates[event.index] = (event.candidate, event.candidates)
            case CandidateChosen():
                pass
            case StepDone():
                self._pictures.step_done(event)
                self._draw()
            case AssetAdded():
                self._tell(event)
            case _:
                self._take_other(event)

    def _take_other(self, event: Event) -> None:
        """Take an event of what draws no pictures."""
        match event:
            case SourceRetried():
                self._ask_again(event)
            case TrainingStarted() | TrainingStep() | TrainingMeasured():
                self._train(event)
            case ProgressEvent():
                self._go_on(event)
            case _:
                self._output.event(event)

    def _wait(self, what: str | None) -> None:
        if what != self._waiting:
            self._waiting, self._since = what, time.monotonic()

    def _ask_again(self, event: SourceRetried) -> None:
        self._retried = f"try {event.attempt} of {event.attempts}"
        self._asked = f"Asking {visible_line(host_of(event.source))} · {self._retried}"
        if self._waiting is not None:
            self._wait(self._asked)

    def _go_on(self, event: ProgressEvent) -> None:
        self._wait(None)
        if event.task in self._tasks and event.done > self._progress.tasks[self._tasks[event.task]].completed:
            self._retried = ""
        self._update(event.task, event.done, event.total, event.unit)

    def _train(self, event: TrainingStarted | TrainingStep | TrainingMeasured) -> None:
        self._wait(None)
        self._training.hear(event)
        if isinstance(event, TrainingMeasured):
            if event.step:
                self._progress.print(measured_line(event))
        else:
            first = self._training.first
            self._update(TRAINING, event.step - first, event.steps - first, "steps")

    def _draw(self) -> None:
        self._update(ALL, self._pictures.done, self._pictures.total, "steps")

    def _update(self, task: str, done: int, total: int | None, unit: str) -> None:
        if task not in self._tasks:
            self._tasks[task] = self._progress.add_task(task, total=total, unit=unit)
        self._progress.update(self._tasks[task], completed=done, total=total)

    def _tell(self, event: AssetAdded) -> None:
        """A line for a finished picture, above the progress."""
        pictures = self._pictures
        _, candidates = pictures.candidates.get(event.index, (0, 1))
        asked = pictures.seeds.get(event.index, event.seed)
        best = ""
        if candidates > 1 and not event.existing:
            best = f"best of {candidates}" + (f" ({event.seed})" if event.seed != asked else "")
        parts = [
            LinePart("✓ already made" if event.existing else "✓", style="green"),
            LinePart(f"{event.index + 1}/{event.count}" if event.count > 1 else ""),
            LinePart(visible_line(event.name), name=True),
            LinePart(f"seed {asked if best else event.seed}"),
            LinePart(best, drop=2),
            LinePart(event.asset[:10], drop=1, style="dim"),
        ]
        self._progress.print(progress_line(parts, None, self._progress.console.width, 0))
        pictures.finish(event.index)
        if ALL in self._tasks:
            self._draw()

    def lines(self, width: int) -> list[Text]:
        """What is drawn now in ``width`` cells, two lines at most."""
        spinner = self._spinner.render(time.monotonic())
        assert isinstance(spinner, Text)
        found = self._now(width - 2)
        return [Text.assemble(spinner if place == 0 else " ", " ", line) for place, line in enumerate(found)]

    def _now(self, width: int) -> list[Text]:
        if self._waiting is not None:
            seconds = time.monotonic() - self._since
            return [progress_line([LinePart(f"{self._what()} · {seconds:.0f} s", name=True)], None, width, 0)]
        by_name = {name: self._progress.tasks[task] for name, task in self._tasks.items()}
        if TRAINING in by_name:
            return self._training.lines(width, _left(by_name[TRAINING]))
        if ALL in by_name:
            return self._picture_lines(by_name[ALL], width)
        if ALL_FILES in by_name:
            files = [name for name, task in by_name.items() if name != ALL_FILES and not task.finished]
            names = ", ".join(visible_line(name) for name in files[-RUNNING_FILES:])
            line = progress_line(
                [LinePart(names or "Downloading", name=True), LinePart(self._retried)], None, width, 0
            )
            return [line, _counted("all", by_name[ALL_FILES], width)]
        running = [(name, task) for name, task in by_name.items() if not task.finished] or [*by_name.items()]
        if self._retried and running:
            name, task = running[-1]
            asked = progress_line([LinePart(self._asked, name=True)], None, width, 0)
            return [_counted(_doing(name), task, width), asked]
        return [_counted(_doing(name), task, width) for name, task in running[-2:]]

    def _what(self) -> str:
        """What is waited for. What an import reads is seen in the table of modules."""
        heavy = next((name for name in HEAVY if name in sys.modules), "")
        if self._waiting == self._usual and heavy:
            return f"Importing {heavy}"
        return self._waiting or ""

    def _picture_lines(self, task: Task, width: int) -> list[Text]:
        now = self._pictures
        candidate, candidates = now.candidates.get(now.index, (0, 1))
        several = now.count > 1
        parts = [
            LinePart(f"{now.index + 1}/{now.count}" if several else ""),
            LinePart(visible_line(now.prompt), drop=4, name=True),
            LinePart(f"candidate {candidate + 1} of {candidates}" if candidates > 1 else "", drop=1),
            LinePart(f"step {now.step}/{now.steps}"),
            LinePart(_rate(task), drop=3, style="dim"),
            LinePart(now.memory, drop=2, style="dim"),
        ]
        if not several and candidates == 1:
            parts += [LinePart(_percent(task)), LinePart(_left(task))]
            return [progress_line(parts, _share(task), width, 4)]
        share = now.step / now.steps if now.steps else 0.0
        whole = [LinePart("all"), LinePart(_percent(task)), LinePart(_left(task))]
        return [progress_line(parts, share, width, 4), progress_line(whole, _share(task), width, 1)]


def _counted(what: str, task: Task, width: int) -> Text:
    """A counted task in one line."""
    unit, done = task.fields["unit"], int(task.completed)
    if unit == "bytes":
        whole = "" if task.total is None else f" of {format_bytes(int(task.total))}"
        place = f"{format_bytes(done)}{whole}"
    else:
        noun = unit.removesuffix("s")
        place = plural(done, noun) if task.total is None else f"{done:,} of {plural(int(task.total), noun)}"
    parts = [
        LinePart(what, name=True),
        LinePart(place),
        LinePart(_percent(task), drop=2),
        LinePart(_rate(task), drop=3, style="dim"),
        LinePart(_left(task), drop=1),
    ]
    return progress_line(parts, _share(task), width, 1)


def _doing(task: str) -> str:
    return DOING.get(task, visible_line(task))


def _share(task: Task) -> float | None:
    return None if task.total is None else task.completed / task.total if task.total else 1.0


def _percent(task: Task) -> str:
    share = _share(task)
    return "" if share is None else f"{share:.0%}".replace("%", " %").rjust(5)


def _left(task: Task) -> str:
    seconds = task.time_remaining
    return (
        ""
        if seconds is None or task.finished
        else f"{format_seconds(max(round(seconds), 0) or 1)} left".replace(".0", "")
    )


def _rate(task: Task) -> str:
    """Units per second, or seconds per unit below one."""
    speed, unit = task.finished_speed or task.speed, task.fields["unit"]
    if not speed:
        return ""
    if unit == "bytes":
        return f"{format_bytes(int(speed))}/s"
    return f"{speed:.0f} {unit}/s" if speed >= 1 else f"{1 / speed:.1f} s/{unit.removesuffix('s')}"


def _memory(event: StepDone) -> str:
    """What the graphics card holds: ``"3.1 of 6.0 GiB"``."""
    if event.memory_bytes is None or not event.memory_total_bytes:
        return ""
    return f"{event.memory_bytes / 2**30:.1f} of {format_bytes(event.memory_total_bytes)}"
