"""``audobon train worker``."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.requests.cloud_contexts import CloudServices
from audobon_cli.cli.session import Session

STOPPING = "Stopping behind this step; its checkpoint is at the place."


@command("worker", examples=["audobon train worker gs://my-bucket/audobon --run 4f2a91c07be3d658"])
def worker(
    session: Session,
    place: Annotated[str, typer.Argument(metavar="PLACE", help="Where the run is exchanged.")],
    run: Annotated[str, typer.Option("--run", metavar="RUN", help="The run, as `cloud status` calls it.")],
) -> None:
    """Train a run that lies at a place; containers run this.

    It may be killed and begun again at any moment, here or elsewhere: it goes on from its last checkpoint. What no
    other attempt could do better is said to whoever began the run, and ends this command well.
    """
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.cloud.queue_runs.worker import is_superfluous, prepare_folder
    from audobon_cli.cloud.training_runs.task import TrainingTask, TrainingTaskReport, train_task
    from audobon_cli.training.run import RunFolder

    with (
        tempfile.TemporaryDirectory(prefix="audobon-") as folder,
        Interruption(session.out, STOPPING, again="") as interruption,
        listening(session.out, interruption) as listen,
        CloudServices(session) as services,
    ):
        library, _ = prepare_folder(Path(folder))
        workspace, remote = session.workspace_of(library), services.remote(place)
        try:
            if is_superfluous(remote, run, os.environ):
                done = TrainingTaskReport(superfluous=True)
            else:
                task = TrainingTask(workspace, remote, run, RunFolder(Path(folder) / "run"))
                done = train_task(task, listen, interruption.should_stop)
        finally:
            remote.close()
            workspace.close()
    words = "Another execution does this run." if done.superfluous else "The outcome is at the place."
    data = {"run": run, "there": done.there, "failed": done.failed, "superfluous": done.superfluous}
    session.out.result(data, lambda: session.out.line(words))
