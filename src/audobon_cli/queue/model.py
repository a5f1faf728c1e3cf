"""Jobs of the queue: what they are, which states they go through, when they are tried again."""

from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import AudobonError, InvalidInput, JobFailed
from audobon_cli.domain.errors.exit_status import ExitStatus
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.units import count_of

JobNumber = NewType("JobNumber", int)
"""Counts from 1 in each library and is never given again."""

FIRST_BACKOFF_SECONDS = 5.0
LONGEST_BACKOFF_SECONDS = 300.0
MAX_RETRIES = 100
PRIORITY_LIMIT = 1000
DEFAULT_RETRIES = 2
DEFAULT_LANE = "main"

UNBILLED = "no"
"""``billed`` of an error's details where surely nothing was (see domain.providers.Billed)."""

PASSING = frozenset(
    (
        ExitStatus.BUG,
        ExitStatus.OUT_OF_MEMORY,
        ExitStatus.DISK_FULL,
        ExitStatus.DISK_FAILED,
        ExitStatus.TIMED_OUT,
        ExitStatus.SOURCE_UNREACHABLE,
        ExitStatus.SOURCE_RATE_LIMITED,
        ExitStatus.SOURCE_FAILED,
        ExitStatus.LIBRARY_BUSY,
        ExitStatus.MODEL_BUSY,
    )
)
"""What may have passed a little later."""


class JobState(StrEnum):
    """Where a job stands. DONE, DEAD and CANCELLED are final until somebody says otherwise."""

    QUEUED = "queued"
    BLOCKED = "blocked"
    """Waits for other jobs to be done."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """An attempt failed; it is tried again when its pause is over."""
    DEAD = "dead"
    """It failed for good: no retries are left, or no retry could help."""
    CANCELLED = "cancelled"
    PAUSED = "paused"

    @property
    def final(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in (JobState.DONE, JobState.DEAD, JobState.CANCELLED)


class JobKind(StrEnum):
    """What runs a job: queue/runners/registry.py has a runner for each."""

    GENERATE = "generate"
    """The request is that of `audobon generate`."""
    COMMAND = "command"
    """The request is a command line of this program."""
    TRAIN = "train"
    """The request is a training run; see training.run."""


class JobControl(StrEnum):
    """What was asked of a running job."""

    NONE = ""
    CANCEL = "cancel"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class JobDraft:
    """A job before it is added. Validated on creation.

    ``request`` is JSON-ready and its kind's own business. ``pieces`` is how many results it has, each of which
    is filed by itself; 0 for kinds that file none. Jobs of one ``lane`` run in the order in which they were
    added; lanes of one priority take turns. ``needs`` are the jobs that must be done before.
    """

    kind: JobKind
    title: str
    request: dict[str, Any]
    pieces: int = 0
    lane: str = DEFAULT_LANE
    priority: int = 0
    timeout_seconds: float | None = None
    retries: int = DEFAULT_RETRIES
    needs: tuple[JobNumber, ...] = ()

    def __post_init__(self) -> None:
        _within("--priority", self.priority, -PRIORITY_LIMIT, PRIORITY_LIMIT)
        _within("--retries", self.retries, 0, MAX_RETRIES)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the library holds it. ``progress`` is JobProgress as a dictionary, ``error`` that of the last attempt.

    ``late`` counts results that came when the job had one already: they were not stored.
    """

    number: JobNumber
    kind: JobKind
    title: str
    request: dict[str, Any]
    pieces: int
    lane: str
    priority: int
    state: JobState
    timeout_seconds: float | None
    retries: int
    attempts: int
    created: datetime
    due: datetime | None
    started: datetime | None
    finished: datetime | None
    worker: str | None
    wanted: JobControl
    progress: dict[str, Any] | None
    error: dict[str, Any] | None
    result: dict[str, Any] | None
    late: int
    needs: tuple[JobNumber, ...] = ()
    assets: tuple[AssetId, ...] = ()


def job_data(job: Job) -> dict[str, Any]:
    """A job, JSON-ready."""
    times = {name: getattr(job, name) for name in ("created", "due", "started", "finished")}
    return {
        "job": job.number,
        "kind": job.kind.value,
        "title": job.title,
        "state": job.state.value,
        "priority": job.priority,
        "lane": job.lane,
        "pieces": job.pieces,
        "attempts": job.attempts,
        "retries": job.retries,
        "timeout_seconds": job.timeout_seconds,
        **{name: time.isoformat() if time else None for name, time in times.items()},
        "worker": job.worker,
        "after": list(job.needs),
        "assets": list(job.assets),
        "progress": None if job.progress is None else _public_progress(job.progress),
        "error": job.error,
        "late_results": job.late,
    }


def _public_progress(progress: dict[str, Any]) -> dict[str, Any]:
    """Progress without the picture, which is asked for by itself; its step only where there is one."""
    hidden = ("picture",) if progress.get("picture") else ("picture", "picture_step")
    return {key: value for key, value in progress.items() if key not in hidden}


@dataclass(frozen=True, slots=True)
class JobWorker:
    """A process, or an actor of one, that runs jobs. ``job`` is what it is at."""

    id: str
    pid: int
    device: str
    engine: str
    started: datetime
    seen: datetime
    memory_bytes: int | None
    job: JobNumber | None = None


PREPARING, LOADING, DRAWING, RUNNING = "preparing", "loading", "drawing", "running"
TRAINING = "training"
"""What a job does: ``JobProgress.doing``. A command of one's own is running, whatever it does."""


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far an attempt is. ``remaining_seconds`` is extrapolated from its steps; None before the first."""

    piece: int = 0
    pieces: int = 0
    step: int = 0
    steps: int = 0
    remaining_seconds: float | None = None
    memory_bytes: int | None = None
    memory_total_bytes: int | None = None
    doing: str = ""
    picture: str = ""
    """What is drawn so far, a small PNG in base64, and the step that it shows; while somebody looks."""
    picture_step: int = 0

    @property
    def percent(self) -> float:
        """Of all steps of all pieces, 0 to 100."""
        if not self.pieces or not self.steps:
            return 0.0
        return round(100 * (self.piece + self.step / self.steps) / self.pieces, 1)


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs: all that have one of ``numbers``, one of ``states`` and the ``lane``; empty: any."""

    numbers: tuple[JobNumber, ...] = ()
    states: tuple[JobState, ...] = ()
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many jobs are in each state, and whether the whole queue is paused."""

    states: dict[JobState, int] = field(default_factory=dict)
    paused: bool = False

    def of(self, *states: JobState) -> int:
        """The number of jobs in any of ``states``."""
        return sum(self.states.get(state, 0) for state in states)

    @property
    def waiting(self) -> int:
        """Jobs that will run by themselves."""
        return self.of(JobState.QUEUED, JobState.FAILED, JobState.BLOCKED)


def backoff_seconds(attempts: int) -> float:
    """The pause after attempt ``attempts`` (from 1) failed: it doubles, up to five minutes."""
    return float(min(FIRST_BACKOFF_SECONDS * 2.0 ** (attempts - 1), LONGEST_BACKOFF_SECONDS))


def worth_retrying(error: AudobonError) -> bool:
    """Whether another attempt could go better: not what is wrong in the request, missing, damaged or refused,
    and not what a provider may have billed.
    """
    if error.details.get("billed", UNBILLED) != UNBILLED:
        return False
    status = ended_with(error)
    return status < 0 or status in PASSING


def ended_with(error: AudobonError) -> int:
    """The status of what ended with ``error``: of a command its own, negative for a signal."""
    status = error.details.get("status") if isinstance(error, JobFailed) else None
    return status if isinstance(status, int) else int(error.exit_status)


def parse_job_numbers(texts: tuple[str, ...] | list[str]) -> tuple[JobNumber, ...]:
    """``7``, ``job:7`` and ``3-9`` as numbers, without repetition. Raises InvalidInput."""
    found: dict[JobNumber, None] = {}
    for text in texts:
        low, dash, high = text.removeprefix("job:").partition("-")
        if (
            not low.isdecimal()
            or (dash and not high.isdecimal())
            or (dash and count_of(high) - count_of(low) > 10**6)
        ):
            raise InvalidInput(
                f"{text!r} names no job.", hint="give a number of `audobon queue list`, or 3-9"
            )
        found.update((JobNumber(n), None) for n in range(count_of(low), count_of(high or low) + 1))
    return tuple(found)


def _within(option: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidInput(f"{option} {value} is outside {low} to {high}.", hint="give a value in that range")
