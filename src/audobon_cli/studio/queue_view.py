"""How the queue stands, only read: as `audobon queue status`, which also takes back jobs of dead workers."""

from datetime import UTC, datetime
from typing import Any

from audobon_cli.queue.model import JobFilter, JobState
from audobon_cli.queue.open import JobStore
from audobon_cli.queue.status import active_job, living_workers

RECENT = 100
"""So many jobs, the last ones, are watched one by one; those that run always are."""


def queue_view(jobs: JobStore) -> dict[str, Any]:
    """Counts by state, whether it is paused, living workers, and the jobs that run with their progress."""
    counts = jobs.counts()
    now = datetime.now(UTC)
    return {
        "counts": {state.value: counts.of(state) for state in JobState},
        "paused": counts.paused,
        "workers": living_workers(jobs),
        "active": [active_job(job, now) for job in jobs.matching(JobFilter(states=(JobState.RUNNING,)))],
    }
