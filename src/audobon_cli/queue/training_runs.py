"""Training runs as jobs of the queue: added, found by their names, and how each stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from audobon_cli.domain.errors import InvalidInput, TrainingRunNotFound
from audobon_cli.library.store.library import Library
from audobon_cli.queue.add import JobOptions
from audobon_cli.queue.model import MAX_RETRIES, Job, JobDraft, JobFilter, JobKind, JobState, job_data
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.training.run import RunFolder, TrainingRun, run_folder, run_from


@dataclass(frozen=True, slots=True)
class RunStatus:
    """How a run stands. ``losses`` are the measurements up to now; see RunFolder."""

    job: Job
    run: TrainingRun
    folder: RunFolder
    losses: tuple[dict[str, Any], ...]

    @property
    def steps(self) -> int:
        """How many steps it makes at most."""
        return self.run.settings.steps_for(len(self.run.pictures.learnt))

    @property
    def step(self) -> int:
        """The step that it is at, as far as is known."""
        if self.job.state is JobState.DONE:
            return int((self.job.result or {}).get("steps", self.steps))
        running = int((self.job.progress or {}).get("step", 0))
        return max(running, int(self.losses[-1]["step"]) if self.losses else 0)

    @property
    def words(self) -> str:
        """What its losses say."""
        if self.job.result:
            return str(self.job.result.get("verdict", ""))
        return str(self.losses[-1].get("words", "")) if self.losses else ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        last = self.losses[-1] if self.losses else {}
        result = self.job.result or {}
        return {
            **job_data(self.job),
            "name": self.run.name,
            "model": self.run.model,
            "preset": self.run.preset,
            "pictures": len(self.run.pictures.learnt),
            "held_out_pictures": len(self.run.pictures.held_out),
            "trigger": self.run.pictures.trigger,
            "set_digest": self.run.pictures.digest,
            "step": self.step,
            "steps": self.steps,
            "best_step": result.get("best_step", last.get("best_step")),
            "learnt": result.get("learnt", last.get("learnt")),
            "held_out": result.get("held_out", last.get("held_out")),
            "untrained": result.get("untrained", last.get("untrained")),
            "verdict": self.words,
            "memorising": result.get("memorising", ""),
            "folder": str(self.folder.path),
            "on": self.folder.trained_on or "here",
            "samples": [str(path) for path in self.folder.sample_files()],
            "result": result or None,
        }


def add_run(jobs: JobStore, run: TrainingRun, options: JobOptions) -> Job:
    """Add the job that trains ``run``. Raises InvalidInput where a run of that name is not over yet."""
    for other in _jobs(jobs):
        if other.title == run.name and not other.state.final:
            raise InvalidInput(
                f"A run called {run.name} is {other.state.value} already (job {other.number}).",
                hint=f"`audobon train resume {run.name}`, `audobon train cancel {run.name}`, or another --name",
            )
    draft = JobDraft(
        JobKind.TRAIN,
        run.name,
        run.to_dict(),
        pieces=1,
        lane=options.lane,
        priority=options.priority,
        timeout_seconds=options.timeout_seconds,
        retries=MAX_RETRIES if options.retries is None else options.retries,
        needs=options.after,
    )
    return jobs.add([draft])[0]


def all_runs(jobs: JobStore, library: Library) -> list[RunStatus]:
    """The runs of the library, in the order in which they were added."""
    return [status_of(job, library) for job in _jobs(jobs)]


def find_run(jobs: JobStore, library: Library, text: str) -> RunStatus:
    """The run called ``text``, the last of that name, or that of the job ``text``. Raises TrainingRunNotFound."""
    found = [job for job in _jobs(jobs) if job.title == text or str(job.number) == text.removeprefix("job:")]
    if not found:
        raise TrainingRunNotFound(
            f"There is no training run {text!r}.", hint="`audobon train list` shows the runs", run=text
        )
    return status_of(found[-1], library)


def status_of(job: Job, library: Library) -> RunStatus:
    """How the run of ``job`` stands. Raises InvalidInput for one that cannot be read."""
    folder = run_folder(library, job.number)
    return RunStatus(job, run_from(job.request), folder, tuple(folder.read_losses()))


def tidy_runs(jobs: JobStore, library: Library) -> None:
    """Delete the checkpoints of runs that are done: nothing goes on from them."""
    for job in _jobs(jobs):
        if job.state is JobState.DONE:
            run_folder(library, job.number).checkpoint.unlink(missing_ok=True)


def _jobs(jobs: JobStore) -> Sequence[Job]:
    return [job for job in jobs.matching(JobFilter()) if job.kind is JobKind.TRAIN]
