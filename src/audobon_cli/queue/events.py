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


@dataclass(frozen=True, slots=True)
class ModelReadAhead(Event):
    """``read_bytes`` of the ``weights_bytes`` of the next queued model were read into the system's cache while another
    drew; 0, and no seconds, where memory has no room for both."""

    event: ClassVar[str] = "model_read_ahead"
    model: str
    weights_bytes: int
    read_bytes: int
    seconds: float
