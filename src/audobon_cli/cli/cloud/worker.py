"""``audobon cloud worker``."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.requests.cloud_contexts import CloudServices
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import Interrupted, InvalidInput
from audobon_cli.domain.units import plural

if TYPE_CHECKING:
    from audobon_cli.cloud.queue_runs.worker import TaskReport
    from audobon_cli.domain.events import Listener
    from audobon_cli.remotes.base import Remote

STOPPING = "Stopping at the next step; what is done is at the place."


@dataclass(frozen=True, slots=True)
class WhichSlices:
    """Which slices a worker does."""

    PANEL: ClassVar[str] = "Slices"

    run: Annotated[str, typer.Option("--run", metavar="RUN", help="The run whose slice is done.")] = ""
    task: Annotated[
        int | None,
        typer.Option(
            "--task", min=0, help="Which slice, from 0; Cloud Run and Kubernetes say it themselves."
        ),
    ] = None
    take: Annotated[
        bool, typer.Option("--next", help="The first slice of the run that no other worker has taken.")
    ] = False
    waiting: Annotated[
        bool, typer.Option("--waiting", help="All slices that wait for a schedule; within its month's sum.")
    ] = False


@command("worker", examples=["audobon cloud worker gs://my-bucket/audobon --run 4f2a91c07be3d658 --task 0"])
def worker(
    session: Session,
    place: Annotated[str, typer.Argument(metavar="PLACE", help="Where the run's slices and results lie.")],
    which: WhichSlices,
) -> None:
    """Do slices of a run; containers run this.

    It may be killed and begun again at any moment, here or elsewhere: jobs that have a result are passed over.
    """
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening

    if which.waiting == bool(which.run):
        raise InvalidInput("Which slices are meant is not said.", hint="give --run RUN, or --waiting")
    done: list[tuple[str, int | None, TaskReport]] = []
    with (
        Interruption(session.out, STOPPING) as interruption,
        listening(session.out) as listen,
        CloudServices(session) as services,
        closing(services.remote(place)) as remote,
    ):
        shift = _Shift(session, remote, listen, interruption.should_stop)
        with _within_limit(remote) if which.waiting else nullcontext():
            for run, task in _slices(remote, which):
                report = shift.superfluous(run) if task is None else shift.do(run, task, which)
                done.append((run, task, report))
                if interruption.should_stop():
                    break
        stopped = interruption.should_stop()
    _finish(session, done, which, stopped)


@dataclass(frozen=True, slots=True)
class _Shift:
    session: Session
    remote: "Remote"
    listen: "Listener"
    should_stop: "Callable[[], bool]"

    def superfluous(self, run: str) -> "TaskReport":
        from audobon_cli.cloud.queue_runs.worker import TaskReport

        return TaskReport(superfluous=True)

    def do(self, run: str, task: int, which: WhichSlices) -> "TaskReport":
        """One slice, in a library of its own."""
        from audobon_cli.cloud.queue_runs.choose_slices import finish_slice
        from audobon_cli.cloud.queue_runs.worker import (
            SliceTask,
            do_slice,
            is_superfluous,
            prepare_folder,
        )

        if not which.take and not which.waiting and is_superfluous(self.remote, run, os.environ):
            return self.superfluous(run)
        with tempfile.TemporaryDirectory(prefix="audobon-") as folder:
            library, inputs = prepare_folder(Path(folder))
            workspace = self.session.workspace_of(library)
            try:
                given = SliceTask(workspace, workspace.engine(), self.remote, run, task, inputs)
                report = do_slice(given, self.listen, self.should_stop)
            finally:
                workspace.close()
        if which.waiting and not self.should_stop():
            finish_slice(self.remote, run, task)
        return report


def _slices(remote: "Remote", which: WhichSlices) -> "Iterator[tuple[str, int | None]]":
    """Runs and slices to do; None where another worker has what is left."""
    from audobon_cli.cloud.queue_runs.choose_slices import next_slice, waiting_slices
    from audobon_cli.cloud.queue_runs.worker import task_index

    if which.waiting:
        yield from waiting_slices(remote)
    elif which.take:
        yield which.run, next_slice(remote, which.run, os.environ)
    else:
        yield which.run, task_index(which.task, os.environ)


def _within_limit(remote: "Remote") -> "AbstractContextManager[None]":
    from audobon_cli.cloud.schedules.limit import ScheduleLimit, counted

    return counted(ScheduleLimit.from_variables(os.environ), remote, os.environ)


def _finish(
    session: Session, done: "list[tuple[str, int | None, TaskReport]]", which: WhichSlices, stopped: bool
) -> None:
    drawn = sum(report.done for _, _, report in done)
    data: dict[str, Any] = {
        "run": which.run or None,
        "task": done[0][1] if done and not which.waiting else None,
        "slices": len(done),
        "done": drawn,
        "there": sum(report.there for _, _, report in done),
        "failed": sum(report.failed for _, _, report in done),
    }
    error = Interrupted("The task was stopped.", hint="begun again, it does the rest") if stopped else None
    session.finish(data, lambda: session.out.line(f"{plural(drawn, 'job')} done"), error)
    if any(report.superfluous for _, _, report in done):
        session.out.note("Another execution does this run; there is nothing to do here.")
