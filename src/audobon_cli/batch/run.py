"""Running a batch: what is missing is drawn, model by model; each job gets its entry in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from audobon_cli.batch.report import BatchReport, JobStatus, LedgerEntry, entry_of
from audobon_cli.batch.resolve import BatchJob
from audobon_cli.domain.errors import (
    AudobonError,
    DiskFailed,
    DiskFull,
    Interrupted,
    LibraryBusy,
    LibraryCorrupt,
    LibraryReadOnly,
    ModelAltered,
    ModelDamaged,
    ModelUnsupported,
    OutputUnwritable,
    ProviderError,
)
from audobon_cli.engines.base import drawing_key
from audobon_cli.generation.context import AssetTask, GenerationContext
from audobon_cli.generation.input_images import import_inputs
from audobon_cli.generation.run import make_picture

ENDING = (Interrupted, DiskFull, DiskFailed, LibraryBusy, LibraryCorrupt, LibraryReadOnly, OutputUnwritable)
"""What no other job could do better with: the run ends there. Anything else is the job's own failure."""

OF_MODELS = (ModelDamaged, ModelAltered, ModelUnsupported)
"""Errors that every job of the same model meets: it is not loaded again to find out."""


@dataclass(slots=True)
class _Run:
    jobs: Sequence[BatchJob]
    context: GenerationContext
    unusable: dict[object, AudobonError] = field(default_factory=dict)

    def make(self, job: BatchJob) -> LedgerEntry:
        """The entry of ``job``. Raises those of ENDING."""
        key = (job.request.model, job.request.components, job.request.adapters)
        if key in self.unusable:
            return _failed(job, self.unusable[key])
        task = AssetTask(job.request, job.request.seed, job.index, len(self.jobs))
        try:
            return entry_of(job, make_picture(task, self.context))
        except ENDING:
            raise
        except AudobonError as error:
            if isinstance(error, ProviderError) and error.ends_run:
                raise
            if isinstance(error, OF_MODELS):
                self.unusable[key] = error
            return _failed(job, error)


def run_batch(jobs: Sequence[BatchJob], context: GenerationContext, fail_fast: bool = False) -> BatchReport:
    """Make the pictures of ``jobs`` that the library lacks; finished ones stay whatever happens later.

    As many entries come back as there are jobs, in their order, though jobs of one model and size are drawn
    one after the other. With ``fail_fast`` the first failure ends the run. Call check_run first.
    """
    ordered = in_groups(jobs)
    entries: dict[int, LedgerEntry] = {}
    stopped_by = None
    try:
        import_inputs(context.library, [picture for job in ordered for picture in job.request.pictures])
        with context.drawing_ahead([(job.request, job.request.seed) for job in ordered]) as ahead:
            run = _Run(jobs, ahead)
            for job in ordered:
                if context.should_stop():
                    raise Interrupted("Stopped.")
                entries[job.index] = run.make(job)
                if fail_fast and entries[job.index].status is JobStatus.FAILED:
                    break
    except AudobonError as error:
        stopped_by = error
    why = stopped_by.message if stopped_by is not None else "an earlier job failed"
    skipped = (LedgerEntry(job, JobStatus.SKIPPED, reason=why) for job in jobs)
    return BatchReport(tuple(entries.get(entry.job.index, entry) for entry in skipped), stopped_by)


def in_groups(jobs: Sequence[BatchJob]) -> list[BatchJob]:
    """``jobs`` with those of one model behind each other, and among them those that can be drawn together;
    otherwise in their order."""
    models: dict[object, dict[object, list[BatchJob]]] = {}
    for job in jobs:
        request = job.request
        kinds = models.setdefault((request.model, request.components, request.strategy), {})
        kinds.setdefault((request.adapters, request.render_size, drawing_key(request)), []).append(job)
    return [job for kinds in models.values() for group in kinds.values() for job in group]


def _failed(job: BatchJob, error: AudobonError) -> LedgerEntry:
    return LedgerEntry(job, JobStatus.FAILED, None, error.code, error.message)
