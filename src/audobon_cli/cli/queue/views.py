"""Jobs and the queue, for people and for scripts."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.screen.columns import Cell, Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, format_seconds
from audobon_cli.queue.model import DRAWING, Job, JobState, job_data

if TYPE_CHECKING:
    from audobon_cli.queue.open import JobSteering
    from audobon_cli.queue.status import QueueStatus

COLUMNS = (
    Column("job", Kind.NUMBER),
    Column("state"),
    Column("priority", Kind.NUMBER, drop=2, unlike=True),
    Column("lane", Kind.NAME, drop=3, unlike=True),
    Column("tries", drop=1, unlike=True),
    Column("what", Kind.NAME),
    Column("result", Kind.NAME),
)
EMPTY = 'The queue is empty. Add to it: audobon queue add "cute dragon"'
STYLES = {
    "done": "green",
    "running": "cyan",
    "failed": "yellow",
    "blocked": "yellow",
    "paused": "yellow",
    "dead": "red",
    "cancelled": "dim",
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
    session.out.table(COLUMNS, [_row(job) for job in jobs], STYLES)


def _row(job: Job) -> tuple[Cell, ...]:
    tries = f"{job.attempts}/{job.retries + 1}"
    return (
        job.number,
        job.state.value,
        job.priority,
        job.lane,
        tries,
        job.title,
        _why(job),
    )


def _why(job: Job) -> str:
    """What there is to say of a job's state."""
    if job.state is JobState.RUNNING:
        return _phase(job)
    if job.state is JobState.BLOCKED:
        return f"after {', '.join(map(str, job.needs))}"
    if job.state is JobState.DONE:
        return " ".join(job.assets[:3]) + (" …" if len(job.assets) > 3 else "")
    return str(job.error["message"]) if job.error else ""


def _phase(job: Job) -> str:
    """What a running job does: its percentage says nothing before the first step."""
    progress = job.progress
    if not progress:
        return "starting"
    doing, percent = progress.get("doing", ""), f"{progress.get('percent', 0.0):.0f} %"
    if not doing:
        return percent
    return f"{doing} {percent}" if doing == DRAWING else str(doing)


def status_lines(found: "QueueStatus") -> list[str]:
    """The queue in words."""
    counts = ", ".join(f"{n} {state.value}" for state in JobState if (n := found.counts.of(state)))
    paused = " (paused: `audobon queue resume`)" if found.counts.paused else ""
    left = ""
    if found.length and found.workers and found.remaining_seconds is not None:
        left = f"; about {format_seconds(found.remaining_seconds)} left"
    lines = [f"{counts or EMPTY}{paused}{left}"]
    for worker in found.workers:
        memory = f", {format_bytes(worker.memory_bytes)}" if worker.memory_bytes else ""
        at = f"job {worker.job}" if worker.job else "waiting"
        lines.append(f"worker {worker.id}: {at} on {_place(worker.device)}{memory} (pid {worker.pid})")
    for job in found.active:
        progress = job.progress or {}
        seconds = progress.get("remaining_seconds")
        remaining = f", {format_seconds(seconds)} left" if seconds is not None else ""
        elapsed = format_seconds((found.now - job.started).total_seconds()) if job.started else ""
        steps = f", step {progress['step']} of {progress['steps']}" if progress.get("steps") else ""
        lines.append(f"job {job.number}: {job.title[:60]}: {_phase(job)}{steps}, {elapsed}{remaining}")
    if not found.workers and found.length:
        lines.append("waiting for a worker; start one: `audobon queue run`")
    return lines


def _place(device: str) -> str:
    """Where a worker runs, in words: what is chosen for it where the settings name no device."""
    if device:
        return device
    from audobon_cli.hardware.probe import graphics_cards

    cards = graphics_cards()
    return cards[0].name if cards else "the processor"


def show_added(session: Session, added: "list[Job]") -> None:
    """The result of a command that adds jobs: their numbers."""
    session.out.result(
        {"jobs": [job_data(job) for job in added]},
        lambda: session.out.lines(str(job.number) for job in added),
    )


def steering_of(session: Session) -> "JobSteering":
    """What people do to the jobs of the library's queue."""
    from audobon_cli.queue.open import open_steering

    return open_steering(session.workspace.library)


def tell_jobs(session: Session, changed: "Sequence[Job]", words: str) -> None:
    """The result of a command that changes jobs: how many, and which."""
    numbers = ", ".join(str(job.number) for job in changed)
    which = f"{'Job' if len(changed) == 1 else 'Jobs'} {numbers}" if numbers else "No jobs"
    session.out.result(
        {"jobs": [job_data(job) for job in changed]}, lambda: session.out.line(f"{which} {words}.")
    )
