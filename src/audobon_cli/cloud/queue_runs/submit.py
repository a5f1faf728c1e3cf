"""Choosing jobs for a run, paying for it, and sending it off."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as ThreadEvent
from threading import Thread

from audobon_cli.cloud.jobs import CloudJobOrder
from audobon_cli.cloud.money import LongestCost
from audobon_cli.cloud.queue_runs.collect import clear_place
from audobon_cli.cloud.queue_runs.context import OpenedRun, QueueRunContext
from audobon_cli.cloud.queue_runs.records import RunRecord, RunStage
from audobon_cli.cloud.queue_runs.slices import SlicedJob, encode_slice, input_key, portable, slice_key
from audobon_cli.domain.errors import AudobonError, CloudUnreachable, InvalidInput
from audobon_cli.domain.events import Progress
from audobon_cli.domain.ids import BlobId
from audobon_cli.generation.resolve.request import resolve_request
from audobon_cli.queue.model import Job, JobKind, JobNumber
from audobon_cli.queue.request import QueuedRequest
from audobon_cli.queue.store.workers import JobWorkers
from audobon_cli.remotes.base import Remote
from audobon_cli.storage.file_names import check_names

BEAT_SECONDS = 1.0
DEVICE = "cloud"


@dataclass(frozen=True, slots=True)
class QueueRunPlan:
    """Which waiting jobs go, and what that costs at most. ``staying`` says how many stay for which reason."""

    jobs: tuple[Job, ...]
    staying: dict[str, int]
    order: CloudJobOrder
    longest: LongestCost


@dataclass(frozen=True, slots=True)
class JobChoice:
    """Which waiting jobs may go: ``most`` of them (0: all); ``own_models``: also those of models that are not built in,
    which the image has to have."""

    most: int = 0
    own_models: bool = False


def plan_run(
    context: QueueRunContext, order: CloudJobOrder, service: str, region: str, choice: JobChoice
) -> QueueRunPlan:
    """Take waiting pictures and sounds, in the queue's order, for the tasks of ``order``.

    Nothing is asked of anybody. Raises InvalidInput for an encrypted library, whose words would lie in the open.
    """
    if context.environment.library.keys is not None:
        raise InvalidInput(
            "The library is encrypted, and jobs in the cloud lie there in words and pictures.",
            hint="`audobon queue run` draws here",
        )
    JobWorkers(context.store).recover()  # jobs of processes that died
    jobs: list[Job] = []
    staying: dict[str, int] = {}
    for job in context.store.next_up(-1):
        full = choice.most and len(jobs) >= choice.most
        why = "more than --max-jobs" if full else _why_staying(context, job, choice)
        if why:
            staying[why] = staying.get(why, 0) + 1
        else:
            jobs.append(job)
    order = replace(order, tasks=max(1, min(order.tasks, len(jobs))))
    return QueueRunPlan(tuple(jobs), staying, order, context.money.longest(order, service, region))


def begin_run(opened: OpenedRun, plan: QueueRunPlan) -> None:
    """Pay for the run of ``opened``, upload its slices and submit it. Its record is written before, and says how far it
    came; jobs that somebody else took meanwhile stay with them.

    Raises BudgetSpent, with nothing begun, and what the place and the service raise: then nothing of it is left, unless
    the service was not reachable, which leaves the record for whoever comes next.
    """
    context, record = opened.context, opened.record
    context.records.write(record)
    try:
        context.money.reserve(plan.order, opened.service.service, record.region)
    except BaseException:
        context.records.remove(record.run)
        raise
    try:
        upload(context, opened.remote, plan, record)
    except BaseException:
        undo(opened)
        raise
    opened.record = context.records.advance(record, RunStage.SUBMITTING)
    try:
        opened.service.submit(plan.order)
    except CloudUnreachable:
        raise
    except AudobonError:
        job = opened.service.find(record.run)
        if job is not None:
            opened.service.remove(job)
        undo(opened)
        raise


def undo(opened: OpenedRun) -> None:
    """Take back a run of which surely nothing was begun."""
    run = opened.record.run
    opened.context.money.release(run)
    clear_place(opened.remote, run)
    opened.context.records.remove(run)


def upload(context: QueueRunContext, remote: Remote, plan: QueueRunPlan, record: RunRecord) -> None:
    """Put the slices of a run to its place, and the pictures that jobs begin with."""
    run, tasks = record.run, plan.order.tasks
    blobs = context.environment.library.blobs
    taken: set[BlobId] = set()
    held = set(record.jobs)
    jobs = [job for job in plan.jobs if job.number in held]
    slices = [
        [SlicedJob.of(job, portable(job.request, blobs.at, taken)) for job in jobs[task::tasks]]
        for task in range(tasks)
    ]
    for number, blob in enumerate(sorted(taken)):
        remote.put(input_key(run, blob), blobs.read(blob))
        context.listen(Progress("uploading inputs", number + 1, len(taken), "files"))
    for task, part in enumerate(slices):
        remote.put(slice_key(run, task), encode_slice(part))


def new_record(
    context: QueueRunContext, plan: QueueRunPlan, project: str, region: str, place: str
) -> RunRecord:
    """A record for a run of ``plan``."""
    return RunRecord(
        plan.order.run,
        str(context.environment.library.root),
        project,
        region,
        place,
        tuple(int(job.number) for job in plan.jobs),
        datetime.now(UTC).isoformat(),
    )


@dataclass(frozen=True, slots=True)
class HeldJobs:
    """Jobs that this process holds: the id of its worker, and the numbers of those that could be had. ``stop`` is set
    when workers are asked to stop."""

    worker: str
    numbers: tuple[int, ...]
    stop: ThreadEvent


@contextmanager
def holding(context: QueueRunContext, numbers: tuple[int, ...]) -> Iterator[HeldJobs]:
    """Hold the jobs ``numbers`` as a worker for the block. What is not done by the end goes back to the queue; so it
    does when this process dies."""
    with JobWorkers(context.store).register(DEVICE, DEVICE) as me:
        over, stop = ThreadEvent(), ThreadEvent()

        def beat() -> None:
            while not over.wait(BEAT_SECONDS):
                if context.store.beat(me.id, None, None).stop:
                    stop.set()

        beating = Thread(target=beat, daemon=True)
        beating.start()
        taken = tuple(number for number in numbers if context.store.claim_job(me.id, JobNumber(number)))
        try:
            yield HeldJobs(me.id, taken, stop)
        finally:
            over.set()
            beating.join()
            for number in taken:
                job = context.store.get(JobNumber(number))
                context.store.release(job.number, me.id, job.wanted)


def _why_staying(context: QueueRunContext, job: Job, choice: JobChoice) -> str:
    """Why a job cannot be done in the cloud; "" if it can."""
    if job.kind is not JobKind.GENERATE:
        return f"{job.kind.value} jobs"
    environment = context.environment
    try:
        queued = QueuedRequest.from_dict(job.request)
        request = resolve_request(
            queued.request, environment.settings, environment.models, lambda: environment.library
        )
        if queued.out is not None:
            check_names(Path(queued.out))
    except AudobonError:
        return "what cannot be made here either"
    if request.model.remote is not None or request.fallbacks:
        return "pictures of providers"
    return "" if request.model.builtin or choice.own_models else "models that are not built in"
