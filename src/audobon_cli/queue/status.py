"""How the queue stands: the numbers that a monitoring script wants."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from audobon_cli.queue.model import Job, JobFilter, JobState, JobWorker, QueueCounts
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.queue.store.workers import JobWorkers

RECENT_JOBS = 100
"""The remaining time of the queue is judged by so many jobs that were done last."""


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """The queue at one moment. ``remaining_seconds`` is what jobs at hand say of themselves, and for others what jobs
    that are done have taken; None where neither tells anything."""

    counts: QueueCounts
    active: tuple[Job, ...]
    workers: tuple[JobWorker, ...]
    remaining_seconds: float | None
    now: datetime

    @property
    def length(self) -> int:
        """Jobs that wait or run."""
        return self.counts.waiting + self.counts.of(JobState.RUNNING)

    @property
    def at_rest(self) -> bool:
        """Whether nothing runs and nothing will by itself."""
        coming = () if self.counts.paused else (JobState.QUEUED, JobState.FAILED)
        return not self.counts.of(JobState.RUNNING, *coming)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "length": self.length,
            "paused": self.counts.paused,
            "counts": {state.value: self.counts.of(state) for state in JobState},
            "remaining_seconds": self.remaining_seconds,
            "active": [active_job(job, self.now) for job in self.active],
            "workers": [worker_data(worker) for worker in self.workers],
        }


def queue_status(jobs: JobStore) -> QueueStatus:
    """How the queue stands now. Jobs of workers that were killed go back first."""
    workers = JobWorkers(jobs)
    workers.recover()
    counts = jobs.counts()
    active = tuple(jobs.matching(JobFilter(states=(JobState.RUNNING,))))
    alive = tuple(workers.alive())
    now = datetime.now(UTC)
    return QueueStatus(counts, active, alive, _remaining(jobs, counts, active, now, len(alive)), now)


def living_workers(jobs: JobStore) -> int:
    """How many workers are alive. Only reads."""
    return len(JobWorkers(jobs).alive())


def working_workers(jobs: JobStore) -> list[tuple[JobWorker, int]]:
    """The workers that are alive, the oldest first, with how many jobs each has done. Only reads."""
    workers = JobWorkers(jobs)
    alive = workers.alive()
    done = workers.jobs_done() if alive else {}
    return [(worker, done.get(worker.id, 0)) for worker in alive]


def recycled_workers(jobs: JobStore) -> int:
    """How many workers were begun anew since the library has a queue. Only reads."""
    return JobWorkers(jobs).recycled()


def worker_comes(jobs: JobStore) -> bool:
    """Whether a worker has ended a moment ago so that another takes its place, which is no more missing. Only reads."""
    return JobWorkers(jobs).anew()


def give_back_lost_jobs(jobs: JobStore) -> int:
    """Take back the jobs of workers that are gone; how many."""
    return JobWorkers(jobs).recover()


def active_job(job: Job, now: datetime) -> dict[str, Any]:
    """A running job: how far it is, for how long it has run, how long it will."""
    progress = job.progress or {}
    return {
        "job": job.number,
        "title": job.title,
        "worker": job.worker,
        "attempt": job.attempts,
        "doing": progress.get("doing", ""),
        "piece": progress.get("piece", 0),
        "pieces": job.pieces,
        "step": progress.get("step", 0),
        "steps": progress.get("steps", 0),
        "percent": progress.get("percent", 0.0),
        "elapsed_seconds": round((now - job.started).total_seconds(), 1) if job.started else 0.0,
        "remaining_seconds": progress.get("remaining_seconds"),
        "memory_bytes": progress.get("memory_bytes"),
        "memory_total_bytes": progress.get("memory_total_bytes"),
    }


def worker_data(worker: JobWorker) -> dict[str, Any]:
    """A worker, JSON-ready."""
    return {
        "worker": worker.id,
        "pid": worker.pid,
        "device": worker.device,
        "engine": worker.engine,
        "started": worker.started.isoformat(),
        "seen": worker.seen.isoformat(),
        "memory_bytes": worker.memory_bytes,
        "job": worker.job,
    }


def _remaining(
    jobs: JobStore, counts: QueueCounts, active: tuple[Job, ...], now: datetime, workers: int
) -> float | None:
    done = jobs.matching(JobFilter(states=(JobState.DONE,)), RECENT_JOBS)
    times = [(job.finished - job.started).total_seconds() for job in done if job.finished and job.started]
    each = sum(times) / len(times) if times else None
    running = [_left(job, each, now) for job in active]
    if None in running or (each is None and counts.waiting):
        return None
    left = [seconds for seconds in running if seconds is not None]
    # Side by side, but no sooner than the longest of those at hand.
    together = (counts.waiting * (each or 0.0) + sum(left)) / max(1, workers)
    return round(max(together, *left, 0.0), 1)


def _left(job: Job, each: float | None, now: datetime) -> float | None:
    """What is left of a running job: as it says, else as others have taken; None: not known."""
    said = (job.progress or {}).get("remaining_seconds")
    if said is not None:
        return float(said)
    if each is None or job.started is None:
        return None
    return max(0.0, each - (now - job.started).total_seconds())
