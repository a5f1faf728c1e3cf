"""What the operating system's refusals mean where models are kept."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from audobon_cli.domain.errors import AudobonError, DiskFailed, DiskFull, OutputUnwritable
from audobon_cli.storage.disk_errors import DENIED, FAILING, FULL

ELSEWHERE = "keep models on another disk: set HF_HOME (models of the hub) or XDG_DATA_HOME (all others)"


@contextlib.contextmanager
def model_errors(folder: Path) -> Iterator[None]:
    """Turn an OSError of the body into DiskFull, OutputUnwritable or DiskFailed; others pass as they are."""
    try:
        yield
    except OSError as error:
        explained = _explain(error, folder)
        if explained is None:
            raise
        raise explained from error


def _explain(error: OSError, folder: Path) -> AudobonError | None:
    where = str(error.filename or folder)
    if error.errno in FULL:
        return DiskFull(
            f"No space is left for models in {folder}.",
            hint=f"free some space and run the same command again, which goes on where it ended; or {ELSEWHERE}",
            path=where,
        )
    if error.errno in DENIED:
        return OutputUnwritable(
            f"Models cannot be written to {where}: {error.strerror}.",
            hint=f"check the permissions of the folder, or {ELSEWHERE}",
            path=where,
        )
    if error.errno in FAILING:
        return DiskFailed(
            f"The disk failed under the models in {folder}: {error.strerror}.",
            hint="run `audobon models verify`; replace the disk",
            path=where,
        )
    return None
