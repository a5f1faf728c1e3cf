"""Reading the log across its rotated files, as it is and as it comes, and showing its records."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audobon_cli.operations.log_file import as_json, rotated

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
FOLLOW_SECONDS = 0.25
MOST_LINE_BYTES = 64_000


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which records are wanted: since a moment, of ``level`` or graver, of runs and commands that begin so."""

    since: datetime | None = None
    level: str = "DEBUG"
    run: str = ""
    command: str = ""

    def keeps(self, record: Mapping[str, Any]) -> bool:
        """Whether ``record`` is wanted."""
        level = record.get("level")
        if level not in LEVELS or LEVELS.index(level) < LEVELS.index(self.level):
            return False
        if not str(record.get("run", "")).startswith(self.run):
            return False
        if self.command and not f"{record.get('command', '')} ".startswith(f"{self.command} "):
            return False
        return self.since is None or _moment(record) >= self.since


def _moment(record: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(str(record.get("time")))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def read_log(file: Path, wanted: LogFilter) -> Iterator[dict[str, Any]]:
    """The records that are wanted, the oldest first, across all files. Lines that are no records are passed over.

    Raises OSError where a file that exists cannot be read.
    """
    for path in reversed(rotated(file)):
        with contextlib.suppress(FileNotFoundError), open(path, "rb") as lines:
            for line in lines:
                record = _record(line)
                if record is not None and wanted.keeps(record):
                    yield record


def follow_log(file: Path, wanted: LogFilter, should_stop: Callable[[], bool]) -> Iterator[dict[str, Any]]:
    """Records as they are written from now on, over rotations, until ``should_stop`` says so. Raises OSError."""
    position, rest = _Position.at_end(file), b""
    while not should_stop():
        found, rest = position.read_on(file, rest)
        for line in found:
            record = _record(line)
            if record is not None and wanted.keeps(record):
                yield record
        if not found:
            time.sleep(FOLLOW_SECONDS)


@dataclass(slots=True)
class _Position:
    """How far a file was read, and which file it was: another one has its name after a rotation."""

    inode: int
    offset: int

    @classmethod
    def at_end(cls, file: Path) -> "_Position":
        try:
            found = file.stat()
        except FileNotFoundError:
            return cls(0, 0)
        return cls(found.st_ino, found.st_size)

    def read_on(self, file: Path, rest: bytes) -> tuple[list[bytes], bytes]:
        """Whole lines that came since, and the beginning of one that is not whole yet (``rest`` was that before)."""
        data = rest
        for path in reversed(rotated(file)[:2]):
            with contextlib.suppress(FileNotFoundError), open(path, "rb") as opened:
                inode = os.fstat(opened.fileno()).st_ino
                if path != file and inode != self.inode:
                    continue
                if inode != self.inode:
                    self.inode, self.offset = inode, 0
                opened.seek(self.offset)
                fresh = opened.read()
                self.offset += len(fresh)
                data += fresh
        *lines, rest = data.split(b"\n")
        return lines, rest


def _record(line: bytes) -> dict[str, Any] | None:
    from audobon_cli.domain.foreign.documents import parse_json_object

    try:
        return parse_json_object(line, MOST_LINE_BYTES, lenient=True)
    except ValueError:
        return None


def as_cloud_logging(record: Mapping[str, Any]) -> str:
    """``record`` as a line that Google Cloud's agents take apart: ``severity``, ``message``, ``time``, labels.

    https://cloud.google.com/logging/docs/structured-logging names the fields.
    """
    return as_json(
        {
            "severity": record["level"],
            "message": as_text(record),
            "time": record["time"],
            "logging.googleapis.com/labels": {
                "run": record["run"],
                "pid": str(record["pid"]),
                "command": record["command"],
            },
            "event": record["event"],
            "data": record["data"],
        }
    )


def as_text(record: Mapping[str, Any]) -> str:
    """What ``record`` says, for people: ``generate: image_filed asset=k3f9… seed=7``."""
    data = record.get("data")
    fields = data if isinstance(data, dict) else {}
    shown = " ".join(
        f"{key}={_short(value)}" for key, value in fields.items() if value not in (None, "", [], ())
    )
    return f"{record.get('command', '')}: {record.get('event', '')} {shown}".rstrip()


def _short(value: Any) -> Any:
    """Digests are long, and their beginning tells them apart."""
    return f"{value[:12]}…" if isinstance(value, str) and len(value) == 64 and " " not in value else value
