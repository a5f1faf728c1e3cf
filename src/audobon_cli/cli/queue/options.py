"""The options that commands of ``audobon queue`` share, and the jobs that they mean."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.queue.model import DEFAULT_LANE, JobFilter, JobState, parse_job_numbers

if TYPE_CHECKING:
    from audobon_cli.queue.add import JobOptions
    from audobon_cli.queue.open import JobStore

Jobs = Annotated[list[str] | None, typer.Argument(metavar="[JOB]...", help="Numbers of jobs, or 3-9.")]
States = Annotated[
    list[JobState] | None, typer.Option("--state", help="Jobs in this state; may be given again.")
]
Lane = Annotated[str | None, typer.Option("--lane", help="Jobs of this lane.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
All = Annotated[bool, typer.Option("--all", help="All jobs.")]


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """How the jobs that are added are run."""

    priority: Annotated[int, typer.Option("--priority", help="Higher runs first.")] = 0
    after: Annotated[
        list[str] | None,
        typer.Option("--needs", metavar="JOB", help="Wait until this job is done; may be given again."),
    ] = None
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="SECONDS", min=0.001, help="What one attempt of the job may take."),
    ] = None
    retries: Annotated[
        int | None,
        typer.Option(
            "--retries",
            help="How often it is tried again when it fails (2; 0 for pictures that are paid for).",
        ),
    ] = None
    lane: Annotated[
        str | None,
        typer.Option("--lane", help="Lanes of one priority take turns; a lane's own jobs keep their order."),
    ] = None

    def parse(self, usual_lane: str = DEFAULT_LANE) -> "JobOptions":
        """What they mean. Raises InvalidInput."""
        from audobon_cli.queue.add import JobOptions

        return JobOptions(
            self.priority,
            parse_job_numbers(self.after or []),
            self.timeout,
            self.retries,
            self.lane if self.lane is not None else usual_lane,
        )


def queue_of(session: Session) -> "JobStore":
    """The library's queue."""
    from audobon_cli.queue.open import open_queue

    return open_queue(session.workspace.library)


def chosen_jobs(
    session: Session,
    numbers: list[str] | None,
    states: list[JobState] | None,
    lane: str | None,
    everything: bool,
) -> JobFilter:
    """The jobs meant. Raises InvalidInput when none are named, JobNotFound for a number that is none."""
    chosen = JobFilter(parse_job_numbers(numbers or []), tuple(states or ()), lane)
    if chosen == JobFilter() and not everything:
        raise InvalidInput("No jobs are named.", hint="give their numbers, --state, --lane or --all")
    if len(chosen.numbers) == 1:
        queue_of(session).get(chosen.numbers[0])
    return chosen
