"""``audobon queue cancel``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.queue.options import All, Jobs, Lane, States, chosen_jobs
from audobon_cli.cli.queue.views import steering_of, tell_jobs
from audobon_cli.cli.session import Session


@command("cancel", examples=["audobon queue cancel 7 9-12", "audobon queue cancel --lane heroes"])
def cancel(
    session: Session, jobs: Jobs = None, states: States = None, lane: Lane = None, everything: All = False
) -> None:
    """Cancel jobs that are not finished.

    Running ones stop at their next step. Finished pictures are kept.
    """
    chosen = chosen_jobs(session, jobs, states, lane, everything)
    tell_jobs(session, steering_of(session).cancel(chosen), "cancelled, or stopping after the current step")
