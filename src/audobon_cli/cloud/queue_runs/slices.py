"""Slices of the queue and results, as they lie at the place of a run: fit for another machine, and verified here."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audobon_cli.domain.errors import CloudFailed
from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.domain.ids import BlobId, blob_id
from audobon_cli.queue.model import Job, JobDraft, JobKind

FORMAT = 1
INPUT = "input:"
"""How a request names a picture that lies beside the slices, before its digest."""
_INPUT = re.compile(rf"{INPUT}([0-9a-f]{{64}})")
MOST_SLICE_BYTES = 256 * 2**20
MOST_HEADER_BYTES = 2**20


def run_prefix(run: str) -> str:
    """Below which everything of a run lies."""
    return f"runs/{run}/"


def slice_key(run: str, task: int) -> str:
    """Where the jobs of a task lie."""
    return f"{run_prefix(run)}slices/{task:05}"


def input_key(run: str, blob: BlobId) -> str:
    """Where a picture lies that jobs begin with."""
    return f"{run_prefix(run)}inputs/{blob}"


def results_prefix(run: str) -> str:
    """Below which results lie, by numbers of jobs."""
    return f"{run_prefix(run)}results/"


def result_key(run: str, number: int) -> str:
    """Where the result of a job lies."""
    return f"{results_prefix(run)}{number:010}"


def failures_prefix(run: str) -> str:
    """Below which it is said what went wrong, by numbers of jobs."""
    return f"{run_prefix(run)}failures/"


def execution_key(run: str) -> str:
    """Where the first execution leaves its name: another one of the same run has nothing to do."""
    return f"{run_prefix(run)}execution"


def slices_prefix(run: str) -> str:
    """Below which the slices lie, by numbers of tasks."""
    return f"{run_prefix(run)}slices/"


def waiting_key(run: str) -> str:
    """Says that whatever a schedule begins is to do the run; put when all of its slices are there."""
    return f"{run_prefix(run)}waiting"


def finished_prefix(run: str) -> str:
    """Below which it is said of slices that all was tried, by numbers of tasks."""
    return f"{run_prefix(run)}finished/"


def claims_prefix(run: str) -> str:
    """Below which executions say which slice they have taken, each for itself."""
    return f"{run_prefix(run)}claims/"


@dataclass(frozen=True, slots=True)
class SlicedJob:
    """A job as its task gets it: ``number`` is that of the queue it comes from."""

    number: int
    title: str
    request: dict[str, Any]
    pieces: int
    timeout_seconds: float | None
    retries: int

    @classmethod
    def of(cls, job: Job, request: dict[str, Any]) -> "SlicedJob":
        """``job`` with its ``request`` made fit for another machine."""
        return cls(job.number, job.title, request, job.pieces, job.timeout_seconds, job.retries)

    def draft(self, request: dict[str, Any]) -> JobDraft:
        """The job in a queue of the task's own, with its ``request`` made fit for that machine."""
        return JobDraft(
            JobKind.GENERATE,
            self.title,
            request,
            pieces=self.pieces,
            timeout_seconds=self.timeout_seconds,
            retries=self.retries,
        )


def encode_slice(jobs: Sequence[SlicedJob]) -> bytes:
    """The jobs of a task as they lie at the place."""
    listed = [{name: getattr(job, name) for name in SlicedJob.__slots__} for job in jobs]
    return json.dumps({"format": FORMAT, "jobs": listed}).encode()


def decode_slice(content: bytes) -> list[SlicedJob]:
    """Back from encode_slice. Raises CloudFailed for what is none."""
    try:
        found = parse_json_object(content, MOST_SLICE_BYTES)
        if found["format"] != FORMAT:
            raise ValueError(f"format {found['format']}")
        return [SlicedJob(**one) for one in found["jobs"]]
    except (ValueError, KeyError, TypeError) as error:
        raise CloudFailed(
            f"The slice of this task cannot be read: {error}.",
            hint="use the same version of the program here and in the image: `audobon cloud deploy --image`",
        ) from error


def encode_result(files: Sequence[tuple[bytes, float]]) -> bytes:
    """The files of a job, each with the seconds that it took to make: a line of JSON, then the files."""
    pieces = [
        {"sha256": blob_id(data), "size": len(data), "seconds": round(seconds, 3)} for data, seconds in files
    ]
    head = json.dumps({"format": FORMAT, "pieces": pieces}).encode()
    return b"\n".join((head, b"".join(data for data, _ in files)))


def decode_result(content: bytes) -> list[tuple[bytes, float]]:
    """Back from encode_result, each file verified by its digest. Raises ValueError for what is damaged or none."""
    head, _, rest = content.partition(b"\n")
    known = parse_json_object(head, MOST_HEADER_BYTES)
    if known.get("format") != FORMAT or not isinstance(known.get("pieces"), list):
        raise ValueError("it is no result of this format")
    found: list[tuple[bytes, float]] = []
    for piece in known["pieces"]:
        data, rest = rest[: int(piece["size"])], rest[int(piece["size"]) :]
        if blob_id(data) != piece["sha256"]:
            raise ValueError("a file is not what its digest says")
        found.append((data, float(piece["seconds"])))
    if rest:
        raise ValueError("it goes on behind its files")
    return found


def portable(request: Any, find: Callable[[Path], BlobId | None], taken: set[BlobId]) -> Any:
    """``request`` with the library's own files, as `find` knows them, named by their content; those are ``taken``."""
    return _changed(request, lambda text: _named(text, find, taken))


def localized(request: Any, path_of: Callable[[BlobId], Path]) -> Any:
    """Back from portable, on a machine where the content of an input lies at ``path_of`` it."""

    def found(text: str) -> str:
        match = _INPUT.fullmatch(text)
        return str(path_of(BlobId(match[1]))) if match else text

    return _changed(request, found)


def _named(text: str, find: Callable[[Path], BlobId | None], taken: set[BlobId]) -> str:
    path = Path(text)
    blob = find(path) if path.is_absolute() else None
    if blob is None:
        return text
    taken.add(blob)
    return f"{INPUT}{blob}"


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _changed(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_changed(item, change) for item in value]
    return value
