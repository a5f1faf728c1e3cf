"""What this machine read from a place in a bucket: restores, drills and verifications are paid for by class.

One line a command, appended when its connection is closed, in a file for each place in the cache folder. A command
that was killed is not in it. Its name is a digest: no file says where backups lie.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from audobon_cli.domain.foreign.documents import parse_json, read_bounded
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.counting import CountingRemote
from audobon_cli.storage.durable_files import create_file

MOST_BYTES = 2 * 2**20
"""Some 30,000 commands; then the file begins anew."""


@dataclass(frozen=True, slots=True)
class Reads:
    """Objects and bytes read in the ``days`` since the first command that was noted."""

    since: datetime
    days: float
    objects: int
    read_bytes: int


@dataclass(frozen=True, slots=True)
class ReadsLog:
    """What was read from one place; ``folder`` need not exist."""

    folder: Path
    address: str

    @property
    def file(self) -> Path:
        """Where it lies."""
        return self.folder / f"reads-{hashlib.sha256(self.address.encode()).hexdigest()[:24]}.ndjson"

    def note(self, objects: int, read_bytes: int, now: datetime) -> None:
        """Add a line; what cannot be written costs no more than an entry."""
        line = {"at": now.isoformat(timespec="seconds"), "objects": objects, "bytes": read_bytes}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self.file.exists() and self.file.stat().st_size > MOST_BYTES:
                self.file.unlink()
            if not self.file.exists():
                os.close(create_file(self.file, 0o600))
            with self.file.open("ab") as lines:
                lines.write(json.dumps(line).encode() + b"\n")
        except OSError:
            return

    def read(self, now: datetime) -> Reads | None:
        """All that was noted in the last year; None for nothing. Lines that are damaged are passed over."""
        try:
            lines = read_bounded(self.file, 2 * MOST_BYTES).splitlines()
        except (OSError, ValueError):
            return None
        found = [entry for entry in map(_entry, lines) if entry and entry[0] > now - timedelta(days=365)]
        if not found:
            return None
        since = min(at for at, _, _ in found)
        return Reads(
            since,
            max((now - since) / timedelta(days=1), 0.0),
            sum(o for _, o, _ in found),
            sum(b for *_, b in found),
        )


class NotedRemote(CountingRemote):
    """A remote whose reads are noted when it is closed."""

    def __init__(self, inner: Remote, folder: Path) -> None:
        super().__init__(inner)
        self._log = ReadsLog(folder, inner.address)

    def close(self) -> None:
        """See Remote.close."""
        if self.use.class_b:
            self._log.note(self.use.class_b, self.use.downloaded_bytes, datetime.now(UTC))
        super().close()


def _entry(line: bytes) -> tuple[datetime, int, int] | None:
    try:
        found: Any = parse_json(line)
        at = datetime.fromisoformat(found["at"])
        return (at, int(found["objects"]), int(found["bytes"])) if at.tzinfo else None
    except (ValueError, KeyError, TypeError):
        return None
