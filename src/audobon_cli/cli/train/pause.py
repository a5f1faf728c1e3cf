"""``audobon train pause`` and ``cancel``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.train.elsewhere import end_elsewhere
from audobon_cli.cli.train.running import Run, found_run


@command("pause", examples=["audobon train pause my-style"])
def pause(session: Session, run: Run) -> None:
    """Pause a run: its steps up to now are kept."""
    from audobon_cli.queue.model import JobFilter, JobState
    from audobon_cli.queue.open import open_steering

    status = found_run(session, run)
    changed = open_steering(session.workspace.library).pause(JobFilter((status.job.number,)))
    if status.job.state is not JobState.RUNNING:
        end_elsewhere(session, status)
    _tell(session, status.run.name, bool(changed), status.job.state.value, "paused behind its next step")


@command("cancel", examples=["audobon train cancel my-style", "audobon train cancel my-style --forget"])
def cancel(
    session: Session,
    run: Run,
    forget: Annotated[
        bool, typer.Option("--forget", help="Delete its checkpoint and samples, too, if it does not run.")
    ] = False,
) -> None:
    """Cancel a run; `train resume` could still go on with it.

    One that is in the cloud is ended there, and its last checkpoint kept here.
    """
    from audobon_cli.queue.model import JobFilter, JobState
    from audobon_cli.queue.open import open_steering

    status = found_run(session, run)
    changed = open_steering(session.workspace.library).cancel(JobFilter((status.job.number,)))
    if status.job.state is not JobState.RUNNING:
        end_elsewhere(session, status)
    if forget and status.job.state is not JobState.RUNNING:
        status.folder.remove()
    _tell(session, status.run.name, bool(changed), status.job.state.value, "cancelled")


def _tell(session: Session, name: str, changed: bool, state: str, done: str) -> None:
    words = f"{name}: {done}" if changed else f"{name}: nothing to do, it is {state}"
    session.out.result({"name": name, "changed": changed}, lambda: session.out.line(words))
