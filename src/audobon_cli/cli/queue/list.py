"""``audobon queue list``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.queue.options import Lane, States, queue_of
from audobon_cli.cli.queue.views import show_jobs
from audobon_cli.cli.session import Session
from audobon_cli.queue.model import JobFilter, job_data


@command("list", examples=["audobon queue list", "audobon queue list --state dead --json"])
def list_(
    session: Session,
    states: States = None,
    lane: Lane = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, help="Show at most this many, the last ones.")
    ] = 50,
) -> None:
    """List jobs, in the order they were added."""
    queue = queue_of(session)
    found = queue.matching(JobFilter(states=tuple(states or ()), lane=lane), limit)
    data = {"jobs": [job_data(job) for job in found], "total": sum(queue.counts().states.values())}
    session.out.listing(data, lambda: show_jobs(session, found))
