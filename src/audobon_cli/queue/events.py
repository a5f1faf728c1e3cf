"""What workers of the queue say of themselves, beside what they say of jobs."""

from dataclasses import dataclass
from typing import ClassVar

from audobon_cli.domain.events import Event


@dataclass(frozen=True, slots=True)
class WorkerRecycled(Event):
    """Worker ``worker`` ends after ``jobs`` jobs with ``memory_bytes`` of main memory (None: not told), and another
    takes its place; ``reason`` is the limit that it reached, ``jobs`` or ``memory``."""

    event: ClassVar[str] = "worker_recycled"
    worker: str
    jobs: int
    memory_bytes: int | None
    reason: str
