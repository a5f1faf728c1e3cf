"""Where a service says that it lives, which process it is, and is asked to end."""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.foreign.documents import parse_json_object, read_bounded
from audobon_cli.platforms import current
from audobon_cli.storage.durable_files import write_output
from audobon_cli.storage.file_locks import exclusive_lock

MOST_BYTES = 2**16
HOLD_SECONDS = 0.5
"""Whoever looks whether a service lives has its lock for a moment ..."""
BUSY_SECONDS = 30.0
"""... and on a machine that is busy for seconds: so long it is tried while no process says that it is the service."""


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """The process of a service, since when it runs (seconds since 1970), and its page ("" if it has none).

    An address may hold a token: records are for this user alone.
    """

    pid: int
    started: float
    address: str = ""


@dataclass(frozen=True, slots=True)
class ServicePlace:
    """The place of the service ``name`` in ``folder``, which is this user's alone."""

    folder: Path
    name: str

    @classmethod
    def of(cls, folder: Path, kind: str, library: Path, detail: str = "") -> "ServicePlace":
        """That of a service of a ``library``; ``detail`` tells apart those of which there may be several."""
        digest = hashlib.sha256(str(library.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        return cls(folder, "-".join(filter(None, (kind, digest, detail))))

    @property
    def lock(self) -> Path:
        """Locked while the service lives."""
        return self.folder / f"{self.name}.lock"

    @property
    def record(self) -> Path:
        """The record."""
        return self.folder / f"{self.name}.json"

    @property
    def stop(self) -> Path:
        """There while the service is asked to end."""
        return self.folder / f"{self.name}.stop"

    @contextlib.contextmanager
    def hold(self) -> Iterator["ServiceHold | None"]:
        """Be the service for the block; None if another process is, or no place can be made here."""
        with contextlib.ExitStack() as stack:
            taken = False
            with contextlib.suppress(OSError):
                if current().make_private_folder(self.folder):
                    deadline = time.monotonic() + BUSY_SECONDS
                    while not (taken := stack.enter_context(exclusive_lock(self.lock, HOLD_SECONDS))):
                        if self._is_served or time.monotonic() > deadline:
                            break
            if not taken:
                yield None
                return
            self._clear(self.record, self.stop)
            try:
                yield ServiceHold(self, ServiceRecord(os.getpid(), time.time()))
            finally:
                self._clear(self.record, self.stop, self.lock)

    def living(self) -> ServiceRecord | None:
        """The service's record while it lives; None if it does not, or has not said yet who it is. What one that
        was killed has left is removed."""
        if not self.lock.exists():
            return None
        try:
            with exclusive_lock(self.lock, 0) as is_free:
                if is_free:
                    self._clear(self.record, self.stop, self.lock)
                    return None
            return self._recorded()
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def all(self) -> "list[ServicePlace]":
        """The places of all services whose names begin as this one's."""
        files = sorted(self.folder.glob(f"{self.name}*.lock"))
        return [ServicePlace(self.folder, file.name.removesuffix(".lock")) for file in files]

    def ask_to_stop(self) -> None:
        """Ask the service to end. Raises OSError."""
        self.stop.touch()

    @property
    def _is_served(self) -> bool:
        """Whether a process that lives says that it is the service."""
        try:
            return current().process_facts(self._recorded().pid) is not None
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _recorded(self) -> ServiceRecord:
        """What the record says, be it of a service that is gone. Raises OSError, ValueError, KeyError, TypeError."""
        found = parse_json_object(read_bounded(self.record, MOST_BYTES))
        return ServiceRecord(int(found["pid"]), float(found["started"]), str(found["address"]))

    def _clear(self, *files: Path) -> None:
        """Remove files of a place whose lock this process has."""
        for file in files:
            with contextlib.suppress(OSError):  # Windows: a lock that is open
                current().delete(file, missing_ok=True)


@dataclass(slots=True)
class ServiceHold:
    """The hold of a service on its place."""

    place: ServicePlace
    record: ServiceRecord

    def ready(self, address: str = "") -> None:
        """Say that it runs, and where it answers. A disk that is full costs being listed, not the service."""
        self.record = ServiceRecord(self.record.pid, self.record.started, address)
        with contextlib.suppress(OSError, AudobonError):
            write_output(self.place.record, json.dumps(asdict(self.record)).encode(), overwrite=True)

    def should_stop(self) -> bool:
        """Whether it was asked to end."""
        return self.place.stop.exists()
