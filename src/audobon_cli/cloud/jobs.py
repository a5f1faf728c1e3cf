"""The contract with a service that runs jobs for money."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from audobon_cli.cloud.connection import CloudConnection
from audobon_cli.cloud.prices import CloudMachine
from audobon_cli.domain.errors import AudobonError

KIND_LABEL = "audobon"
"""What a job of ours is for; on every job of ours, and on no other."""
RUN_LABEL = "audobon-run"
"""The id of the run that a job belongs to, which is also that of its money in the ledger."""
SLICES_LABEL = "audobon-slices"
"""How many executions are to come of a job that Cloud Tasks has run; on no other."""
OWNER_LABEL = "audobon-machine"
"""Which machine submitted it: a digest, no name."""
_LABEL = re.compile(r"[a-z0-9_-]{0,63}")


class CloudJobState(StrEnum):
    """Where a job stands. All but PENDING and RUNNING are its end."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed-out"

    @property
    def ended(self) -> bool:
        """Whether nothing of it runs any more."""
        return self not in (CloudJobState.PENDING, CloudJobState.RUNNING)


@dataclass(frozen=True, slots=True)
class CloudJobOrder:
    """A job to be run. ``run`` is its id: 8 to 36 characters of a-z, 0-9 and -; two orders of one id are one job.

    ``kind`` says what it is for (``queue``, ``train``), ``command`` is what the image's program gets. Each of ``tasks``
    runs ``command`` with its own index, at most ``retries`` times again; an attempt is ended after ``timeout_seconds``,
    with ``timeout_whole`` all attempts of a task together.
    """

    run: str
    kind: str
    image: str
    command: tuple[str, ...]
    machine: CloudMachine = field(default_factory=CloudMachine)
    tasks: int = 1
    parallelism: int = 0
    retries: int = 1
    timeout_seconds: int = 600
    timeout_whole: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    service_account: str = ""
    starter: str = ""
    """The account as which Cloud Tasks begins an execution for each task, at most ``per_second`` of them; "": all tasks
    are those of one execution, begun at once."""
    per_second: float = 1.0

    @property
    def all_labels(self) -> dict[str, str]:
        """Its labels, with those that every job of ours has."""
        found = {**self.labels, KIND_LABEL: self.kind, RUN_LABEL: self.run}
        if self.starter:
            found[SLICES_LABEL] = str(self.tasks)
        for text in (*found, *found.values()):
            if _LABEL.fullmatch(text) is None:
                raise ValueError(f"no label of Google Cloud: {text!r}")
        return found

    @property
    def longest_attempts(self) -> tuple[float, ...]:
        """Seconds of every attempt if all of them are needed and take as long as they may."""
        each = 1 if self.timeout_whole else self.retries + 1
        return (float(self.timeout_seconds),) * (self.tasks * each)


@dataclass(frozen=True, slots=True)
class CloudJob:
    """A job as the service tells of it. ``name`` is the service's own; ``error`` says why it did not go well."""

    name: str
    run: str
    kind: str
    region: str
    state: CloudJobState
    image: str = ""
    machine: CloudMachine = field(default_factory=CloudMachine)
    labels: Mapping[str, str] = field(default_factory=dict)
    created: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    tasks: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    retried: int = 0
    error: AudobonError | None = None
    log_url: str = ""
    submitted: bool = True
    """False for a job that was made and not begun: nothing of it has run."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that a job wrote."""

    time: datetime
    task: int
    severity: str
    text: str


class CloudJobs(Protocol):
    """A service that runs jobs. Methods raise CloudUnreachable, CloudRefused, CloudApiOff, CloudLoginRefused,
    CloudProjectMissing, CloudQuota and CloudFailed; what goes away by itself was tried again before."""

    service: str
    """As the price table names it."""
    region: str
    connection: CloudConnection

    def fitted(self, order: CloudJobOrder) -> CloudJobOrder:
        """``order`` as the service would do it: on a machine that it has. Raises InvalidInput; asks nobody."""
        ...

    def submit(self, order: CloudJobOrder) -> CloudJob:
        """Begin the job of ``order``, or find it begun: the same order a second time starts nothing.

        Raises CloudImageMissing, too, and InvalidInput as `fitted` does.
        """
        ...

    def find(self, run: str) -> CloudJob | None:
        """The job of a run, by its label; None if there is none (any more)."""
        ...

    def labelled(self, labels: Mapping[str, str] | None = None) -> list[CloudJob]:
        """All jobs of ours, or those that have ``labels``, too. Ended ones are there until they are removed."""
        ...

    def attempts(self, job: CloudJob, now: datetime) -> tuple[float, ...]:
        """Seconds that each attempt of its tasks took, up to ``now`` for those that run: what is billed."""
        ...

    def logs(self, job: CloudJob, since: datetime | None = None) -> Iterator[LogLine]:
        """What it wrote since, oldest first."""
        ...

    def cancel(self, job: CloudJob) -> None:
        """Ask it to end. One that has ended, or is gone, stays as it is."""
        ...

    def remove(self, job: CloudJob) -> None:
        """Take it off the service's list, and end what of it still runs."""
        ...

    def ending_command(self, job: CloudJob) -> str:
        """What a person types to end it, if all else fails."""
        ...
