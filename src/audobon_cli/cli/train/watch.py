"""``audobon train watch``."""

import time
from typing import TYPE_CHECKING

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.train.running import Run, found_run, queue_of

if TYPE_CHECKING:
    from audobon_cli.queue.training_runs import RunStatus

WATCH_SECONDS = 0.5


@command("watch", examples=["audobon train watch my-style", "audobon train watch my-style --events"])
def watch(session: Session, run: Run) -> None:
    """Watch a training run until it ends.

    A line for each measurement and each sheet of samples; Ctrl-C ends the watching, and leaves the run as it is.
    """
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.queue.training_runs import status_of

    status = found_run(session, run)
    jobs, library = queue_of(session), session.workspace.library
    shown = (0, 0)
    with Interruption(session.out, "", again="") as interruption:
        while True:
            shown = _tell(session, status, shown)
            if status.job.state.final or not _goes_on(status) or interruption.requested:
                break
            time.sleep(WATCH_SECONDS)
            status = status_of(jobs.get(status.job.number), library)
    session.out.result(
        {"run": status.to_dict()},
        lambda: session.out.line(
            f"{status.run.name}: {status.job.state.value}, step {status.step} of {status.steps}"
        ),
    )


def _goes_on(status: "RunStatus") -> bool:
    """Whether something happens without anybody's doing: a paused run is not waited for."""
    from audobon_cli.queue.model import JobState

    return status.job.state is not JobState.PAUSED


def _tell(session: Session, status: "RunStatus", shown: tuple[int, int]) -> tuple[int, int]:
    """Say what is new since ``shown`` measurements and samples."""
    from audobon_cli.cli.train.views import loss
    from audobon_cli.training.events import TrainingMeasured, TrainingSampled

    losses, samples = status.losses[shown[0] :], status.folder.sample_files()
    for entry in losses:
        if session.out.for_scripts:
            facts = ("step", "learnt", "held_out", "untrained", "best_step", "words")
            session.out.event(TrainingMeasured(steps=status.steps, **{name: entry[name] for name in facts}))
        else:
            session.out.line_now(
                f"step {entry['step']} of {status.steps}: learnt {loss(entry['learnt'])}, held out "
                f"{loss(entry['held_out'])} (untrained {loss(entry['untrained'])}). {entry['words']}".rstrip()
            )
    for path in samples[shown[1] :]:
        if session.out.for_scripts:
            session.out.event(TrainingSampled(int(path.stem.rpartition("-")[2]), str(path)))
        else:
            session.out.line_now(f"samples: {path}")
    return shown[0] + len(losses), max(shown[1], len(samples))
