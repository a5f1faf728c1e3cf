"""The ledger of a batch: one entry for each job, whatever became of it."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from audobon_cli.batch.resolve import BatchJob
from audobon_cli.domain.errors import AudobonError, BatchIncomplete, Interrupted
from audobon_cli.generation.report import FailedImage, GeneratedImage


class JobStatus(StrEnum):
    """What became of a job."""

    DONE = "done"
    """Its picture was drawn now."""
    CACHED = "cached"
    """Its picture was in the library."""
    FAILED = "failed"
    """It has no picture, for a reason of its own."""
    SKIPPED = "skipped"
    """The run ended before its turn."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A line of the ledger. ``picture`` is there if it is done or cached; ``code`` and ``reason`` say why not."""

    job: BatchJob
    status: JobStatus
    picture: GeneratedImage | None = None
    code: str = ""
    reason: str = ""


def entry_of(job: BatchJob, outcome: GeneratedImage | FailedImage) -> LedgerEntry:
    """The entry for what making the picture of ``job`` came to."""
    if isinstance(outcome, GeneratedImage):
        return LedgerEntry(job, JobStatus.DONE if outcome.drawn else JobStatus.CACHED, outcome)
    if outcome.error is not None:
        return LedgerEntry(job, JobStatus.FAILED, None, outcome.error.code, outcome.error.message)
    reason = f"it failed its checks: {', '.join(outcome.problems)}"
    return LedgerEntry(job, JobStatus.FAILED, None, "generation.incomplete", reason)


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What came of a batch: as many entries as it has jobs, in the order of the file. ``stopped_by`` is what
    ended it early: Interrupted, DiskFull ..."""

    entries: tuple[LedgerEntry, ...]
    stopped_by: AudobonError | None = None

    @property
    def counts(self) -> dict[JobStatus, int]:
        """How many jobs have each status."""
        found = Counter(entry.status for entry in self.entries)
        return {status: found[status] for status in JobStatus}

    @property
    def pictures(self) -> tuple[GeneratedImage, ...]:
        """All pictures that are there."""
        return tuple(entry.picture for entry in self.entries if entry.picture is not None)

    def error(self) -> AudobonError | None:
        """What the run must end with, or None if every job has its picture."""
        counts = self.counts
        if isinstance(self.stopped_by, Interrupted):
            there = counts[JobStatus.DONE] + counts[JobStatus.CACHED]
            return Interrupted(
                f"Interrupted: {there} of {len(self.entries)} pictures kept.",
                hint="the same command draws what is missing",
            )
        if self.stopped_by is not None:
            return self.stopped_by
        failed = [entry for entry in self.entries if entry.status is JobStatus.FAILED]
        if not failed:
            return None
        first = failed[0]
        return BatchIncomplete(
            f"{len(failed)} of {len(self.entries)} jobs failed; the first, of line {first.job.line}: {first.reason}",
            hint="run the same command again when it is mended: what is done is not drawn again",
            failed=[{"line": entry.job.line, "code": entry.code, "reason": entry.reason} for entry in failed],
        )
