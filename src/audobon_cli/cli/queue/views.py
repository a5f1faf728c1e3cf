"""What the commands of `audobon queue` share: their options, jobs as data and as rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import format_bytes, format_seconds
from audobon_cli.queue.model import DEFAULT_LANE, Job, JobFilter, JobState, parse_job_numbers

if TYPE_CHECKING:
    from audobon_cli.queue.add import JobOptions
    from audobon_cli.queue.status import QueueStatus
    from audobon_cli.queue.store.jobs import JobStore

HEADINGS = ("job", "state", "priority", "lane", "tries", "job is", "why")
STYLES = {
    "done": "green",
    "running": "cyan",
    "failed": "yellow",
    "blocked": "yellow",
    "paused": "yellow",
    "dead": "red",
    "cancelled": "dim",
}

Jobs = Annotated[list[str] | None, typer.Argument(metavar="[JOB]...", help="Numbers of jobs, or 3-9.")]
States = Annotated[
    list[JobState] | None, typer.Option("--state", help="Jobs in this state; may be given again.")
]
Lane = Annotated[str | None, typer.Option("--lane", help="Jobs of this lane.")]
All = Annotated[bool, typer.Option("--all", help="All jobs.")]


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """How the jobs that are added are run."""

    priority: Annotated[int, typer.Option("--priority", help="Higher runs first.")] = 0
    after: Annotated[
        list[str] | None,
        typer.Option("--after", metavar="JOB", help="Wait until this job is done; may be given again."),
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
    from audobon_cli.queue.store.jobs import JobStore

    return JobStore(session.workspace.library.database)


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


def job_data(job: Job) -> dict[str, Any]:
    """A job, JSON-ready."""
    times = {name: getattr(job, name) for name in ("created", "due", "started", "finished")}
    return {
        "job": job.number,
        "kind": job.kind.value,
        "title": job.title,
        "state": job.state.value,
        "priority": job.priority,
        "lane": job.lane,
        "pieces": job.pieces,
        "attempts": job.attempts,
        "retries": job.retries,
        "timeout_seconds": job.timeout_seconds,
        **{name: time.isoformat() if time else None for name, time in times.items()},
        "worker": job.worker,
        "after": list(job.needs),
        "assets": list(job.assets),
        "progress": job.progress,
        "error": job.error,
        "late_results": job.late,
    }


def job_rows(data: dict[str, Any]) -> list[tuple[str, str]]:
    """All there is to know of a job, for people: what is empty is left out, and how far it was once it is over."""
    rows = []
    for key, value in data.items():
        if value in (None, [], "", 0) or (key == "progress" and data["state"] != JobState.RUNNING):
            continue
        if isinstance(value, list):
            value = " ".join(map(str, value))
        rows.append((key, json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)))
    return rows


def show_jobs(session: Session, jobs: Sequence[Job]) -> None:
    """Jobs as a table."""
    session.out.table(HEADINGS, [_row(job) for job in jobs], STYLES)


def _row(job: Job) -> tuple[str, ...]:
    tries = f"{job.attempts}/{job.retries + 1}"
    return (
        str(job.number),
        job.state.value,
        str(job.priority),
        job.lane,
        tries,
        job.title[:60],
        _why(job),
    )


def _why(job: Job) -> str:
    """What there is to say of a job's state."""
    if job.state is JobState.RUNNING:
        return f"{(job.progress or {}).get('percent', 0.0):.0f} %"
    if job.state is JobState.BLOCKED:
        return f"after {', '.join(map(str, job.needs))}"
    if job.state is JobState.DONE:
        return " ".join(job.assets[:3]) + (" …" if len(job.assets) > 3 else "")
    return str(job.error["message"]) if job.error else ""


def standing_lines(standing: "QueueStatus") -> list[str]:
    """The queue in words."""
    counts = ", ".join(f"{n} {state.value}" for state in JobState if (n := standing.counts.of(state)))
    paused = " (paused: `audobon queue resume`)" if standing.counts.paused else ""
    left = ""
    if standing.length and standing.remaining_seconds is not None:
        left = f"; about {format_seconds(standing.remaining_seconds)} left"
    lines = [f"{counts or 'no jobs'}{paused}{left}"]
    for worker in standing.workers:
        memory = f", {format_bytes(worker.memory_bytes)}" if worker.memory_bytes else ""
        at = f"job {worker.job}" if worker.job else "waiting"
        lines.append(
            f"worker {worker.id}: {at} on {worker.device or 'the best device'}{memory} (pid {worker.pid})"
        )
    for job in standing.active:
        progress = job.progress or {}
        seconds = progress.get("remaining_seconds")
        remaining = f", {format_seconds(seconds)} left" if seconds is not None else ""
        elapsed = format_seconds((standing.now - job.started).total_seconds()) if job.started else ""
        steps = f", step {progress['step']} of {progress['steps']}" if progress.get("steps") else ""
        lines.append(
            f"job {job.number}: {job.title[:60]}: {progress.get('percent', 0.0):.0f} %{steps}, {elapsed}{remaining}"
        )
    if not standing.workers and standing.length:
        lines.append("no worker is running: `audobon queue run`")
    return lines
