"""When a worker ends between two jobs, so that a fresh process goes on: what libraries leak or keep is free again."""

from dataclasses import dataclass

from audobon_cli.domain.units import parse_bytes
from audobon_cli.settings.limits import limit_of
from audobon_cli.settings.settings import Settings

JOBS = "jobs"
MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class RecycleRule:
    """After how many jobs (0: never), and with how many bytes of main memory after a job (None: never)."""

    jobs: int = 0
    memory_bytes: int | None = None

    @classmethod
    def of(cls, settings: Settings, jobs: int | None = None, memory: str | None = None) -> "RecycleRule":
        """What ``settings`` say, or ``jobs`` and ``memory`` (as 2GB; "": never) where they are given.

        Raises InvalidInput and SettingInvalid for what is no amount.
        """
        if memory is None:
            memory_bytes = limit_of(settings.queue_recycle_memory, "queue_recycle_memory")
        else:
            memory_bytes = parse_bytes(memory) if memory else None
        return cls(settings.queue_recycle_jobs if jobs is None else jobs, memory_bytes)

    def reason(self, jobs: int, memory_bytes: int | None) -> str:
        """Why a worker that has run ``jobs`` jobs and has ``memory_bytes`` is to be begun anew: JOBS, MEMORY or ""."""
        if self.jobs and jobs >= self.jobs:
            return JOBS
        if self.memory_bytes is not None and jobs and (memory_bytes or 0) > self.memory_bytes:
            return MEMORY
        return ""
