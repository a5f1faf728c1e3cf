"""``audobon queue pause`` and ``resume``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.queue.options import All, Jobs, Lane, States, chosen_jobs
from audobon_cli.cli.queue.views import steering_of, tell_jobs
from audobon_cli.cli.session import Session


@command("pause", examples=["audobon queue pause", "audobon queue pause 7 9-12"])
def pause(session: Session, jobs: Jobs = None, states: States = None, lane: Lane = None) -> None:
    """Pause jobs, or the whole queue.

    Without jobs, running ones finish and no other begins.
    """
    if not (jobs or states or lane):
        steering_of(session).pause_queue(True)
        _tell_queue(session, paused=True)
        return
    chosen = chosen_jobs(session, jobs, states, lane, everything=False)
    tell_jobs(session, steering_of(session).pause(chosen), "paused, or pausing after the current step")


@command("resume", examples=["audobon queue resume", "audobon queue resume 7"])
def resume(session: Session, jobs: Jobs = None, lane: Lane = None, everything: All = False) -> None:
    """Resume paused jobs, or the whole queue."""
    if not (jobs or lane or everything):
        steering_of(session).pause_queue(False)
        _tell_queue(session, paused=False)
        return
    chosen = chosen_jobs(session, jobs, None, lane, everything)
    tell_jobs(session, steering_of(session).resume(chosen), "back in the queue")


def _tell_queue(session: Session, paused: bool) -> None:
    words = "The queue is paused." if paused else "The queue goes on."
    session.out.result({"jobs": [], "paused": paused}, lambda: session.out.line(words))
