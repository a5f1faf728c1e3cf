"""``audobon train resume``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.train.elsewhere import ElsewhereOptions, agreed
from audobon_cli.cli.train.running import Run, found_run, queue_of, train_now
from audobon_cli.cli.train.views import use_option
from audobon_cli.domain.errors import InvalidInput


@command(
    "resume",
    examples=[
        "audobon train resume my-style",
        "audobon train resume my-style --queue",
        "audobon train resume my-style --on cloudrun --gpu L4",
    ],
)
def resume(
    session: Session,
    run: Run,
    later: Annotated[
        bool, typer.Option("--queue", help="Only put it back into the queue, for `queue run`.")
    ] = False,
    *,
    on: ElsewhereOptions,
) -> None:
    """Go on with a run that was paused, killed or cancelled.

    A run that is elsewhere is followed there; with --on it goes on there.

    The weights become, bit for bit, those of a run without a break (on the processor, with as many threads).
    """
    from audobon_cli.queue.model import JobFilter, JobState
    from audobon_cli.queue.open import open_steering

    status = found_run(session, run)
    job, steering = status.job, open_steering(session.workspace.library)
    if job.state is JobState.RUNNING:
        raise InvalidInput(
            f"{status.run.name} is being trained.", hint=f"`audobon train watch {status.run.name}` looks on"
        )
    if job.state is JobState.DONE:
        raise InvalidInput(
            f"{status.run.name} is done.",
            hint=f'use it: `audobon generate "knight" {use_option(status.run)} {status.run.name}`',
        )
    chosen = JobFilter((job.number,))
    where = None
    if on.check(later) and not status.folder.trained_on:  # else it is followed where it is
        where = agreed(session, status.run, on)
    steering.resume(chosen)
    steering.retry(chosen)
    if later:
        state = queue_of(session).get(job.number).state.value
        data = {"job": job.number, "name": status.run.name, "state": state}
        session.out.result(
            data, lambda: session.out.line(f"{status.run.name}: {state}, from step {status.step}")
        )
        return
    train_now(session, job.number, where)
