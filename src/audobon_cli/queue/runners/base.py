"""Between the loop that takes jobs and what runs them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from audobon_cli.domain.events import Listener
from audobon_cli.domain.ids import AssetId
from audobon_cli.engines.base import ShouldStop
from audobon_cli.queue.model import Job


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a runner works with. ``lease`` is a file descriptor: a child process that keeps it open keeps
    the worker alive in the eyes of others, so that its job is not begun elsewhere while the child is at it.
    """

    listen: Listener
    should_stop: ShouldStop
    lease: int = -1


@dataclass(frozen=True, slots=True)
class JobResult:
    """What came of a job. ``ended`` means that its results are filed and made it done, in one transaction;
    else the loop makes it done with ``result`` and ``assets``."""

    ended: bool = False
    result: dict[str, Any] | None = None
    assets: Sequence[AssetId] = field(default=())


class Runner(Protocol):
    """Runs jobs of one kind."""

    def run(self, job: Job, context: JobContext) -> JobResult:
        """Run one job to its end. Raises what made it fail, or Interrupted when ``context.should_stop`` said so."""
        ...
