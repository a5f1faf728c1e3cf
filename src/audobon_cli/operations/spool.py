"""Counts of runs, written down in a line each until somebody reads the metrics: no run opens a database for them.

A line is a JSON object: ``part`` (the run's id and the number of the line within the run, never used twice), ``time``
(seconds since 1970), ``command``, ``counts`` (triples of name, labels, value), and at the end of a run ``status``,
``code``, ``seconds`` and ``peak_memory_bytes``.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from audobon_cli.operations.counts import Count
from audobon_cli.operations.log_file import as_json
from audobon_cli.platforms import current
from audobon_cli.storage.file_locks import exclusive_lock

SPOOL_NAME = "pending.jsonl"
LOCK_NAME = "pending.lock"
LARGE_SPOOL_BYTES = 500_000
"""From here on the counts should be brought into the database."""
WAIT_SECONDS = 10.0
"""Others have the file for a moment; on a machine that is busy, for seconds."""


class RunEnd(NamedTuple):
    """How a run ended: exit status, code of its error ("": none), wall seconds, most main memory."""

    status: int
    code: str
    seconds: float
    peak_memory_bytes: int


def spool_counts(folder: Path, part: str, command: str, counts: Sequence[Count], end: RunEnd | None) -> bool:
    """Add a line to the spool in ``folder``; whether it has become large. Raises OSError.

    The lock keeps it out of the moment in which a reader empties the file; who holds it that long has died with it.
    """
    line = {"part": part, "time": round(time.time(), 3), "command": command, "counts": counts}
    if end is not None:
        line |= end._asdict()
    folder.mkdir(parents=True, exist_ok=True)
    with exclusive_lock(folder / LOCK_NAME, WAIT_SECONDS) as taken:
        if not taken:
            return False
        handle = current().open(folder / SPOOL_NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, f"{as_json(line)}\n".encode("utf-8", "replace"))
            return os.fstat(handle).st_size > LARGE_SPOOL_BYTES
        finally:
            os.close(handle)
