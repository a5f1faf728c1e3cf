"""What a run of the queue in the cloud works with."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from audobon_cli.cloud.jobs import CloudJobs
from audobon_cli.cloud.money import CloudMoney
from audobon_cli.cloud.queue_runs.records import RunRecord, RunRecords
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.engines.base import ShouldStop, never
from audobon_cli.generation.context import GenerationEnvironment
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.remotes.base import Remote

OpenService = Callable[[str, str, str], CloudJobs]
"""In a project and region the service of a name."""
OpenRemote = Callable[[str], Remote]
"""The place at an address."""


@dataclass(frozen=True)
class QueueRunContext:
    """``environment`` has the library and settings, ``store`` its queue. ``sleep`` waits between looks at a run."""

    environment: GenerationEnvironment
    store: JobStore
    service_at: OpenService
    remote_at: OpenRemote
    money: CloudMoney
    records: RunRecords
    listen: Listener = ignore
    should_stop: ShouldStop = never
    sleep: Callable[[float], None] = time.sleep
    look_seconds: float = 5.0
    """Between two looks at what is done."""

    @contextmanager
    def opened(self, record: RunRecord) -> Iterator["OpenedRun"]:
        """The service and the place of a run, closed afterwards."""
        remote = self.remote_at(record.place)
        try:
            yield OpenedRun(self, record, remote)
        finally:
            remote.close()


@dataclass
class OpenedRun:
    """A run that this process looks after. ``worker`` holds its jobs in the queue."""

    context: QueueRunContext
    record: RunRecord
    remote: Remote
    worker: str = ""
    filed: set[int] = field(default_factory=set)
    """Jobs that need no more looking at: they are done."""
    late: int = 0
    damaged: set[int] = field(default_factory=set)

    @cached_property
    def service(self) -> CloudJobs:
        """The service that does it. Raises what opening it raises."""
        return self.context.service_at(self.record.project, self.record.region, self.record.service)
