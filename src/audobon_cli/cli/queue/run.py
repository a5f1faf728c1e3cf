"""``audobon queue run``: doing the work."""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.options import command
from audobon_cli.cli.profiling import profiled
from audobon_cli.cli.queue.options import queue_of
from audobon_cli.cli.queue.run_options import ClusterOptions, WorkerOptions, WorkerPoolOptions
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import AudobonError, Interrupted, InvalidInput, JobsIncomplete
from audobon_cli.domain.units import plural
from audobon_cli.queue.model import JobState
from audobon_cli.queue.recycling import RecycleRule

if TYPE_CHECKING:
    from audobon_cli.domain.events import Event, Listener
    from audobon_cli.queue.worker import LoopOptions

STOPPING = "Stopping at the next step; the jobs at hand go back to the queue."


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
    rule = RecycleRule.of(session.workspace.settings, pool_options.recycle_jobs, pool_options.recycle_memory)
    session.workspace.library.require_writable()
    if pool_options.detach:
        _detach(session, pool_options, cluster)
        return
    with (
        _working(session, pool_options.supervised) as (tally, should_stop),
        profiled(session, pool_options.profile) as profile,
    ):
        if cluster.engine is WorkerOptions.RAY:
            options = _loop_options(pool_options, _in_brief(session, tally), should_stop)
            _run_on_ray(session, pool_options, cluster, replace(options, recycle=rule))
        elif _unsupervised(session, pool_options):
            options = _loop_options(pool_options, tally, should_stop)
            if _recycling(pool_options) and not pool_options.supervised:
                raise InvalidInput(
                    "The worker is this process here, which nobody would begin anew.",
                    hint="leave out --recycle-jobs and --recycle-memory, or --profile and --debug",
                )
            rule = rule if pool_options.supervised else RecycleRule()
            _run_here(session, pool_options, replace(options, recycle=rule))
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


def _run_here(session: Session, pool_options: WorkerPoolOptions, options: "LoopOptions") -> None:
    from audobon_cli.queue.runners.registry import runners
    from audobon_cli.queue.worker import WorkLoop

    workspace, jobs = session.workspace, queue_of(session)
    # What is drawn ahead of a limit would be drawn for nothing.
    ahead = not pool_options.limit
    with runners(workspace, workspace.engine(), workspace.scorer(), jobs, ahead) as ready:
        device = workspace.settings.device or workspace.vram.selector.card.device
        WorkLoop(jobs, ready, options).run(device, "local")


def _run_children(
    session: Session, pool_options: WorkerPoolOptions, tally: RunTotals, should_stop: "Stopper"
) -> None:
    from audobon_cli.queue.supervisor import Supervisor, job_shares, worker_places

    words = ["queue", "run", "--workers", "1", "--supervised", "--events", *_passed_on(session)]
    words += _patience(pool_options)
    words += _recycling(pool_options)
    words += ["--since", str(time.time())]
    workers = len(job_shares(pool_options.limit, pool_options.workers or 1))
    session.log.counts_events = False  # the children count what they do
    places = worker_places(workers, session.workspace.settings.device)
    listen = tally if len(places) == 1 else _in_brief(session, tally)
    given = _for_workers(session)
    Supervisor(words, listen, should_stop, variables=given, limit=pool_options.limit).run(places)


def _run_on_ray(
    session: Session,
    pool_options: WorkerPoolOptions,
    cluster: ClusterOptions,
    options: "LoopOptions",
) -> None:
    from audobon_cli.cli.queue.node import host_on_node
    from audobon_cli.queue.ray_workers import RayWorkerPool, run_on_ray

    if session.workspace.settings.offline:
        raise InvalidInput(
            "A cluster is reached over the network.", hint="leave out --offline, or --engine ray"
        )
    wanted = RayWorkerPool(cluster.address, pool_options.workers, cluster.cpus, cluster.gpus, host_on_node)
    run_on_ray(session.workspace, queue_of(session), wanted, options)


def _loop_options(
    pool_options: WorkerPoolOptions, listen: "Listener", should_stop: "Stopper"
) -> "LoopOptions":
    from audobon_cli.hardware.process_memory import resident_bytes
    from audobon_cli.queue.worker import LoopOptions

    return LoopOptions(
        *(pool_options.forever, pool_options.limit, pool_options.idle, listen, should_stop, resident_bytes),
        since=pool_options.since,
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
    from audobon_cli.queue.events import WorkerRecycled
    from audobon_cli.queue.status import queue_status

    if session.out.for_scripts:
        return tally
    turn = threading.Lock()

    def hear(event: "Event") -> None:
        with turn:
            if isinstance(event, JobEnded | JobStarted | Warned | WorkerStarted | WorkerRecycled):
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


def _recycling(pool_options: WorkerPoolOptions) -> list[str]:
    """When a worker is begun anew, where it is not as the settings say."""
    words = [] if pool_options.recycle_jobs is None else ["--recycle-jobs", str(pool_options.recycle_jobs)]
    memory = pool_options.recycle_memory
    return words + ([] if memory is None else ["--recycle-memory", memory])


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
    words += _recycling(pool_options)
    words += ["--max-jobs", str(pool_options.limit), "--cpus", str(cluster.cpus), *_passed_on(session)]
    words += ["--address", cluster.address] if cluster.address else []
    words += ["--gpus", str(cluster.gpus)] if cluster.gpus is not None else []
    log = session.workspace.queue_log
    pid = start_in_background(words, log, variables=_for_workers(session))
    data = {"pid": pid, "log": str(log)}
    session.out.result(data, lambda: session.out.line(f"working in the background (pid {pid}); log: {log}"))
