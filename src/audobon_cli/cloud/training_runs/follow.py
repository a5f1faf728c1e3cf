"""A training run in the cloud as its job here sees it: ordered, paid, followed, and filed as one of this machine."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from audobon_cli.cloud.jobs import CloudJob, CloudJobOrder, CloudJobState
from audobon_cli.cloud.queue_runs.collect import clear_place
from audobon_cli.cloud.queue_runs.context import OpenedRun, QueueRunContext
from audobon_cli.cloud.queue_runs.records import RunRecord, RunRecords
from audobon_cli.cloud.queue_runs.run import leave
from audobon_cli.cloud.queue_runs.submit import begin_run
from audobon_cli.cloud.services import CLOUD_RUN, JobService, service_named
from audobon_cli.cloud.training_runs.exchange import put_order
from audobon_cli.cloud.training_runs.mirror import RunMirror
from audobon_cli.domain.errors import (
    AudobonError,
    CloudFailed,
    CloudJobTimedOut,
    Interrupted,
    InvalidInput,
)
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.units import format_usd
from audobon_cli.queue.model import Job
from audobon_cli.queue.runners.base import JobContext, JobResult
from audobon_cli.training.run import RunFolder, TrainingRun, run_folder, run_from
from audobon_cli.training.train import TrainedRun, TrainingContext, file_run

STEP_SECONDS = 0.2


def records_of(folder: RunFolder, word: str = CLOUD_RUN.word) -> RunRecords:
    """What is known of the run in ``folder`` in the cloud: one record while it is there, else none. It lies under what
    users call the service: ``word`` for a run that is nowhere."""
    return RunRecords(folder.elsewhere / (folder.trained_on or word))


@dataclass(frozen=True, slots=True)
class TrainingDestination:
    """Where a run is to be trained that is not there yet. The command of ``order`` is still to be said."""

    service: JobService
    order: CloudJobOrder
    project: str
    region: str
    place: str


@dataclass
class CloudTrainRunner:
    """Implements Runner for training jobs: begins the run at ``destination``, or follows it where it is. ``failure`` is
    what the last run failed of, for whoever waits."""

    context: QueueRunContext
    destination: TrainingDestination | None = None
    failure: AudobonError | None = None

    def run(self, job: Job, context: JobContext) -> JobResult:
        """See Runner.run. The run's record stays until `tidy` takes it: its job is done by then."""
        try:
            return self._run(job, context)
        except AudobonError as error:
            self.failure = error
            raise

    def _run(self, job: Job, context: JobContext) -> JobResult:
        run = run_from(job.request)
        library = self.context.environment.library
        folder = run_folder(library, job.number)
        records = records_of(folder, self.destination.service.word if self.destination else CLOUD_RUN.word)
        here = replace(self.context, records=records, listen=context.listen, should_stop=context.should_stop)
        known = records.all()
        record = known[0] if known else self._record(job.number, library.root)
        folder.prepare(run)
        with records.held(record.run) as mine, here.opened(record) as opened:
            if not mine:
                raise InvalidInput(
                    f"Another process follows {run.name}.", hint=f"`audobon train watch {run.name}` looks on"
                )
            if not known:
                self._begin(opened, run, folder)
            trained = _to_end(opened, run, folder)
        environment = here.environment
        training = TrainingContext(
            library, environment.models, environment.settings, context.listen, context.should_stop
        )
        asset, card = file_run(run, trained, training)
        result = {
            **trained.facts,
            "asset": asset.id,
            "card": card.id if card is not None else None,
            "files": {names: str(path) for names, path in trained.files.items()},
        }
        folder.keep_result(result)
        return JobResult(result=result, assets=[AssetId(asset.id)])

    def _record(self, number: int, library: Path) -> RunRecord:
        where = self.destination
        if where is None:
            raise InvalidInput("Nothing says where the run is to be trained.", hint="give --on cloudrun")
        created = datetime.now(UTC).isoformat()
        return RunRecord(
            where.order.run,
            str(library),
            where.project,
            where.region,
            where.place,
            (number,),
            created,
            service=where.service.name,
        )

    def _begin(self, opened: OpenedRun, run: TrainingRun, folder: RunFolder) -> None:
        assert self.destination is not None
        ident = opened.record.run
        words = ("train", "worker", opened.record.place, "--run", ident, "--events")
        read = opened.context.environment.library.blobs.read
        begin_run(
            opened,
            replace(self.destination.order, command=words),
            lambda: put_order(opened.remote, ident, run, folder, read),
        )


def end_run(context: QueueRunContext, run: TrainingRun, folder: RunFolder) -> bool:
    """End the run in the cloud that nobody follows, pay it and keep its last checkpoint; whether there was one."""
    records = records_of(folder)
    ended = False
    for record in records.all():
        here = replace(context, records=records, should_stop=lambda: True)
        with records.held(record.run) as mine, here.opened(record) as opened:
            if not mine:
                continue
            ended = True
            try:
                _to_end(opened, run, folder)
                tidy(context, folder)
            except AudobonError:
                if records.all():  # it could not be ended, or paid
                    raise
    return ended


def tidy(context: QueueRunContext, folder: RunFolder) -> None:
    """Delete what is left in the cloud of a run whose job is done. Raises what the place raises."""
    records = records_of(folder)
    for record in records.all():
        with replace(context, records=records).opened(record) as opened:
            clear_place(opened.remote, record.run)
        records.remove(record.run)


def _to_end(opened: OpenedRun, run: TrainingRun, folder: RunFolder) -> TrainedRun:
    """Follow a run until it has ended, and pay it: its result, which stays at the place.

    Where it has none, its last checkpoint is kept here, nothing is left of it there, and what it ended of is raised.
    """
    mirror = RunMirror(opened.remote, opened.record.run, run, folder, opened.context.listen)
    job, stopped = _follow(opened, mirror)
    trained, failure = None, None
    try:
        trained = None if stopped else mirror.trained()
    except AudobonError as error:
        failure = error
    if trained is None:
        mirror.keep_checkpoint()
    cost = leave(opened)
    if trained is not None:
        return trained
    if cost is not None:
        clear_place(opened.remote, opened.record.run)
        opened.context.records.remove(opened.record.run)
    service = service_named(opened.record.service)
    raise failure or _ended_without(run, folder, service, _Ending(job, stopped, cost))


def _follow(opened: OpenedRun, mirror: RunMirror) -> tuple[CloudJob | None, bool]:
    """Bring here what a run does until it has ended: its job as it is then, and whether it was asked to end."""
    context, stopped = opened.context, False
    while True:
        job = opened.service.find(opened.record.run)
        mirror.pull()
        if job is not None and job.submitted:
            mirror.pull_logs(opened.service, job)
        if job is None or job.state.ended or not job.submitted:
            mirror.pull()  # what came between
            return job, stopped
        if context.should_stop() and not stopped:
            stopped = True
            opened.service.cancel(job)
        until = time.monotonic() + context.look_seconds
        while time.monotonic() < until and context.should_stop() is stopped:
            context.sleep(min(STEP_SECONDS, context.look_seconds))


@dataclass(frozen=True, slots=True)
class _Ending:
    """How a run ended: its job as it was then, whether it was asked to end, and what it came to."""

    job: CloudJob | None
    stopped: bool
    cost: int | None


def _ended_without(run: TrainingRun, folder: RunFolder, service: JobService, ending: _Ending) -> AudobonError:
    """Why a run ended without a result."""
    job, cost = ending.job, ending.cost
    losses = folder.read_losses()
    kept = f"it is measured up to step {losses[-1]['step']}" if losses else "nothing of it was measured"
    came = "" if cost is None else f"; {format_usd(cost)} spent"
    again = f"`audobon train resume {run.name} --on {service.word}` goes on from its last checkpoint"
    if ending.stopped:
        return Interrupted(f"{run.name} was ended in the cloud: {kept}{came}.", hint=again, run=run.name)
    if job is not None and job.state is CloudJobState.TIMED_OUT:
        return CloudJobTimedOut(
            f"{run.name} reached the time-out of its last attempt: {kept}{came}.",
            hint=f"{again}; give a longer --timeout, or more --retries",
            run=run.name,
        )
    if job is not None and job.error is not None and not isinstance(job.error, CloudFailed):
        return job.error
    why = (
        job.error.message.rstrip(".")
        if job is not None and job.error is not None
        else "it is not there any more"
    )
    return CloudFailed(
        f"{run.name} ended in the cloud without a result: {kept}{came}. {why}.", hint=again, run=run.name
    )
