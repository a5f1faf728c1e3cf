"""The options that commands of ``audobon queue`` share, and the jobs that they mean."""

from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from audobon_cli.cli.session import Session
from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.queue.model import DEFAULT_LANE, JobFilter, JobState, parse_job_numbers

if TYPE_CHECKING:
    from audobon_cli.queue.add import JobOptions
    from audobon_cli.queue.open import JobStore

Jobs = Annotated[list[str] | None, typer.Argument(metavar="[JOB]...", help="Numbers of jobs, or 3-9.")]
States = Annotated[
    list[JobState] | None, typer.Option("--state", help="Only jobs in this state; repeatable.")
]
Lane = Annotated[str | None, typer.Option("--lane", help="Only jobs of this lane.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")]
All = Annotated[bool, typer.Option("--all", help="All jobs.")]


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """How the jobs that are added are run."""

    PANEL: ClassVar[str] = "Job"

    priority: Annotated[int, typer.Option("--priority", help="Jobs with a higher priority run first.")] = 0
    after: Annotated[
        list[str] | None,
        typer.Option("--needs", metavar="JOB", help="Wait until this job is done; repeatable."),
    ] = None
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout", metavar="SECONDS", min=0.001, help="Time limit of one attempt, in seconds."
        ),
    ] = None
    retries: Annotated[
        int | None,
        typer.Option(
            "--retries",
            help="How often to try again after a failure (2; 0 for paid pictures).",
        ),
    ] = None
    lane: Annotated[
        str | None,
        typer.Option("--lane", help="Lane of the job: lanes take turns, jobs in a lane keep their order."),
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
