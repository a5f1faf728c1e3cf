"""Writing the log: files of JSON lines that rotate, to which many runs add at once.

A record is a JSON object in a line: ``time`` (RFC 3339, UTC, milliseconds), ``level``, ``run`` (16 hexadecimal digits,
the same in all records of a run), ``pid``, ``command``, ``event`` and what belongs to it in ``data``.
"""

import contextlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audobon_cli.platforms import current

LOG_BYTES = 1_000_000
KEPT_FILES = 3


def append_lines(file: Path, lines: str, rotate_above: int = LOG_BYTES) -> None:
    """Add whole ``lines`` to the end of ``file``, which is rotated first if it is longer than ``rotate_above`` bytes.

    One write at the end of the file: lines of runs side by side do not mix. Raises OSError.
    """
    try:
        size = file.stat().st_size
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        size = 0
    if size > rotate_above:
        rotate(file)
    handle = current().open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, lines.encode("utf-8", "replace"))
    finally:
        os.close(handle)


def rotate(file: Path) -> None:
    """``audobon.jsonl`` becomes ``audobon.jsonl.1``, that ``.2``, and so on; the oldest goes. Raises OSError."""
    names = rotated(file)
    for older, newer in zip(reversed(names[1:]), reversed(names[:-1]), strict=True):
        with contextlib.suppress(FileNotFoundError):
            current().replace(newer, older)


def rotated(file: Path) -> list[Path]:
    """The log's files, the newest first. None of them need exist."""
    return [file, *(file.with_name(f"{file.name}.{number}") for number in range(1, KEPT_FILES + 1))]


def timestamp(seconds: float) -> str:
    """``seconds`` since 1970 in UTC as RFC 3339 with milliseconds: ``2026-01-31T08:15:00.250Z``."""
    thousandths = round(seconds * 1000)
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(thousandths // 1000))
    return f"{whole}.{thousandths % 1000:03d}Z"


def as_json(record: Mapping[str, Any]) -> str:
    """``record`` as its line of the log, without the line's end."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=str)
