"""``audobon queue prune``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.queue.options import DryRun, Jobs, Lane, States
from audobon_cli.cli.queue.views import steering_of
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import plural
from audobon_cli.queue.model import JobFilter, JobState, parse_job_numbers


@command("prune", examples=["audobon queue prune", "audobon queue prune --state dead --dry-run"])
def prune(
    session: Session, jobs: Jobs = None, states: States = None, lane: Lane = None, dry_run: DryRun = False
) -> None:
    """Clear finished jobs from the queue.

    Without others named, those that are done or cancelled. Assets stay.
    """
    usual = () if jobs else (JobState.DONE, JobState.CANCELLED)
    chosen = JobFilter(parse_job_numbers(jobs or []), tuple(states or usual), lane)
    cleared = steering_of(session).clear(chosen, keep=dry_run)
    words = f"{plural(cleared, 'finished job')} {'would be ' if dry_run else ''}cleared."
    words = words if cleared else "No finished jobs to clear."
    session.out.result({"cleared": cleared, "dry_run": dry_run}, lambda: session.out.line(words))
