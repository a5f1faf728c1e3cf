"""Runs that are trained in this process, and what the commands of a run share."""

from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import AudobonError, Interrupted, JobFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from audobon_cli.cloud.training_runs.follow import TrainingDestination
    from audobon_cli.queue.add import JobOptions
    from audobon_cli.queue.model import Job, JobKind, JobNumber
    from audobon_cli.queue.open import JobStore
    from audobon_cli.queue.runners.base import Runner
    from audobon_cli.queue.training_runs import RunStatus
    from audobon_cli.training.run import TrainingRun
    from audobon_cli.training.train import TrainingContext

STOPPING = "Stopping behind this step; `audobon train resume` goes on from there."
STOPPING_ELSEWHERE = "Ending the run in the cloud; its last checkpoint is kept."
Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's name, or the number of its job.")]


def queue_of(session: Session) -> "JobStore":
    """The library's queue."""
    from audobon_cli.queue.open import open_queue

    return open_queue(session.workspace.library)


def training_context(session: Session) -> "TrainingContext":
    """What runs work with here."""
    from audobon_cli.training.train import TrainingContext

    workspace = session.workspace
    return TrainingContext(workspace.library, workspace.models, workspace.settings)


def found_run(session: Session, text: str) -> "RunStatus":
    """The run that ``text`` names; jobs of workers that were killed go back first. Raises TrainingRunNotFound."""
    from audobon_cli.queue.status import queue_status
    from audobon_cli.queue.training_runs import find_run

    jobs = queue_of(session)
    queue_status(jobs)
    return find_run(jobs, session.workspace.library, text)


def add_training(session: Session, run: "TrainingRun", options: "JobOptions") -> "Job":
    """Add the job that trains ``run``."""
    from audobon_cli.queue.training_runs import add_run, tidy_runs

    jobs = queue_of(session)
    tidy_runs(jobs, session.workspace.library)
    return add_run(jobs, run, options)


def train_now(session: Session, number: "JobNumber", where: "TrainingDestination | None" = None) -> None:
    """Do the job ``number`` in this process; with ``where`` there, and where it is elsewhere already, follow it.
    Stopped, it is paused behind a checkpoint.

    Raises Interrupted, and what the run failed of.
    """
    from audobon_cli.cli.train.elsewhere import elsewhere
    from audobon_cli.queue.model import JobFilter, JobKind, JobState
    from audobon_cli.queue.open import open_steering
    from audobon_cli.queue.runners.train import TrainRunner
    from audobon_cli.training.run import run_folder

    workspace, failure = session.workspace, None
    folder = run_folder(workspace.library, number)
    if where is None and not folder.trained_on:
        status = _do(session, number, {JobKind.TRAIN: TrainRunner(workspace)}, STOPPING)
    else:
        from audobon_cli.cloud.training_runs.follow import CloudTrainRunner, tidy

        with elsewhere(session) as context:
            runner = CloudTrainRunner(context, where)
            status = _do(session, number, {JobKind.TRAIN: runner}, STOPPING_ELSEWHERE)
            failure = runner.failure
            if status.job.state is JobState.FAILED:  # nobody here trains it for that
                open_steering(workspace.library).pause(JobFilter((number,)))
            if status.job.state is JobState.DONE:
                tidy(context, folder)
    if status.job.state is not JobState.DONE:
        raise failure or _not_done(status)
    from audobon_cli.cli.train.views import show_result

    session.out.result(status.to_dict(), lambda: show_result(session, status))


def _do(
    session: Session, number: "JobNumber", runners: "Mapping[JobKind, Runner]", stopping: str
) -> "RunStatus":
    """Take the job ``number`` and do it: how it stands then."""
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.hardware.process_memory import resident_bytes
    from audobon_cli.queue.model import JobFilter, JobState
    from audobon_cli.queue.open import open_steering
    from audobon_cli.queue.training_runs import status_of
    from audobon_cli.queue.worker import LoopOptions, WorkLoop

    workspace, jobs = session.workspace, queue_of(session)
    with (
        Interruption(session.out, stopping, again="") as interruption,
        listening(session.out, interruption, "Getting ready to train") as listen,
    ):
        options = LoopOptions(
            limit=1,
            listen=listen,
            should_stop=interruption.should_stop,
            memory_bytes=resident_bytes,
            only=number,
        )
        WorkLoop(jobs, runners, options).run(workspace.settings.device or "cpu", "local")
    job = jobs.get(number)
    if job.state is JobState.QUEUED and interruption.requested:
        open_steering(workspace.library).pause(JobFilter((number,)))
        job = jobs.get(number)
    return status_of(job, workspace.library)


def _not_done(status: "RunStatus") -> AudobonError:
    job, name = status.job, status.run.name
    if job.error is None:
        return Interrupted(
            f"{name} is {job.state.value} behind step {status.step} of {status.steps}.",
            hint=f"`audobon train resume {name}` goes on",
            run=name,
            step=status.step,
        )
    error = job.error
    return JobFailed(
        f"{name} failed: {error['message']}",
        hint=str(error.get("hint", "")),
        status=error.get("status"),
        code=error.get("code"),
        run=name,
    )
