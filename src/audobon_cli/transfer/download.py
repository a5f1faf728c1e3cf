"""Fetching one large file so that no kill, cut or lie of a server costs more than it must.

Bytes are appended to a partial file as they arrive, a chunk at a time, so a killed process loses at most
the chunk it was reading. A journal beside it names the content that the partial belongs to: its published
digest, or the validator (ETag) that the server gave. A partial of other content is never continued. The
file gets its final name only when it is complete and its digest is right.
"""

import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from audobon_cli.domain.errors import (
    DiskFull,
    DownloadCorrupt,
    Interrupted,
    SourceFailed,
)
from audobon_cli.domain.foreign.documents import parse_json, read_bounded
from audobon_cli.domain.units import format_bytes
from audobon_cli.platforms import current
from audobon_cli.storage.disk_errors import ELSEWHERE, model_errors
from audobon_cli.storage.durable_files import sync_descriptor, sync_folder, write_all
from audobon_cli.transfer.checksums import Checksum, Hasher, new_hasher
from audobon_cli.transfer.retry import RetryPolicy, Transient, retry_source

CHUNK_BYTES = 1 << 20
JOURNAL_SCHEMA = "audobon-download/1"
SPARE_BYTES = 64 << 20
"""Left free on the disk: a pull that fills it to the last byte breaks other programs."""


@dataclass(frozen=True, slots=True)
class ResponseBody:
    """A server's answer: content from byte ``start`` on, of ``total_bytes`` in all (None: not said).

    ``start`` is 0 where the server ignores ranges or the content has changed. ``validator`` names the
    content version, "" for none. ``chunks`` raises Transient when the connection breaks or stalls.
    """

    start: int
    total_bytes: int | None
    validator: str
    chunks: Iterator[bytes]


class Origin(Protocol):
    """Where a file comes from."""

    @property
    def address(self) -> str:
        """For messages; holds no secret."""
        ...

    def open(self, start: int, validator: str) -> AbstractContextManager[ResponseBody]:
        """The content from byte ``start`` on, of the version ``validator`` if that is not "".

        Raises Transient, or an AudobonError that asking again will not change.
        """
        ...


@dataclass(frozen=True, slots=True)
class Download:
    """One file to fetch. ``size_bytes`` and ``checksum`` are what the source publishes, if it does.

    ``target`` is the final name; ``incomplete`` the folder for the partial and its journal, under the
    stem ``key``; ``quarantine`` the folder for what arrived damaged. All on one file system.
    """

    origin: Origin
    target: Path
    incomplete: Path
    quarantine: Path
    key: str
    size_bytes: int | None = None
    checksum: Checksum | None = None

    @property
    def partial(self) -> Path:
        """The unfinished file."""
        return self.incomplete / f"{self.key}.partial"

    @property
    def journal(self) -> Path:
        """What the unfinished file belongs to."""
        return self.incomplete / f"{self.key}.json"

    def kept_bytes(self) -> int:
        """How much of the file earlier runs have left."""
        return self.partial.stat().st_size if self.partial.is_file() else 0


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is there, whole and checked."""

    path: Path
    size_bytes: int
    sha256: str


Report = Callable[[int, int | None], None]
"""Told the bytes at hand and the total (None: unknown) after each chunk."""


def check_space(folder: Path, wanted_bytes: int) -> None:
    """Raise DiskFull unless ``folder`` (or where it will be made) takes ``wanted_bytes`` and some spare."""
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if wanted_bytes + SPARE_BYTES > free:
        raise DiskFull(
            f"{format_bytes(wanted_bytes)} are to be fetched and {format_bytes(SPARE_BYTES)} kept free, but the "
            f"disk of {place} has {format_bytes(free)}.",
            hint=f"free some space, or {ELSEWHERE}",
            path=str(place),
            wanted_bytes=wanted_bytes,
            free_bytes=free,
        )


def fetch(
    download: Download, report: Report, stop: threading.Event, retries: RetryPolicy | None = None
) -> Fetched:
    """Fetch the file, going on where an earlier run ended; return when it has its final name, durably.

    Raises DownloadCorrupt for a body that is not what the source publishes (moved to the quarantine),
    SourceUnreachable when patience ends, Interrupted when ``stop`` is set, DiskFull, and what the
    origin raises. All of them but DownloadCorrupt leave what has arrived to the next run.
    """
    with model_errors(download.incomplete):
        for folder in (download.incomplete, download.target.parent):
            folder.mkdir(parents=True, exist_ok=True)
        run = _Run(download, report, stop, retries or RetryPolicy())
        return run.to_the_end()


class _Run:
    """One process's work on one file. ``size`` counts the bytes in the partial, ``sha256`` hashes them."""

    def __init__(
        self, download: Download, report: Report, stop: threading.Event, retries: RetryPolicy
    ) -> None:
        self.download = download
        self.report = report
        self.stop = stop
        self.retries = retries
        self.total = download.size_bytes
        self.validator = ""
        self.size = 0
        self.sha256 = hashlib.sha256()
        self.published = self._new_published()
        self.began_at = 0

    def to_the_end(self) -> Fetched:
        descriptor = current().open(self.download.partial, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            self._adopt(descriptor)
            while True:
                self._complete(descriptor)
                if self._right():
                    return self._file(descriptor)
                if self.began_at == 0:
                    raise self._quarantined()
                # An earlier run's bytes may have been torn by a power cut: once more, from the start.
                self._restart(descriptor)
        finally:
            os.close(descriptor)

    def _adopt(self, descriptor: int) -> None:
        """Take over what an earlier run left, if it is of the same content."""
        self.validator = self._read_journal()
        kept = os.fstat(descriptor).st_size
        known = self.download.checksum is not None or self.validator
        if kept and (not known or (self.total is not None and kept > self.total)):
            os.ftruncate(descriptor, 0)
            self.validator = ""
        while block := os.read(descriptor, CHUNK_BYTES):
            self._take(block)
            self._check_stop()
        self.began_at = self.size
        self.report(self.size, self.total)

    def _complete(self, descriptor: int) -> None:
        """Append until the last byte is there."""

        def receive() -> None:
            before = self.size
            if self.total is not None and self.total <= self.size and self.size:
                return
            try:
                self._receive(descriptor)
            except Transient as error:
                error.progressed = self.size > before
                raise

        retry_source(receive, self._address, self.retries, self._pause)

    def _receive(self, descriptor: int) -> None:
        unchecked = self.download.checksum is None
        if unchecked and not self.validator:
            self._restart(descriptor)  # nothing would tell whether the content is still the same
        validator = self.validator if unchecked else ""
        with self.download.origin.open(self.size, validator) as body:
            self._check_total(body)
            if body.start > self.size:
                raise SourceFailed(
                    f"{self.download.origin.address} answered with other bytes than were asked for.",
                    hint="try again later",
                )
            if unchecked and self.size and body.validator != self.validator:
                self._restart(descriptor)
                if body.start:
                    raise Transient("the file has changed at its source")
            if body.validator != self.validator or not self.download.journal.exists():
                self._write_journal(body.validator)
            self.total = body.total_bytes if body.total_bytes is not None else self.total
            skip = self.size - body.start
            for received in body.chunks:
                self._check_stop()
                new = received[skip:] if skip else received
                skip = max(0, skip - len(received))
                write_all(descriptor, new)
                self._take(new)
                self.report(self.size, self.total)
        if self.total is not None and self.size < self.total:
            raise Transient(f"the answer ended after {self.size} of {self.total} bytes")
        self.total = self.size if self.total is None else self.total

    def _check_total(self, body: ResponseBody) -> None:
        expected = self.download.size_bytes
        if expected is not None and body.total_bytes not in (None, expected):
            raise SourceFailed(
                f"{self.download.origin.address} has {body.total_bytes} bytes, but {expected} are published.",
                hint="try again later; if it stays so, the source is broken",
            )

    def _pause(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            self._check_stop()

    def _take(self, data: bytes) -> None:
        """Count and hash bytes that are in the partial."""
        self.sha256.update(data)
        if self.published is not None:
            self.published.update(data)
        self.size += len(data)

    def _new_published(self) -> Hasher | None:
        """What computes the published digest while bytes arrive; None where it is SHA-256 itself."""
        checksum = self.download.checksum
        if checksum is None or checksum.algorithm == "sha256":
            return None
        return new_hasher(checksum.algorithm, self.download.size_bytes or 0)

    def _right(self) -> bool:
        checksum = self.download.checksum
        return checksum is None or checksum.value == (self.published or self.sha256).hexdigest()

    def _restart(self, descriptor: int) -> None:
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        self.sha256 = hashlib.sha256()
        self.published = self._new_published()
        self.size = self.began_at = 0

    def _file(self, descriptor: int) -> Fetched:
        """Give the whole file its name, durably."""
        target = self.download.target
        current().set_mode(descriptor, 0o644)
        sync_descriptor(descriptor)
        current().replace(self.download.partial, target)
        sync_folder(target.parent)
        self.download.journal.unlink(missing_ok=True)
        return Fetched(target, self.size, self.sha256.hexdigest())

    def _quarantined(self) -> DownloadCorrupt:
        download = self.download
        download.quarantine.mkdir(parents=True, exist_ok=True)
        aside = download.quarantine / f"{download.key}-{time.time_ns()}"
        current().replace(download.partial, aside)
        download.journal.unlink(missing_ok=True)
        expected = download.checksum.value if download.checksum else ""
        return DownloadCorrupt(
            f"{download.origin.address} sent a file that is not what it publishes; it is kept in {aside}.",
            hint="pull again; if it stays so, the source or something on the way to it is broken",
            path=str(aside),
            expected=expected,
            sha256=self.sha256.hexdigest(),
        )

    def _check_stop(self) -> None:
        if self.stop.is_set():
            raise Interrupted("Stopped before all was fetched.", hint="run the same command again to go on")

    def _read_journal(self) -> str:
        """The validator of the partial's content, "" if there is none or the content is another."""
        try:
            data = parse_json(read_bounded(self.download.journal))
        except (OSError, ValueError):
            return ""
        same = isinstance(data, dict) and data.get("schema") == JOURNAL_SCHEMA
        return str(data.get("validator", "")) if same and data.get("address") == self._address else ""

    def _write_journal(self, validator: str) -> None:
        self.validator = validator
        data = {"schema": JOURNAL_SCHEMA, "address": self._address, "validator": validator}
        new = self.download.journal.with_suffix(".json.new")
        new.write_text(json.dumps(data), encoding="utf-8")
        current().replace(new, self.download.journal)

    @property
    def _address(self) -> str:
        return self.download.origin.address
