"""Whether a collector answered of late, remembered from command to command: one that is dead is asked once a pause.

Of all commands in a pause the first one, which finds out, takes CLOSE_SECONDS longer, and the others nothing; the pause
doubles with every time that it did not answer. What is not sent meanwhile is lost, as it is at a dead collector.
"""

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.foreign.documents import parse_json_object, read_bounded
from audobon_cli.storage.durable_files import write_output
from audobon_cli.storage.file_locks import exclusive_lock

FIRST_PAUSE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 3600.0
TRIAL_SECONDS = 30.0
"""So long others wait for what the command finds that tries a collector whose pause is over."""
MOST_BYTES = 4096
MOST_FAILURES = 100


@dataclass(frozen=True, slots=True)
class CollectorRecord:
    """How often in a row it did not answer, when last, and when a command tried it again (seconds since 1970)."""

    failures: int = 0
    failed: float = 0.0
    tried: float = 0.0

    def seconds_left(self, now: float) -> float:
        """How long it is left alone yet; 0: it is not. A clock that was set back makes no pause longer."""
        if not self.failures:
            return 0.0
        pause = min(FIRST_PAUSE_SECONDS * 2.0 ** (self.failures - 1), LONGEST_PAUSE_SECONDS)
        trial = min(self.tried, now) + TRIAL_SECONDS - now if self.tried > self.failed else 0.0
        return max(min(self.failed, now) + pause - now, trial, 0.0)


@dataclass(frozen=True, slots=True)
class CollectorStanding:
    """What ``file`` remembers of the collector with the digest ``collector``; of another it remembers nothing.

    A file that is damaged or cannot be written remembers nothing. Methods raise nothing.
    """

    file: Path
    collector: str
    now: Callable[[], float] = time.time

    @property
    def record(self) -> CollectorRecord:
        """What is known."""
        try:
            found = parse_json_object(read_bounded(self.file, MOST_BYTES), MOST_BYTES)
            if found["collector"] != self.collector:
                return CollectorRecord()
            failures = min(max(0, int(found["failures"])), MOST_FAILURES)
            return CollectorRecord(failures, float(found["failed"]), float(found["tried"]))
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return CollectorRecord()

    @property
    def seconds_left(self) -> float:
        """How long it is left alone yet; 0: it is not."""
        return self.record.seconds_left(self.now())

    def admits(self) -> bool:
        """Whether a command may send; of those that come after a pause only the one that is asked first."""
        if not self.record.failures:
            return True
        with contextlib.suppress(OSError), exclusive_lock(self.file.with_suffix(".lock"), 0.5) as taken:
            record, now = self.record, self.now()
            if not taken or record.seconds_left(now):
                return False
            self._write(CollectorRecord(record.failures, record.failed, now))
            return True
        return True

    def note(self, answered: bool) -> None:
        """Remember how the end of a command went."""
        record = self.record
        if answered and not record.failures:
            return
        failures = 0 if answered else min(record.failures + 1, MOST_FAILURES)
        with contextlib.suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._write(CollectorRecord(failures, 0.0 if answered else self.now()))

    def _write(self, record: CollectorRecord) -> None:
        data = {
            "format": 1,
            "collector": self.collector,
            "failures": record.failures,
            "failed": record.failed,
            "tried": record.tried,
        }
        with contextlib.suppress(OSError, AudobonError):
            write_output(self.file, json.dumps(data).encode(), overwrite=True)
