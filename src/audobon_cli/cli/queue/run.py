"""``audobon queue run``: doing the work."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.profiling import profiled
from audobon_cli.cli.queue.options import queue_of
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import AudobonError, Interrupted, InvalidInput, JobsIncomplete
from audobon_cli.domain.units import plural
from audobon_cli.queue.model import JobState

if TYPE_CHECKING:
    from audobon_cli.domain.events import Event, Listener
    from audobon_cli.queue.worker import LoopOptions

STOPPING = "Stopping at the next step; the jobs at hand go back to the queue."


class WorkerOptions(StrEnum):
    """Where workers run."""

    LOCAL = "local"
    RAY = "ray"


@dataclass(frozen=True, slots=True)
class WorkerPoolOptions:
    """Who works."""

    PANEL: ClassVar[str] = "Workers"

    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            "-w",
            min=1,
            max=1024,
            help="Worker processes, each on its own device (1); restarted when killed.",
        ),
    ] = None
    forever: Annotated[
        bool, typer.Option("--forever", help="Wait for more jobs when the queue is empty.")
    ] = False
    idle: Annotated[
        float | None,
        typer.Option(
            "--idle", metavar="SECONDS", min=0, help="With --forever: end after that many idle seconds."
        ),
    ] = None
    limit: Annotated[int, typer.Option("--max-jobs", min=0, help="Stop after this many jobs; 0: all.")] = 0
    detach: Annotated[
        bool,
        typer.Option("--detach", help="Run in the background, until the queue is empty or `queue stop`."),
    ] = False
    profile: Annotated[
        Path | None,
        typer.Option(
            "--profile", metavar="FILE", help="Write times of stages and layers, and memory, to FILE (.json)."
        ),
    ] = None
    detached: Annotated[bool, typer.Option("--detached", hidden=True, help="Nobody sees its end.")] = False
    supervised: Annotated[bool, typer.Option("--supervised", hidden=True, help="End when stdin does.")] = (
        False
    )


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Where a Ray cluster is, and what a worker takes of it."""

    PANEL: ClassVar[str] = "Ray"

    engine: Annotated[
        WorkerOptions, typer.Option("--engine", help="local: processes here; ray: actors on a Ray cluster.")
    ] = WorkerOptions.LOCAL
    address: Annotated[
        str | None,
        typer.Option(
            "--address", help="The Ray cluster: auto, or HOST:PORT; without it, one is started here."
        ),
    ] = None
    gpus: Annotated[
        float | None,
        typer.Option("--gpus", min=0, help="Graphics cards per Ray worker (1 if there are any)."),
    ] = None
    cpus: Annotated[float, typer.Option("--cpus", min=0, help="Processors per Ray worker.")] = 1.0


@dataclass
class RunTotals:
    """A listener that counts how attempts ended, and passes events on."""

    listen: "Listener"
    counts: dict[str, int] = field(
        default_factory=lambda: {"done": 0, "failed": 0, "dead": 0, "given_back": 0}
    )

    def __call__(self, event: "Event") -> None:
        """Take one event."""
        from audobon_cli.domain.events import JobEnded

        if isinstance(event, JobEnded):
            key = event.state if event.state in self.counts else "given_back"
            self.counts[key] += 1
        self.listen(event)


@command(
    "run",
    examples=[
        "audobon queue run",
        "audobon queue run --workers 2 --forever --detach",
        "audobon queue run --engine ray --address auto --workers 8",
    ],
)
def run(session: Session, *, pool_options: WorkerPoolOptions, cluster: ClusterOptions) -> None:
    """Run the queued jobs until none is left.

    Ctrl-C returns the running ones to the queue. Any number of these may run at once on one library: no job is
    done twice.
    """
    _check_profile(pool_options, cluster)
    session.workspace.library.require_writable()
    if pool_options.detach:
        _detach(session, pool_options, cluster)
        return
    with (
        _working(session, pool_options.supervised) as (tally, should_stop),
        profiled(session, pool_options.profile) as profile,
    ):
        if cluster.engine is WorkerOptions.RAY:
            _run_on_ray(session, pool_options, cluster, tally, should_stop)
        elif _unsupervised(session, pool_options):
            _run_here(session, pool_options, tally, should_stop)
        else:
            _run_children(session, pool_options, tally, should_stop)
        stopped = should_stop()
    _finish(session, tally, stopped, profile)


def _check_profile(pool_options: WorkerPoolOptions, cluster: ClusterOptions) -> None:
    """A profile is of one worker, which is then this process. Raises InvalidInput."""
    elsewhere = pool_options.detach or (pool_options.workers or 1) > 1 or cluster.engine is WorkerOptions.RAY
    if pool_options.profile is not None and elsewhere:
        raise InvalidInput(
            "--profile is of one worker in this process.", hint="leave out --workers, --detach and --engine"
        )


def _unsupervised(session: Session, pool_options: WorkerPoolOptions) -> bool:
    """Whether this process does the work itself: a supervised worker, engines that only this process has, and
    --debug with one worker, which shows what kills it."""
    if pool_options.supervised or pool_options.profile is not None:
        return True
    return (pool_options.workers or 1) == 1 and (session.options.debug or session.has_own_engines)


def _run_here(
    session: Session, pool_options: WorkerPoolOptions, tally: RunTotals, should_stop: "Stopper"
) -> None:
    from audobon_cli.queue.runners.registry import runners
    from audobon_cli.queue.worker import WorkLoop

    workspace, jobs = session.workspace, queue_of(session)
    options = _loop_options(pool_options, tally, should_stop)
    # What is drawn ahead of a limit would be drawn for nothing.
    ahead = not pool_options.limit
    with runners(workspace, workspace.engine(), workspace.scorer(), jobs, ahead) as ready:
        device = workspace.settings.device or workspace.vram.selector.card.device
        WorkLoop(jobs, ready, options).run(device, "local")


def _run_children(
    session: Session, pool_options: WorkerPoolOptions, tally: RunTotals, should_stop: "Stopper"
) -> None:
    from audobon_cli.queue.supervisor import Supervisor, worker_places

    words = ["queue", "run", "--workers", "1", "--supervised", "--events", *_passed_on(session)]
    words += _patience(pool_options)
    words += (
        ["--max-jobs", str(-(-pool_options.limit // (pool_options.workers or 1)))]
        if pool_options.limit
        else []
    )
    session.log.counts_events = False  # the children count what they do
    places = worker_places(pool_options.workers or 1, session.workspace.settings.device)
    listen = tally if len(places) == 1 else _in_brief(session, tally)
    given = _for_workers(session)
    Supervisor(words, listen, should_stop, variables=given).run(places)


def _run_on_ray(
    session: Session,
    pool_options: WorkerPoolOptions,
    cluster: ClusterOptions,
    tally: RunTotals,
    should_stop: "Stopper",
) -> None:
    from audobon_cli.cli.queue.node import host_on_node
    from audobon_cli.queue.ray_workers import RayWorkerPool, run_on_ray

    if session.workspace.settings.offline:
        raise InvalidInput(
            "A cluster is reached over the network.", hint="leave out --offline, or --engine ray"
        )
    wanted = RayWorkerPool(cluster.address, pool_options.workers, cluster.cpus, cluster.gpus, host_on_node)
    options = _loop_options(pool_options, _in_brief(session, tally), should_stop)
    run_on_ray(session.workspace, queue_of(session), wanted, options)


def _loop_options(
    pool_options: WorkerPoolOptions, listen: "Listener", should_stop: "Stopper"
) -> "LoopOptions":
    from audobon_cli.hardware.process_memory import resident_bytes
    from audobon_cli.queue.worker import LoopOptions

    return LoopOptions(
        pool_options.forever, pool_options.limit, pool_options.idle, listen, should_stop, resident_bytes
    )


class Stopper:
    """Whether to stop: after Ctrl-C, or, on a leash, when stdin has ended."""

    def __init__(self, leashed: bool) -> None:
        self.gone = False
        self.asked: Callable[[], bool] = lambda: False
        if leashed:
            threading.Thread(target=self._wait, daemon=True).start()

    def __call__(self) -> bool:
        """Asked at every step."""
        return self.gone or self.asked()

    def _wait(self) -> None:
        sys.stdin.read()
        self.gone = True


@contextmanager
def _working(session: Session, leashed: bool) -> "Iterator[tuple[RunTotals, Stopper]]":
    """Progress and Ctrl-C."""
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening

    should_stop = Stopper(leashed)
    with Interruption(session.out, STOPPING) as interruption, listening(session.out) as listen:
        should_stop.asked = interruption.should_stop
        yield RunTotals(listen), should_stop


def _in_brief(session: Session, tally: RunTotals) -> "Listener":
    """``tally`` for several workers: people see jobs end and how many there are, not the steps of each."""
    from audobon_cli.domain.events import JobEnded, JobStarted, Progress, Warned, WorkerStarted
    from audobon_cli.queue.status import queue_status

    if session.out.for_scripts:
        return tally
    turn = threading.Lock()

    def hear(event: "Event") -> None:
        with turn:
            if isinstance(event, JobEnded | JobStarted | Warned | WorkerStarted):
                tally(event)
            if isinstance(event, JobEnded):
                done = sum(tally.counts.values()) - tally.counts["given_back"] - tally.counts["failed"]
                tally.listen(Progress("jobs", done, done + queue_status(queue_of(session)).length, "jobs"))

    return hear


def _finish(session: Session, tally: RunTotals, stopped: bool, profile: "Mapping[str, Any]") -> None:
    """The result. A stop that left nothing undone is none; dead jobs of this run, and jobs that wait for some
    that will not be done, make it incomplete."""
    counts = queue_of(session).counts()
    waiting = counts.of(JobState.BLOCKED)
    error: AudobonError | None = None
    left = counts.of(JobState.QUEUED, JobState.FAILED, JobState.RUNNING)
    if stopped and (left or tally.counts["given_back"]):
        error = Interrupted(
            "Stopped; the jobs at hand went back.", hint="`audobon queue run` goes on from there"
        )
    elif tally.counts["dead"] or (waiting and not left and not counts.paused):
        error = JobsIncomplete(
            _incomplete(tally.counts["dead"], waiting),
            hint="`audobon queue list --state dead` says why; `audobon queue retry` tries again",
            dead=tally.counts["dead"],
            blocked=waiting,
        )
    if counts.paused and left and error is None:
        session.out.warn("The queue is paused, so that no job is begun: `audobon queue resume`.")
    data = {**tally.counts, "counts": {state.value: counts.of(state) for state in JobState}, **profile}
    session.finish(data, lambda: session.out.line(f"{_jobs(tally.counts['done'])} done"), error)


def _incomplete(dead: int, waiting: int) -> str:
    wait = f"{_jobs(waiting)} will never begin, because what is waited for will not be done."
    if not waiting:
        return f"{_jobs(dead)} died."
    return f"{_jobs(dead)} died, and {wait}" if dead else wait


def _jobs(count: int) -> str:
    return plural(count, "job")


def _patience(pool_options: WorkerPoolOptions) -> list[str]:
    """How long a worker of its own waits for more jobs."""
    words = ["--forever"] if pool_options.forever else []
    return words + ([] if pool_options.idle is None else ["--idle", str(pool_options.idle)])


def _passed_on(session: Session) -> list[str]:
    """Common options as a worker of its own needs them."""
    options = session.options
    words = ["--library", str(session.workspace.library_path)]
    return words + (["--offline"] if options.offline else [])


def _for_workers(session: Session) -> dict[str, str]:
    """Variables that workers need. Opens the library, since nobody can ask them for its passphrase."""
    workspace = session.workspace
    return workspace.library_access.for_workers if workspace.library.keys is not None else {}


def _detach(session: Session, pool_options: WorkerPoolOptions, cluster: ClusterOptions) -> None:
    from audobon_cli.engines.background import start_in_background

    words = ["queue", "run", "--detached", "--workers", str(pool_options.workers or 1)]
    words += ["--engine", cluster.engine.value]
    words += _patience(pool_options)
    words += ["--max-jobs", str(pool_options.limit), "--cpus", str(cluster.cpus), *_passed_on(session)]
    words += ["--address", cluster.address] if cluster.address else []
    words += ["--gpus", str(cluster.gpus)] if cluster.gpus is not None else []
    log = session.workspace.queue_log
    pid = start_in_background(words, log, variables=_for_workers(session))
    data = {"pid": pid, "log": str(log)}
    session.out.result(data, lambda: session.out.line(f"working in the background (pid {pid}); log: {log}"))
