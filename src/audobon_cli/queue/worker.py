"""The loop of a worker: take jobs, run them, end each exactly once; report meanwhile, heed what is wanted."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from audobon_cli.domain.errors import AudobonError, Interrupted, JobOver, TimedOut
from audobon_cli.domain.events import JobEnded, JobStarted, Listener, WorkerStarted, ignore
from audobon_cli.domain.units import format_seconds
from audobon_cli.engines.base import ShouldStop
from audobon_cli.engines.step_pictures import StepWatch, watched_steps
from audobon_cli.operations.stages import stage
from audobon_cli.queue.events import WorkerRecycled
from audobon_cli.queue.looking import somebody_looks
from audobon_cli.queue.model import (
    PREPARING,
    RUNNING,
    Job,
    JobControl,
    JobKind,
    JobNumber,
    JobProgress,
    JobState,
)
from audobon_cli.queue.progress import Tracker
from audobon_cli.queue.recycling import RecycleRule
from audobon_cli.queue.runners.base import JobContext, JobResult, Runner
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.queue.store.workers import JobWorkers, Registration
from audobon_cli.storage.system_limits import explain

BEAT_SECONDS = 1.0
IDLE_SECONDS = 0.2
RECOVER_SECONDS = 1.0
HANDFUL_SECONDS = 0.05
"""A worker takes as many jobs at once as it did in so long, so that jobs of a millisecond share a sync."""
MAX_HANDFUL = 64


def never() -> bool:
    """Nobody wants the work to stop."""
    return False


def always() -> bool:
    """A worker that has all it needs."""
    return True


@dataclass(frozen=True, slots=True)
class LoopOptions:
    """``forever``: wait for more when the queue is empty, ``idle_seconds`` long (None: for ever). ``limit``: end
    after so many jobs; 0: never.
    ``ready`` says whether a job could be begun now.
    """

    forever: bool = False
    limit: int = 0
    idle_seconds: float | None = None
    listen: Listener = ignore
    should_stop: ShouldStop = never
    memory_bytes: Callable[[], int | None] = lambda: None
    ready: Callable[[], bool] = always
    only: JobNumber | None = None
    """The one job that is taken, whether or not the queue is paused; None: whichever is next."""
    recycle: RecycleRule = field(default_factory=RecycleRule)
    """When to end although more waits; whoever runs the loop begins another worker."""
    since: float | None = None
    """A worker that takes another's place heeds what workers were asked since then (in seconds since 1970)."""


@dataclass(slots=True)
class LoopReport:
    """How the attempts of one loop ended."""

    done: int = 0
    failed: int = 0
    given_back: int = 0
    recycled: bool = False
    """Whether it ended so that another worker goes on."""


@dataclass(slots=True)
class _Hold:
    """What the heartbeat and the work share: the job at hand, how far it is, and what was asked of it."""

    job: Job | None = None
    tracker: Tracker | None = None
    control: JobControl = JobControl.NONE
    own: bool = True
    stop: bool = False
    deadline: float | None = None

    @property
    def timed_out(self) -> bool:
        return self.deadline is not None and time.monotonic() > self.deadline


@dataclass(slots=True)
class WorkLoop:
    """A worker of the queue ``jobs``, with a runner for each kind of job."""

    jobs: JobStore
    runners: Mapping[JobKind, Runner]
    options: LoopOptions = field(default_factory=LoopOptions)
    _hold: _Hold = field(default_factory=_Hold)
    _report: LoopReport = field(default_factory=LoopReport)
    _handful: int = 1
    _begun: int = 0
    """Attempts up to now."""

    def run(self, device: str, engine: str) -> LoopReport:
        """Work until nothing is left to be done (with ``forever``: until it is stopped). Runs once.

        Raises what the database raises; what jobs raise is theirs.
        """
        workers = JobWorkers(self.jobs)
        if self.options.since is not None and workers.stopped_since(self.options.since):
            return self._report
        with workers.register(device, engine, self.options.since) as me:
            self.options.listen(WorkerStarted(me.id, device))
            over = threading.Event()
            beating = threading.Thread(target=self._beat, args=(me.id, over), daemon=True)
            beating.start()
            try:
                self._work(me, workers)
            finally:
                over.set()
                beating.join()
        return self._report

    def _work(self, me: Registration, workers: JobWorkers) -> None:
        recovered = -RECOVER_SECONDS
        busy = time.monotonic()
        while not self._stopping():
            if time.monotonic() - recovered >= RECOVER_SECONDS:
                workers.recover()
                recovered = time.monotonic()
            taken = self._claimed(me) if self.options.ready() else []
            if taken:
                self._run_all(taken, me)
                if self.options.limit and self._report.done + self._report.failed >= self.options.limit:
                    return
                if self._recycled(me, workers):
                    return
                busy = time.monotonic()
            elif self._nothing_will_come(time.monotonic() - busy):
                return
            else:
                time.sleep(IDLE_SECONDS)

    def _claimed(self, me: Registration) -> list[Job]:
        if self.options.only is not None:
            return self.jobs.claim_job(me.id, self.options.only)
        return self.jobs.claim(me.id, self._handful)

    @property
    def _worn(self) -> str:
        """Why this worker should take no more jobs, or ""."""
        rule = self.options.recycle
        if rule.memory_bytes is None:
            return rule.reason(self._begun, None)
        return rule.reason(self._begun, self.options.memory_bytes())

    def _recycled(self, me: Registration, workers: JobWorkers) -> bool:
        """Whether another worker shall go on, which is told then. One that nothing is left for ends as usual."""
        reason = self._worn
        if not reason or self._stopping() or self._nothing_will_come(0.0):
            return False
        workers.note_recycled()
        self._report.recycled = True
        self.options.listen(WorkerRecycled(me.id, self._begun, self.options.memory_bytes(), reason))
        return True

    def _stopping(self) -> bool:
        return self._hold.stop or self.options.should_stop()

    def _nothing_will_come(self, idle: float) -> bool:
        """Whether no job will be ready by itself: what is blocked then waits for what is dead or paused. ``idle``: for
        how many seconds there has been none."""
        if self.options.only is not None:
            return True
        counts = self.jobs.counts()
        if self.options.forever and (self.options.idle_seconds is None or idle < self.options.idle_seconds):
            return False
        coming = () if counts.paused else (JobState.QUEUED, JobState.FAILED)
        return not counts.of(JobState.RUNNING, *coming)

    def _run_all(self, taken: list[Job], me: Registration) -> None:
        """Run what was claimed; results that are not filed yet become durable together, in one transaction."""
        ended = []
        began = time.monotonic()
        for job in taken:
            if self._stopping() or self._worn or not self.options.ready():
                self.jobs.release(job.number, me.id)
                continue
            outcome = self._run(job, me)
            if outcome is not None and not outcome.ended:
                ended.append((job, outcome))
            elif outcome is not None:
                self._end_filed(job, me)
                self._emit_done(job, me)
        seconds = max(time.monotonic() - began, 1e-6)
        self._handful = max(1, min(MAX_HANDFUL, int(HANDFUL_SECONDS / seconds * len(taken))))
        if self.options.limit:
            self._handful = 1
        if ended:
            self.jobs.finish((job.number, me.id, one.result, one.assets) for job, one in ended)
            for job, _ in ended:
                self._emit_done(job, me)

    def _end_filed(self, job: Job, me: Registration) -> None:
        """Make ``job``, whose results are filed, done if that did not: one that says another number of them than its
        request asks for, as one that was not made by `queue add` may, would stay begun for ever."""
        kept = self.jobs.get(job.number)
        if kept.state is JobState.RUNNING and kept.worker == me.id:
            self.jobs.finish([(job.number, me.id, None, ())])

    def _run(self, job: Job, me: Registration) -> JobResult | None:
        """One attempt; None when it did not end well, which is noted then."""
        hold = self._hold
        self._begun += 1
        doing = PREPARING if job.kind is JobKind.GENERATE else RUNNING
        hold.tracker = Tracker(self.options.listen, job.pieces, progress=JobProgress(doing=doing))
        hold.control, hold.own = JobControl.NONE, True
        hold.deadline = time.monotonic() + job.timeout_seconds if job.timeout_seconds else None
        hold.job = job
        self.options.listen(JobStarted(job.number, job.title, job.attempts, me.id))
        try:
            with (
                stage("job", number=job.number, kind=job.kind.value, attempt=job.attempts),
                watched_steps(StepWatch(self._is_looked_at, hold.tracker.show)),
            ):
                return self.runners[job.kind].run(
                    job, JobContext(hold.tracker, self._asked_to_stop, me.lease)
                )
        except JobOver as error:
            self.jobs.count_late(job.number)
            self._emit_failure(job, me, error)
        except Interrupted as error:
            self._interrupted(job, me, error)
        except AudobonError as error:
            self._fail(job, me, error)
        except OSError as error:  # of this job's files and names: the next job may have better ones
            explained = explain(error)
            if explained is None:
                raise
            self._fail(job, me, explained)
        finally:
            hold.job = None
        return None

    def _is_looked_at(self) -> bool:
        return somebody_looks(self.jobs.database.root)

    def _asked_to_stop(self) -> bool:
        hold = self._hold
        return hold.timed_out or not hold.own or hold.control is not JobControl.NONE or self._stopping()

    def _interrupted(self, job: Job, me: Registration, error: Interrupted) -> None:
        hold = self._hold
        if hold.own and hold.control is JobControl.NONE and hold.timed_out and not self._stopping():
            limit = format_seconds(job.timeout_seconds or 0)
            late = TimedOut(
                f"The job took longer than the {limit} that it was given.",
                hint="add it again with a longer --timeout",
                timeout_seconds=job.timeout_seconds,
            )
            self._fail(job, me, late)
            return
        self.jobs.release(job.number, me.id, hold.control)
        self._report.given_back += 1
        self._emit_failure(job, me, error)

    def _fail(self, job: Job, me: Registration, error: AudobonError) -> None:
        self.jobs.fail(job.number, me.id, error)
        self._report.failed += 1
        self._emit_failure(job, me, error)

    def _emit_done(self, job: Job, me: Registration) -> None:
        self._report.done += 1
        self.options.listen(JobEnded(job.number, job.title, JobState.DONE, "", "", me.id))

    def _emit_failure(self, job: Job, me: Registration, error: AudobonError) -> None:
        state = self.jobs.get(job.number).state
        self.options.listen(JobEnded(job.number, job.title, state, error.code, error.message, me.id))

    def _beat(self, me: str, over: threading.Event) -> None:
        """The heartbeat, in a thread of its own."""
        while not over.wait(BEAT_SECONDS):
            hold = self._hold
            job, tracker = hold.job, hold.tracker
            progress = tracker.progress if tracker is not None else JobProgress()
            beat = self.jobs.beat(me, job.number if job else None, progress, self.options.memory_bytes())
            hold.stop = hold.stop or beat.stop
            if job is not None and hold.job is job:
                hold.control, hold.own = beat.control, beat.own
