"""What this machine knows of its runs: a file each, written before anything is paid for or sent."""

import contextlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from audobon_cli.domain.foreign.documents import parse_json_object, read_bounded
from audobon_cli.domain.serialization import from_plain
from audobon_cli.storage.durable_files import output_errors, write_output
from audobon_cli.storage.file_locks import exclusive_lock

FORMAT = 1


class RunStage(StrEnum):
    """How far a run has surely come."""

    NOTED = "noted"
    """Nothing was sent: what is reserved for it can be given back."""
    SUBMITTING = "submitting"
    """It may have been submitted."""
    MANIFEST = "manifest"
    """Its slices are there for whoever runs them; nothing is paid for here."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run. ``jobs`` are the numbers of its jobs in the queue of ``library``, ``created`` is ISO 8601; ``service`` is
    that of CloudJobs."""

    run: str
    library: str
    project: str
    region: str
    place: str
    jobs: tuple[int, ...]
    created: str
    stage: RunStage = RunStage.NOTED
    service: str = "cloud-run"

    @property
    def age_seconds(self) -> float:
        """Since it was noted."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.created)).total_seconds()


@dataclass(frozen=True)
class RunRecords:
    """The records in ``folder``, which need not be there."""

    folder: Path

    def new_run(self) -> str:
        """An id that no run had."""
        return secrets.token_hex(8)

    def write(self, record: RunRecord) -> None:
        """Remember a run as it is now. Durable on return. Raises OutputUnwritable, DiskFull."""
        path = self.folder / f"{record.run}.json"
        with output_errors(path):
            self.folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"format": FORMAT, **asdict(record)}).encode()
        write_output(path, content, overwrite=True)

    def advance(self, record: RunRecord, stage: RunStage) -> RunRecord:
        """Remember that a run has come to ``stage``."""
        advanced = replace(record, stage=stage)
        self.write(advanced)
        return advanced

    def all(self) -> list[RunRecord]:
        """All runs that are not over, oldest first; files that cannot be read are passed over."""
        found = []
        for path in self.folder.glob("*.json"):
            with contextlib.suppress(OSError, ValueError):
                known = parse_json_object(read_bounded(path))
                if known.pop("format", None) == FORMAT:
                    found.append(from_plain(RunRecord, known))
        return sorted(found, key=lambda one: (one.created, one.run))

    def of_library(self, library: Path) -> list[RunRecord]:
        """Those of one library."""
        return [one for one in self.all() if one.library == str(library)]

    def remove(self, run: str) -> None:
        """Forget a run."""
        for name in (f"{run}.json", f"{run}.lock"):
            with contextlib.suppress(OSError):
                (self.folder / name).unlink()

    @contextlib.contextmanager
    def held(self, run: str) -> Iterator[bool]:
        """Look after a run for the block; False where another process does. The system drops it when this one ends."""
        with output_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with exclusive_lock(self.folder / f"{run}.lock", 0.0) as taken:
            yield taken
