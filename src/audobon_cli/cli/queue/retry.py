"""``audobon queue retry``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.queue.options import All, Jobs, Lane, States, chosen_jobs
from audobon_cli.cli.queue.views import steering_of, tell_jobs
from audobon_cli.cli.session import Session


@command("retry", examples=["audobon queue retry 7", "audobon queue retry --state dead"])
def retry(
    session: Session, jobs: Jobs = None, states: States = None, lane: Lane = None, everything: All = False
) -> None:
    """Retry failed or cancelled jobs.

    They begin at the first attempt again.
    """
    chosen = chosen_jobs(session, jobs, states, lane, everything)
    tell_jobs(session, steering_of(session).retry(chosen), "queued again")
