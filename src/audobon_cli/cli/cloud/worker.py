"""``audobon cloud worker``."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.cloud.contexts import CloudServices
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import Interrupted
from audobon_cli.domain.units import plural

STOPPING = "Stopping at the next step; what is done is at the place."


@command("worker", examples=["audobon cloud worker gs://my-bucket/audobon --run 4f2a91c07be3d658 --task 0"])
def worker(
    session: Session,
    place: Annotated[str, typer.Argument(metavar="PLACE", help="Where the run's slices and results lie.")],
    run: Annotated[str, typer.Option("--run", metavar="RUN", help="The run whose slice is done.")],
    task: Annotated[
        int | None,
        typer.Option(
            "--task", min=0, help="Which slice, from 0; Cloud Run and Kubernetes say it themselves."
        ),
    ] = None,
) -> None:
    """Do one task's slice of a run; containers run this.

    It may be killed and begun again at any moment, here or elsewhere: jobs that have a result are passed over.
    """
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.cloud.queue_runs.worker import (
        SliceTask,
        TaskReport,
        do_slice,
        is_superfluous,
        prepare_folder,
        task_index,
    )

    index = task_index(task, os.environ)
    with (
        tempfile.TemporaryDirectory(prefix="audobon-") as folder,
        Interruption(session.out, STOPPING) as interruption,
        listening(session.out) as listen,
        CloudServices(session) as services,
    ):
        library, inputs = prepare_folder(Path(folder))
        workspace, remote = session.workspace_of(library), services.remote(place)
        try:
            if is_superfluous(remote, run, os.environ):
                done = TaskReport(superfluous=True)
            else:
                given = SliceTask(workspace, workspace.engine(), remote, run, index, inputs)
                done = do_slice(given, listen, interruption.should_stop)
        finally:
            remote.close()
            workspace.close()
        stopped = interruption.should_stop()
    data = {"run": run, "task": index, "done": done.done, "there": done.there, "failed": done.failed}
    error = Interrupted("The task was stopped.", hint="begun again, it does the rest") if stopped else None
    session.finish(data, lambda: session.out.line(f"{plural(done.done, 'job')} done"), error)
    if done.superfluous:
        session.out.note("Another execution does this run; there is nothing to do here.")
