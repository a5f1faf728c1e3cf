"""The queue and its workers."""

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


class JobsIncomplete(AudobonError):
    code, exit_status = "queue.incomplete", ExitStatus.PARTIAL
    summary = (
        "The queue came to rest with jobs that are dead, or that wait for dead ones; all others are done."
    )


class JobNotFound(AudobonError):
    code, exit_status = "queue.job_not_found", ExitStatus.ASSET_NOT_FOUND
    summary = "No job of the queue has that number."


class WorkerLost(AudobonError):
    code, exit_status = "queue.worker_lost", ExitStatus.LIBRARY_BUSY
    summary = "The process or machine that ran a job ended in the middle of it; the job went back."


class ClusterUnusable(AudobonError):
    code, exit_status = "queue.cluster", ExitStatus.SOURCE_UNREACHABLE
    summary = "The Ray cluster cannot be reached, has no room, or runs another version of the program."


class JobOver(AudobonError):
    code, exit_status = "queue.job_over", ExitStatus.LIBRARY_BUSY
    summary = "A result came for a job that was ended elsewhere meanwhile; it is counted, not stored."


class JobFailed(AudobonError):
    code, exit_status = "queue.job_failed", ExitStatus.PARTIAL
    summary = "The command of a job failed; the details hold its own error."
