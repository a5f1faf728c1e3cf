"""`audobon cloud worker`: a task of a run, in a container or anywhere: a slice drawn as a queue of its own.

What it needs is at the place of the run; what it made goes there, a job at a time, by writes that only create. So it
may be killed at any moment and begun again, by anybody: jobs that have a result are passed over.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.cloud.queue_runs.slices import (
    SlicedJob,
    decode_slice,
    encode_result,
    execution_key,
    failures_prefix,
    input_key,
    localized,
    result_key,
    results_prefix,
    slice_key,
)
from audobon_cli.domain.errors import CloudFailed, InvalidInput, RemoteObjectMissing
from audobon_cli.domain.events import Event, JobEnded, Listener, ignore
from audobon_cli.domain.ids import BlobId
from audobon_cli.engines.base import Engine, ShouldStop, never
from audobon_cli.generation.context import GenerationEnvironment
from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import Job, JobNumber, JobState
from audobon_cli.queue.open import open_queue
from audobon_cli.queue.runners.registry import runners
from audobon_cli.queue.worker import LoopOptions, WorkLoop
from audobon_cli.remotes.base import Remote

INDEX_VARIABLES = ("CLOUD_RUN_TASK_INDEX", "JOB_COMPLETION_INDEX")
"""How Cloud Run and Kubernetes tell a task which one it is."""
EXECUTION_VARIABLES = ("CLOUD_RUN_EXECUTION", "CLOUD_ML_JOB_ID")
"""How Cloud Run and Vertex AI tell a task the name of its execution."""


@dataclass(frozen=True, slots=True)
class TaskReport:
    """What a task did: jobs whose results it left, those that had one already, and those that failed."""

    done: int = 0
    there: int = 0
    failed: int = 0
    superfluous: bool = False
    """Another execution does this run: nothing was done."""


def task_index(given: int | None, variables: Mapping[str, str]) -> int:
    """Which slice is meant. Raises InvalidInput where nothing says it."""
    if given is not None:
        return given
    for name in INDEX_VARIABLES:
        if variables.get(name, "").isdecimal():
            return int(variables[name])
    raise InvalidInput("Nothing says which slice is meant.", hint="give --task N, from 0")


def prepare_folder(folder: Path) -> tuple[Path, Path]:
    """Make what a slice is done in, in an empty folder: a fresh library, and where its inputs go."""
    library, inputs = folder / "library", folder / "inputs"
    Library.create(library).close()
    inputs.mkdir()
    return library, inputs


def is_superfluous(remote: Remote, run: str, variables: Mapping[str, str]) -> bool:
    """Whether another execution of the run was here first: a service may begin one twice, and bills both."""
    name = next((variables[name] for name in EXECUTION_VARIABLES if variables.get(name)), "")
    if not name or remote.put(execution_key(run), name.encode()):
        return False
    return remote.get(execution_key(run)) != name.encode()


@dataclass(frozen=True, slots=True)
class SliceTask:
    """The slice ``task`` of ``run``, which lies at ``remote``. It is done in the library of ``environment``, a fresh
    one, by ``engine``; pictures that jobs begin with are written to the folder ``inputs``."""

    environment: GenerationEnvironment
    engine: Engine
    remote: Remote
    run: str
    task: int
    inputs: Path


def do_slice(given: SliceTask, listen: Listener = ignore, should_stop: ShouldStop = never) -> TaskReport:
    """Do a slice. Raises CloudFailed for one that is none, and what the place and the library raise."""
    environment, remote, run, task = given.environment, given.remote, given.run, given.task
    try:
        wanted = decode_slice(remote.get(slice_key(run, task)))
    except RemoteObjectMissing as error:
        raise CloudFailed(
            f"There is no slice {task} of the run {run} in {remote.address}.",
            hint="the run is over, or the place is another one; on the machine that began it: `audobon cloud status`",
        ) from error
    there = {int(stat.key.rpartition("/")[2]) for stat in remote.list(results_prefix(run))}
    missing = [job for job in wanted if job.number not in there]
    jobs = open_queue(environment.library)
    drafts = [job.draft(localized(job.request, _fetching(remote, run, given.inputs))) for job in missing]
    added = jobs.add(drafts) if drafts else []
    origins = dict(zip((job.number for job in added), missing, strict=True))
    delivery = _Delivery(environment, remote, run, origins, listen)
    if added:
        with runners(environment, given.engine, environment.scorer(), jobs) as ready:
            options = LoopOptions(listen=delivery, should_stop=should_stop)
            WorkLoop(jobs, ready, options).run(environment.settings.device, "cloud")
    return TaskReport(delivery.done, len(wanted) - len(missing), delivery.failed)


@dataclass
class _Delivery:
    """A listener that leaves the result of each job as soon as it is done."""

    environment: GenerationEnvironment
    remote: Remote
    run: str
    origins: Mapping[JobNumber, SlicedJob]
    listen: Listener
    done: int = 0
    failed: int = 0

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, JobEnded):
            self._ended(event)
        self.listen(event)

    def _ended(self, event: JobEnded) -> None:
        origin = self.origins[JobNumber(event.job)]
        job = open_queue(self.environment.library).get(JobNumber(event.job))
        if event.state == JobState.DONE:
            self.remote.put(result_key(self.run, origin.number), self._result(job))
            self.done += 1
        elif event.state == JobState.DEAD:
            said = json.dumps(job.error or {}).encode()
            self.remote.put(f"{failures_prefix(self.run)}{origin.number:010}-{job.attempts}", said)
            self.failed += 1

    def _result(self, job: Job) -> bytes:
        library = self.environment.library
        assets = [library.assets.get(ident) for ident in job.assets]
        return encode_result([(library.blobs.read(one.blob), one.duration_seconds) for one in assets])


def _fetching(remote: Remote, run: str, inputs: Path) -> Callable[[BlobId], Path]:
    def path_of(blob: BlobId) -> Path:
        path = inputs / blob
        if not path.exists():
            path.write_bytes(remote.get(input_key(run, blob)))
        return path

    return path_of
