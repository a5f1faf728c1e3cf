"""`audobon train worker`: a training run in a container, or anywhere, from its last checkpoint at the place on.

It may be killed at any moment and begun again: what was learnt up to the last checkpoint is not learnt again, and on
the processor, with as many threads, the weights become those of a run without a break.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.cloud.queue_runs.slices import input_key, run_prefix
from audobon_cli.cloud.training_runs.exchange import (
    LOSSES,
    checkpoint_key,
    checkpoints,
    encode_trained,
    failure_key,
    loss_key,
    order_key,
    result_key,
    sample_key,
    whole_checkpoints,
)
from audobon_cli.domain.errors import (
    AudobonError,
    CloudFailed,
    DiskFull,
    Interrupted,
    RemoteFailed,
    RemoteFull,
    RemoteGarbled,
    RemoteMissing,
    RemoteObjectMissing,
    RemoteObjectShort,
    RemoteRefused,
    RemoteUnreachable,
)
from audobon_cli.domain.events import Event, Listener, ignore
from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.engines.base import ShouldStop, never
from audobon_cli.generation.context import GenerationEnvironment
from audobon_cli.remotes.base import Remote
from audobon_cli.storage.durable_files import write_output
from audobon_cli.training.events import CheckpointWritten, TrainingMeasured, TrainingSampled
from audobon_cli.training.run import RunFolder, TrainingRun, run_from
from audobon_cli.training.train import TrainingContext, train

AGAIN: tuple[type[AudobonError], ...] = (
    Interrupted,
    DiskFull,
    RemoteFailed,
    RemoteFull,
    RemoteGarbled,
    RemoteMissing,
    RemoteObjectMissing,
    RemoteObjectShort,
    RemoteRefused,
    RemoteUnreachable,
)
"""What another attempt may do better; all else would fail again, and cost again."""
KEPT = 2
"""Checkpoints that stay at the place: the newest, and the one before."""


@dataclass(frozen=True, slots=True)
class TrainingTask:
    """The training run that lies under ``run`` at ``remote``, done with the fresh library of ``environment``, in
    ``folder``."""

    environment: GenerationEnvironment
    remote: Remote
    run: str
    folder: RunFolder


@dataclass(frozen=True, slots=True)
class TrainingTaskReport:
    """What a task did. ``there``: the outcome was known already; ``failed`` is the code of what went wrong for good."""

    there: bool = False
    failed: str = ""
    superfluous: bool = False
    """Another execution does this run: nothing was done."""


def train_task(
    given: TrainingTask, listen: Listener = ignore, should_stop: ShouldStop = never
) -> TrainingTaskReport:
    """Train, and leave the outcome at the place. Raises Interrupted behind a checkpoint, CloudFailed where no run lies,
    and what the place raises: then another attempt may go on."""
    remote, run = given.remote, given.run
    if any(remote.stat(key) is not None for key in (result_key(run), failure_key(run))):
        return TrainingTaskReport(there=True)
    try:
        wanted = run_from(parse_json_object(remote.get(order_key(run)), 2**26))
    except RemoteObjectMissing as error:
        raise CloudFailed(
            f"There is no training run {run} in {remote.address}.",
            hint="it is over, or the place is another one; on the machine that began it: `audobon train list`",
        ) from error
    try:
        given.folder.prepare(wanted)
        _fetch(given, wanted)
        _restore(given)
        context = TrainingContext(
            given.environment.library,
            given.environment.models,
            given.environment.settings,
            _Delivery(given, listen),
            should_stop,
        )
        trained = train(wanted, given.folder, context)
    except AGAIN:
        raise
    except AudobonError as error:
        said = {
            "code": error.code,
            "message": error.message,
            "hint": error.hint,
            "status": int(error.exit_status),
        }
        remote.put(failure_key(run), json.dumps(said).encode())
        return TrainingTaskReport(failed=error.code)
    files = {name: path.read_bytes() for name, path in trained.files.items()}
    remote.put(result_key(run), encode_trained(trained.facts, files))
    return TrainingTaskReport()


def _fetch(given: TrainingTask, wanted: TrainingRun) -> None:
    """Bring the pictures into the library. Raises RemoteGarbled for one that is not what its digest says."""
    blobs = given.environment.library.blobs
    for digest in sorted({one.digest for one in wanted.pictures.pictures}):
        if blobs.put(given.remote.get(input_key(given.run, digest))) != digest:
            raise RemoteGarbled(
                f"The picture {digest[:12]} at {given.remote.address} is damaged.",
                hint="cancel the run, and begin it again: `audobon train cancel`",
            )


def _restore(given: TrainingTask) -> None:
    """Stand where the run last was, by the place."""
    remote, run = given.remote, given.run
    newest = next(whole_checkpoints(remote, run), None)
    if newest is None:
        return
    write_output(given.folder.checkpoint, newest[1], overwrite=True)
    entries = [remote.get(stat.key) for stat in remote.list(f"{run_prefix(run)}{LOSSES}")]
    write_output(given.folder.losses, b"".join(one + b"\n" for one in entries), overwrite=True)


@dataclass
class _Delivery:
    """A listener that leaves at the place what a run has come to."""

    given: TrainingTask
    listen: Listener

    def __call__(self, event: Event) -> None:
        """Take one event."""
        remote, run, folder = self.given.remote, self.given.run, self.given.folder
        if isinstance(event, CheckpointWritten):
            content = folder.checkpoint.read_bytes()
            remote.put(checkpoint_key(run, event.step, content), content)
            for key in checkpoints(remote, run)[:-KEPT]:
                remote.delete(key)
        elif isinstance(event, TrainingMeasured):
            entry = json.dumps(folder.read_losses()[-1], sort_keys=True).encode()
            remote.put(loss_key(run, event.step), entry)
        elif isinstance(event, TrainingSampled):
            path = Path(event.path)
            remote.put(sample_key(run, path.name), path.read_bytes())
        self.listen(event)
