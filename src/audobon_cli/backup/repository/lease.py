"""The lease: at most one process prunes or repairs at a time, and none that died keeps others from it.

It saves work and confusion. What is deleted is safe without it, too: two prunes at once delete nothing that is needed.
"""

import contextlib
import json
import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from audobon_cli.backup.repository.cleanup import discard
from audobon_cli.domain.errors import AudobonError, BackupBusy, RemoteObjectMissing, RemoteRefused
from audobon_cli.domain.foreign.json_fields import read_document
from audobon_cli.platforms import current
from audobon_cli.remotes.base import ObjectStat, Remote

KEY = "lease"
PROBES = "probes/"
LEASE_SECONDS = 120.0
BEAT_SECONDS = 30.0
PROBE_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lease, and until when by the remote's clock."""

    what: str
    host: str
    process: int
    until: datetime


def remote_now(remote: Remote) -> datetime:
    """The time by the remote's own clock: that of an object written for the purpose, and deleted again."""
    key = PROBES + secrets.token_hex(8)
    remote.compare_and_swap(key, b"", None)
    stat = remote.stat(key)
    discard(remote, key)
    if stat is None:
        raise BackupBusy(
            f"Something deletes objects at {remote.address} as they are written.",
            hint="look at lifecycle rules and other programs that clean up there",
        )
    for old in list(remote.list(PROBES)):  # of killed processes
        if stat.modified - old.modified > PROBE_LIFE:
            discard(remote, old.key)
    return stat.modified


def find_holder(remote: Remote) -> Holder | None:
    """Who holds the lease, whether or not it has run out."""
    stat = remote.stat(KEY)
    if stat is None:
        return None
    data = _read(remote)
    return Holder(
        str(data.get("what", "?")),
        str(data.get("host", "?")),
        data["process"],
        stat.modified + timedelta(seconds=data["seconds"]),
    )


def break_lease(remote: Remote) -> Holder | None:
    """End the lease of whoever holds it; safe at any time. Who that was."""
    holder = find_holder(remote)
    remote.delete(KEY)
    return holder


class Lease:
    """A lease that is held; `check` before each step that others should not do at the same time."""

    def __init__(self, remote: Remote, content: bytes, version: str | None) -> None:
        self._remote, self._content, self._version = remote, content, version
        self._lost: AudobonError | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        if version is not None:
            self._thread.start()

    def check(self) -> None:
        """Raises BackupBusy when the lease was lost: this process was stopped for too long."""
        if self._lost is not None:
            raise self._lost

    def end(self) -> None:
        """Give it back."""
        if self._version is None:
            return
        self._ended.set()
        self._thread.join()
        with contextlib.suppress(AudobonError):
            self._remote.delete(KEY, self._version)

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            try:
                version = self._remote.compare_and_swap(KEY, self._content, self._version)
            except RemoteRefused:
                return
            except AudobonError as error:
                self._lost = error
                return
            if version is None:
                self._lost = BackupBusy(
                    "Another process took the lease over while this one stood still.",
                    hint="run the same command again; nothing is lost by that",
                )
                return
            self._version = version


@contextlib.contextmanager
def leased(remote: Remote, what: str) -> Iterator[Lease]:
    """Hold the lease for the block. Raises BackupBusy when another living process holds it."""
    content = json.dumps({**_self(), "what": what, "seconds": LEASE_SECONDS}).encode()
    stat = remote.stat(KEY)
    if stat is not None:
        _refuse_living(remote, stat)
    lease = _take(remote, content, stat)
    try:
        yield lease
    finally:
        lease.end()


def _take(remote: Remote, content: bytes, stat: ObjectStat | None) -> Lease:
    try:
        version = remote.compare_and_swap(KEY, content, stat.version if stat else None)
    except RemoteRefused:
        # A retention rule lets nothing be replaced. It is safe without a lease, only less tidy.
        return Lease(remote, content, None)
    if version is None:
        raise BackupBusy(
            f"Another process took the lease of {remote.address} at this moment.",
            hint="wait until it is done, then run the same command again",
        )
    return Lease(remote, content, version)


def _refuse_living(remote: Remote, stat: ObjectStat) -> None:
    data = _read(remote)
    if _is_dead_neighbour(data):
        return
    seconds = data["seconds"]
    rest = (stat.modified + timedelta(seconds=seconds) - remote_now(remote)).total_seconds()
    if 0 < rest <= seconds:
        raise BackupBusy(
            f"A process on {data.get('host', '?')} works at {remote.address} ({data.get('what', '?')}).",
            hint=f"wait until it is done; if it died, the lease ends by itself in {rest:.0f} seconds",
            host=data.get("host"),
            seconds=round(rest),
        )


def _read(remote: Remote) -> dict[str, Any]:
    """What the lease says, ``process`` and ``seconds`` being numbers that make sense: nothing seals it."""
    try:
        found = read_document(remote.get(KEY))
    except (RemoteObjectMissing, ValueError):
        found = {}
    process, seconds = found.get("process"), found.get("seconds")
    found["process"] = process if isinstance(process, int) else 0
    found["seconds"] = LEASE_SECONDS
    if isinstance(seconds, int | float) and 0 < seconds <= LEASE_SECONDS:
        found["seconds"] = float(seconds)
    return found


def _self() -> dict[str, Any]:
    system = current()
    return {
        "host": system.host_name(),
        "boot": system.boot_id(),
        "process": os.getpid(),
        "started": system.process_started(os.getpid()),
        "salt": secrets.token_hex(8),
    }


def _is_dead_neighbour(data: dict[str, Any]) -> bool:
    """Whether the holder ran under this very kernel, and does not any more."""
    boot = current().boot_id()
    if data.get("boot") != boot or not boot:
        return False
    return current().process_started(data["process"]) != data.get("started")
