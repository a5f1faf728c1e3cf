"""``audobon queue``: pause, resume, cancel, retry, clear, stop."""

from typing import TYPE_CHECKING

from audobon_cli.cli.assets.views import DryRun
from audobon_cli.cli.options import command
from audobon_cli.cli.queue.queue import app
from audobon_cli.cli.queue.views import All, Jobs, Lane, States, chosen_jobs, job_data, queue_of
from audobon_cli.cli.session import Session
from audobon_cli.queue.model import JobFilter, JobState, parse_job_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audobon_cli.queue.model import Job
    from audobon_cli.queue.store.control import JobSteering


@command(app, "pause", examples=["audobon queue pause", "audobon queue pause 7 9-12"])
def pause(session: Session, jobs: Jobs = None, states: States = None, lane: Lane = None) -> None:
    """Pause jobs, or without any the whole queue: then what runs is finished, and nothing is begun."""
    if not (jobs or states or lane):
        _steering(session).pause_queue(True)
        _tell_queue(session, paused=True)
        return
    chosen = chosen_jobs(session, jobs, states, lane, everything=False)
    _tell(session, _steering(session).pause(chosen), "paused, or will be at their next step")


@command(app, "resume", examples=["audobon queue resume", "audobon queue resume 7"])
def resume(session: Session, jobs: Jobs = None, lane: Lane = None, everything: All = False) -> None:
    """Let paused jobs go on, or without any the whole queue."""
    if not (jobs or lane or everything):
        _steering(session).pause_queue(False)
        _tell_queue(session, paused=False)
        return
    chosen = chosen_jobs(session, jobs, None, lane, everything)
    _tell(session, _steering(session).resume(chosen), "wait for their turn again")


@command(app, "cancel", examples=["audobon queue cancel 7 9-12", "audobon queue cancel --lane heroes"])
def cancel(
    session: Session, jobs: Jobs = None, states: States = None, lane: Lane = None, everything: All = False
) -> None:
    """Cancel jobs that are not over; those that run stop at their next step. Finished pictures are kept."""
    chosen = chosen_jobs(session, jobs, states, lane, everything)
    _tell(session, _steering(session).cancel(chosen), "cancelled, or will be at their next step")


@command(app, "retry", examples=["audobon queue retry 7", "audobon queue retry --state dead"])
def retry(
    session: Session, jobs: Jobs = None, states: States = None, lane: Lane = None, everything: All = False
) -> None:
    """Give jobs that are dead or cancelled, or wait after a failure, all their attempts again."""
    chosen = chosen_jobs(session, jobs, states, lane, everything)
    _tell(session, _steering(session).retry(chosen), "will be tried again")


@command(app, "clear", examples=["audobon queue clear", "audobon queue clear --state dead --dry-run"])
def clear(
    session: Session, jobs: Jobs = None, states: States = None, lane: Lane = None, dry_run: DryRun = False
) -> None:
    """Forget jobs that are over: without others named, those that are done or cancelled. Assets stay."""
    usual = () if jobs else (JobState.DONE, JobState.CANCELLED)
    chosen = JobFilter(parse_job_numbers(jobs or []), tuple(states or usual), lane)
    cleared = _steering(session).clear(chosen, keep=dry_run)
    words = "would be forgotten" if dry_run else "forgotten"
    session.out.result(
        {"cleared": cleared, "dry_run": dry_run}, lambda: session.out.line(f"{cleared} {words}")
    )


@command(app, "stop", examples=["audobon queue stop"])
def stop(session: Session) -> None:
    """Ask all workers of this library to give their jobs back and end, also those of `run --detach`."""
    asked = _steering(session).stop_workers()
    session.out.result({"workers": asked}, lambda: session.out.line(f"{asked} workers were asked to end"))


def _steering(session: Session) -> "JobSteering":
    from audobon_cli.queue.store.control import JobSteering

    return JobSteering(queue_of(session).database)


def _tell(session: Session, changed: "Sequence[Job]", words: str) -> None:
    numbers = ", ".join(str(job.number) for job in changed)
    session.out.result(
        {"jobs": [job_data(job) for job in changed]},
        lambda: session.out.line(f"{len(changed)} {words}{f': {numbers}' if numbers else ''}"),
    )


def _tell_queue(session: Session, paused: bool) -> None:
    words = "The queue is paused." if paused else "The queue goes on."
    session.out.result({"jobs": [], "paused": paused}, lambda: session.out.line(words))
