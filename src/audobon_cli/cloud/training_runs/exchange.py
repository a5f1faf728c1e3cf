"""What lies at the place of a training run: the order and its pictures, checkpoints, losses, samples, the outcome.

Keys of checkpoints and losses begin with their step, so that their order is that of their names.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from audobon_cli.cloud.queue_runs.slices import decode_result, encode_result, input_key, run_prefix
from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.domain.ids import BlobId
from audobon_cli.remotes.base import Remote
from audobon_cli.training.run import RunFolder, TrainingRun

MOST_FACTS_BYTES = 2**20
CHECKPOINTS, LOSSES, SAMPLES = "checkpoints/", "losses/", "samples/"


def order_key(run: str) -> str:
    """Where it lies what is trained: TrainingRun.to_dict as JSON."""
    return f"{run_prefix(run)}training"


def checkpoint_key(run: str, step: int, content: bytes) -> str:
    """Where the checkpoint behind ``step`` lies; the key has its digest."""
    return f"{run_prefix(run)}{CHECKPOINTS}{step:08}-{hashlib.sha256(content).hexdigest()}"


def loss_key(run: str, step: int) -> str:
    """Where the measurement behind ``step`` lies."""
    return f"{run_prefix(run)}{LOSSES}{step:08}"


def sample_key(run: str, name: str) -> str:
    """Where the sheet of samples called ``name`` lies."""
    return f"{run_prefix(run)}{SAMPLES}{name}"


def result_key(run: str) -> str:
    """Where the result lies: see encode_trained."""
    return f"{run_prefix(run)}result"


def failure_key(run: str) -> str:
    """Where it is said why the run can have no result."""
    return f"{run_prefix(run)}failure"


def put_order(
    remote: Remote, ident: str, run: TrainingRun, folder: RunFolder, read: Callable[[BlobId], bytes]
) -> None:
    """Put everything that a machine needs for ``run`` to the place, the order last: pictures as ``read`` gives them,
    and where the run stands in ``folder``, if it has begun."""
    for digest in sorted({one.digest for one in run.pictures.pictures}):
        remote.put(input_key(ident, digest), read(digest))
    if folder.checkpoint.is_file():
        content = folder.checkpoint.read_bytes()
        remote.put(checkpoint_key(ident, 0, content), content)
        for entry in folder.read_losses():
            remote.put(loss_key(ident, int(entry["step"])), json.dumps(entry, sort_keys=True).encode())
    remote.put(order_key(ident), json.dumps(run.to_dict()).encode())


def checkpoints(remote: Remote, run: str) -> list[str]:
    """The keys of the checkpoints of a run, the oldest first."""
    return [stat.key for stat in remote.list(f"{run_prefix(run)}{CHECKPOINTS}")]


def whole_checkpoints(remote: Remote, run: str) -> Iterator[tuple[int, bytes]]:
    """Checkpoints that are what their digest says, with their steps, the newest first."""
    for key in reversed(checkpoints(remote, run)):
        step, _, digest = key.rpartition("/")[2].partition("-")
        content = remote.get(key)
        if step.isdecimal() and hashlib.sha256(content).hexdigest() == digest:
            yield int(step), content


def encode_trained(facts: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """What came of a run: ``facts`` and ``files`` of TrainedRun, each with its digest."""
    head = json.dumps({"facts": facts, "files": list(files)}).encode()
    return encode_result([(content, 0.0) for content in (head, *files.values())])


def decode_trained(content: bytes, run: TrainingRun) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Back from encode_trained. Raises ValueError for what is damaged, or no result of ``run``."""
    pieces = [data for data, _ in decode_result(content)]
    head = parse_json_object(pieces[0] if pieces else b"", MOST_FACTS_BYTES)
    facts, names = head.get("facts"), head.get("files")
    if not isinstance(facts, dict) or names != list(run.file_names) or len(pieces) != len(names) + 1:
        raise ValueError("it is no result of this run")
    return facts, dict(zip(names, pieces[1:], strict=True))
