"""`audobon cloud run`: earlier runs brought to their end, then a new one, followed until all is filed and paid."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from audobon_cli.cloud.queue_runs.choose_slices import is_finished
from audobon_cli.cloud.queue_runs.collect import clear_place, collect, failures
from audobon_cli.cloud.queue_runs.context import OpenedRun, QueueRunContext
from audobon_cli.cloud.queue_runs.records import RunRecord, RunStage
from audobon_cli.cloud.queue_runs.slices import waiting_key
from audobon_cli.cloud.queue_runs.submit import HeldJobs, QueueRunPlan, begin_run, holding, upload
from audobon_cli.domain.errors import AudobonError, CloudIncomplete, Interrupted, InvalidInput
from audobon_cli.domain.events import Progress
from audobon_cli.domain.units import plural
from audobon_cli.queue.model import JobFilter, JobNumber, JobState
from audobon_cli.queue.store.workers import JobWorkers

STEP_SECONDS = 0.2
IN_FLIGHT_SECONDS = 120.0
"""So long the request of a process that was killed may still arrive; until then what it reserved counts."""


@dataclass(frozen=True, slots=True)
class QueueRunReport:
    """What came of a run. ``done`` jobs were filed now, ``undone`` went back to the queue or failed; ``late`` results
    were of jobs done elsewhere meanwhile. ``cost`` is in micro-dollars, None while it is not known."""

    run: str
    done: int
    undone: int
    late: int
    cost: int | None
    failure: AudobonError | None = None
    stopped: bool = False
    waiting: bool = False
    """Whoever was given the manifest has not done all of it."""

    def error(self) -> AudobonError | None:
        """What a command must end with."""
        if self.stopped:
            return Interrupted(
                "The run in the cloud was ended; what was done is filed.", hint="`audobon cloud run` goes on"
            )
        if self.failure is not None:
            return self.failure
        if not self.undone:
            return None
        return CloudIncomplete(
            f"{plural(self.undone, 'job')} were not done in the cloud.",
            hint="`audobon queue list --state dead` says why; `audobon cloud run` tries the rest again",
            undone=self.undone,
            run=self.run,
        )


def run_in_cloud(context: QueueRunContext, plan: QueueRunPlan, record: RunRecord) -> QueueRunReport:
    """Do the jobs of ``plan`` and wait for them.

    Raises BudgetSpent, and what the cloud, the place and the library raise; a run that was submitted goes on then, and
    whoever calls `bring_to_end` takes its results.
    """
    with (
        context.records.held(record.run),
        context.opened(record) as opened,
        holding(context, record.jobs) as held,
    ):
        if not held.numbers:
            raise InvalidInput(
                "Other workers have taken the jobs meanwhile.", hint="run the same command again"
            )
        opened.worker, opened.record = held.worker, replace(record, jobs=held.numbers)
        begin_run(opened, plan.order, lambda: upload(context, opened.remote, plan, opened.record))
        return _to_end(opened, held)


def leave_slices(
    context: QueueRunContext, plan: QueueRunPlan, record: RunRecord, for_schedule: bool = False
) -> None:
    """Put the slices of ``plan`` to its place for machines that nobody here begins, or ``for_schedule`` for those that
    a schedule begins; `bring_to_end` takes what they do."""
    context.records.write(replace(record, stage=RunStage.MANIFEST))
    remote = context.remote_at(record.place)
    try:
        upload(context, remote, plan, record)
        if for_schedule:
            remote.put(waiting_key(record.run), b"")
    finally:
        remote.close()


def bring_to_end(context: QueueRunContext) -> Iterator[QueueRunReport]:
    """Bring earlier runs of the library, of processes that are gone, to their end: a report each."""
    JobWorkers(context.store).recover()  # jobs of processes that died, which these runs held
    for record in context.records.of_library(context.environment.library.root):
        with context.records.held(record.run) as mine:
            if not mine:
                continue
            with (
                context.opened(record) as opened,
                holding(context, _undone(context, record)) as held,
            ):
                opened.worker = held.worker
                yield _to_end(opened, held)


def leave(opened: OpenedRun) -> int | None:
    """Pay what a run came to, whose job has ended or is not there, and take it off the service's list: micro-dollars,
    None while they cannot be known. What lies at its place stays."""
    context, record = opened.context, opened.record
    unsettled = {one.id for one in context.money.unsettled(opened.service.service)}
    job = opened.service.find(record.run)
    if job is not None:
        cost = context.money.settle(opened.service, job)
        opened.service.remove(job)
        return cost
    if record.run not in unsettled:
        return 0
    if record.stage is RunStage.NOTED:
        context.money.release(record.run)
        return 0
    if record.age_seconds > IN_FLIGHT_SECONDS:  # somebody else removed it, or it never arrived: nobody knows
        context.money.write_off(record.run)
    return None


def _to_end(opened: OpenedRun, held: HeldJobs) -> QueueRunReport:
    context, record = opened.context, opened.record
    if record.stage is RunStage.MANIFEST:
        return _gather(opened, held)
    stopped, done = False, 0

    def should_stop() -> bool:
        return context.should_stop() or held.stop.is_set()

    while True:
        job = opened.service.find(record.run)
        done += collect(opened)
        _tell(opened)
        if job is None or job.state.ended or not job.submitted:
            break
        if should_stop() and not stopped:
            stopped = True
            opened.service.cancel(job)
        _pause(context, should_stop)
    done += collect(opened)  # what came between the last look and the end
    undone = _fail_undone(opened, held.numbers)
    failure = job.error if job is not None and undone else None
    cost = leave(opened)
    if cost is not None:
        clear_place(opened.remote, record.run)
        context.records.remove(record.run)
    return QueueRunReport(record.run, done, undone, opened.late, cost, failure, stopped)


def _pause(context: QueueRunContext, is_over: Callable[[], bool]) -> None:
    """Wait until the next look is due, or ``is_over``."""
    until = time.monotonic() + context.look_seconds
    was_over = is_over()  # then it has been acted on, and the cloud needs its time
    while time.monotonic() < until and is_over() is was_over:
        context.sleep(min(STEP_SECONDS, context.look_seconds))


def _gather(opened: OpenedRun, held: HeldJobs) -> QueueRunReport:
    """What somebody else's machines have done of a manifest, or a schedule's of what was left for it."""
    over = is_finished(opened.remote, opened.record.run)  # first: what is finished has left its results
    done = collect(opened)
    undone = len(_undone(opened.context, opened.record))
    if over or not undone:
        if undone:
            _fail_undone(opened, held.numbers)
        clear_place(opened.remote, opened.record.run)
        opened.context.records.remove(opened.record.run)
    failed = undone if over else 0
    return QueueRunReport(opened.record.run, done, failed, opened.late, 0, waiting=undone > failed)


def _fail_undone(opened: OpenedRun, taken: tuple[int, ...]) -> int:
    """Say of each job that could not be done why; how many are undone."""
    store = opened.context.store
    undone = [number for number in taken if store.get(JobNumber(number)).state is not JobState.DONE]
    said = failures(opened) if undone else {}
    for number in undone:
        if number in said:
            store.fail(JobNumber(number), opened.worker, said[number])
    return len(undone)


def _undone(context: QueueRunContext, record: RunRecord) -> tuple[int, ...]:
    """The jobs of a run that are in the queue and not over."""
    known = {int(job.number): job for job in context.store.matching(_numbers(record))}
    return tuple(number for number in record.jobs if number in known and not known[number].state.final)


def _numbers(record: RunRecord) -> JobFilter:
    return JobFilter(numbers=tuple(JobNumber(number) for number in record.jobs))


def _tell(opened: OpenedRun) -> None:
    total = len(opened.record.jobs)
    opened.context.listen(Progress("jobs", len(opened.filed), total, "jobs"))
