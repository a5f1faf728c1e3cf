"""When a provider's server is left alone (a circuit breaker), by all processes of the user together.

Packages for it keep their state in one process or in Redis, hold a lock while they ask, and take a wait that the user
broke off for an answer. Here the state is a small file, changed under a lock and read without one; of all processes
one tries a server whose pause is over. A file that is damaged counts as none, times of a clock that was set back as
now, and where it cannot be written each process goes by what it has seen itself.
"""

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.foreign.documents import parse_json_object, read_bounded
from audobon_cli.domain.secrets import redact
from audobon_cli.operations.log_file import timestamp
from audobon_cli.providers.protocol import FailureKind, ProviderFailure
from audobon_cli.storage.durable_files import write_output
from audobon_cli.storage.file_locks import exclusive_lock

T = TypeVar("T")
Now = Callable[[], float]

FAILURES_TO_OPEN = 5
OPEN_SECONDS = 60.0
COUNTED = frozenset(
    {
        FailureKind.UNREACHABLE,
        FailureKind.DOWN,
        FailureKind.FAILED,
        FailureKind.TIMED_OUT,
        FailureKind.LOST,
        FailureKind.UNHEARD,
        FailureKind.VANISHED,
    }
)
"""What speaks against a server. An answer that says no (a wrong key, a refusal) shows that it works."""

FORMAT = 1
MOST_BYTES = 2**20
MOST_SERVERS = 500
LOCK_SECONDS = 10.0
"""Others have the file for a moment; on a disk that is busy, for seconds."""
COUNTED_SECONDS = 3600.0
"""Failures in a row count for so long: those of yesterday say little about a server."""
KEPT_SECONDS = 30 * 86_400.0


class BreakerState(StrEnum):
    """How a breaker stands: requests go through, none does, or one tries whether they would."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class BreakerRecord:
    """What is known of a server (its address without secrets). Times are seconds since 1970: of the last failure, of
    which ``why`` is the kind, since when it is left alone, and since when a request tries it (None: not so)."""

    provider: str
    server: str
    failures: int = 0
    failed: float = 0.0
    why: str = ""
    opened: float | None = None
    trying: float | None = None

    def seconds_left(self, pause_seconds: float, now: float) -> float:
        """How long requests are kept from it yet; 0: none is. While one tries it, others wait for another pause."""
        if self.opened is None:
            return 0.0
        return max(0.0, (self.trying or self.opened) + pause_seconds - now)

    def state(self, pause_seconds: float, now: float) -> BreakerState:
        """How its breaker stands."""
        if self.opened is None:
            return BreakerState.CLOSED
        is_over = now >= self.opened + pause_seconds
        return BreakerState.HALF_OPEN if is_over else BreakerState.OPEN

    def to_dict(self, pause_seconds: float, now: float) -> dict[str, Any]:
        """JSON-ready, as `audobon providers check --json` has it."""
        return {
            "provider": self.provider,
            "server": self.server,
            "state": self.state(pause_seconds, now).value,
            "failures": self.failures,
            "why": self.why,
            "last_failure": timestamp(self.failed),
            "opened": None if self.opened is None else timestamp(self.opened),
            "retry_after_seconds": round(self.seconds_left(pause_seconds, now), 1),
        }

    def is_forgotten(self, now: float) -> bool:
        """Whether it is too long ago to count."""
        return self.failed < now - (COUNTED_SECONDS if self.opened is None else KEPT_SECONDS)

    def clipped(self, now: float) -> "BreakerRecord":
        """The same with times after ``now``, which a clock that was set back leaves, as now."""
        opened = None if self.opened is None else min(self.opened, now)
        trying = None if self.trying is None else min(self.trying, now)
        return replace(self, failed=min(self.failed, now), opened=opened, trying=trying)


Change = Callable[[BreakerRecord], BreakerRecord | None]
"""From what is known of a server to what is known from now on; None: nothing."""
Known = dict[tuple[str, str], BreakerRecord]


class BreakerStates:
    """What processes of this user know of servers that failed, in ``file`` (None: of this process alone)."""

    def __init__(self, file: Path | None = None, now: Now = time.time) -> None:
        self.file = file
        self.now = now
        self._own: Known = {}
        """What this process has seen and could not write."""
        self._turn = threading.Lock()

    def all(self) -> tuple[BreakerRecord, ...]:
        """All that is known, by provider and server."""
        known = self._read()
        if any(one != one.clipped(self.now()) for one in known.values()):
            known = self._change(lambda found: found)
        return tuple(known[key] for key in sorted(known) if not known[key].is_forgotten(self.now()))

    def of(self, provider: str, server: str) -> BreakerRecord:
        """What is known of ``server``."""
        server = redact(server)
        found = (one for one in self.all() if (one.provider, one.server) == (provider, server))
        return next(found, BreakerRecord(provider, server))

    def change(self, provider: str, server: str, change: Change) -> None:
        """Put what ``change`` makes of what is known of ``server`` in its place; no other process comes between."""
        server = redact(server)
        key = (provider, server)

        def changed(known: Known) -> Known:
            found = change(known.get(key) or BreakerRecord(provider, server))
            rest = {name: one for name, one in known.items() if name != key}
            return rest if found is None else {**rest, key: found}

        self._change(changed)

    def reset(self, providers: Iterable[str] = ()) -> tuple[BreakerRecord, ...]:
        """Forget the failures of all servers of ``providers`` (of all if none is named); what was known of them."""
        named = frozenset(providers)
        gone: list[BreakerRecord] = []

        def kept(known: Known) -> Known:
            gone[:] = [one for one in known.values() if not named or one.provider in named]
            return {key: one for key, one in known.items() if one not in gone}

        self._change(kept)
        return tuple(gone)

    def _change(self, change: Callable[[Known], Known]) -> Known:
        with self._turn:
            if self.file is None:
                self._own = change(self._current(self._own))
                return self._own
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                with exclusive_lock(self.file.with_suffix(".lock"), LOCK_SECONDS) as taken:
                    if not taken:
                        raise TimeoutError(str(self.file))
                    before = self._read()
                    known = change(self._current(before))
                    if known != before or self._own:
                        write_output(self.file, _content(known), overwrite=True)
                    self._own = {}
            except (OSError, AudobonError):
                known = self._own = change(self._current(self._read()))
            return known

    def _read(self) -> Known:
        try:
            written = {} if self.file is None else _known(read_bounded(self.file, MOST_BYTES))
        except (OSError, ValueError, KeyError, TypeError):
            written = {}
        return written | self._own

    def _current(self, known: Known) -> Known:
        now = self.now()
        return {key: one.clipped(now) for key, one in known.items() if not one.is_forgotten(now)}


def _known(content: bytes) -> Known:
    data = parse_json_object(content, MOST_BYTES)
    if data["format"] != FORMAT:
        raise ValueError("it is of another version")
    found = [_record(one) for one in data["servers"]]
    return {(one.provider, one.server): one for one in found}


def _record(one: Mapping[str, Any]) -> BreakerRecord:
    opened, trying = (None if one[name] is None else float(one[name]) for name in ("opened", "trying"))
    return BreakerRecord(
        *(str(one["provider"]), str(one["server"]), max(0, int(one["failures"])), float(one["failed"])),
        *(str(one["why"]), opened, trying),
    )


def _content(known: Known) -> bytes:
    last = sorted(known.values(), key=lambda one: one.failed)[-MOST_SERVERS:]
    return json.dumps({"format": FORMAT, "servers": [asdict(one) for one in last]}).encode()


class CircuitOpen(Exception):
    """Requests are kept from a server for ``seconds`` yet, for what ``record`` says: nothing was sent."""

    def __init__(self, record: BreakerRecord, seconds: float) -> None:
        self.record, self.seconds = record, seconds
        super().__init__(f"{record.server} is left alone for {seconds:.0f} s")


@dataclass(frozen=True, slots=True)
class BreakerRule:
    """After how many failures in a row a server is left alone, and for how long."""

    failures: int = FAILURES_TO_OPEN
    open_seconds: float = OPEN_SECONDS

    def most(self, patient: bool) -> int:
        """The failures that one server may have: twice as many where repeating is harmless (``patient``)."""
        return max(1, self.failures) * (2 if patient else 1)


@dataclass(frozen=True, slots=True)
class Breaker:
    """Leaves a server alone for ``open_seconds`` after ``failures`` in a row; then one request tries it."""

    states: BreakerStates
    provider: str
    server: str
    failures: int = FAILURES_TO_OPEN
    open_seconds: float = OPEN_SECONDS

    def call(self, ask: Callable[[], T]) -> T:
        """What ``ask`` returns. Raises CircuitOpen, without asking, while it is open.

        What is neither an answer nor a ProviderFailure (the user stopped, time is up) says nothing of the server.
        """
        is_trial = self._admit()
        says_nothing = True
        try:
            answer = ask()
            says_nothing = False
        except ProviderFailure as failure:
            says_nothing = False
            if failure.kind in COUNTED:
                self._failed(failure.kind, is_trial)
            else:
                self._answered()
            raise
        finally:
            if says_nothing and is_trial:
                self._change(lambda record: replace(record, trying=None))
        self._answered()
        return answer

    @property
    def is_open(self) -> bool:
        """Whether a request would be kept from the server just now."""
        return self.seconds_left > 0

    @property
    def seconds_left(self) -> float:
        """How long requests are kept from the server yet."""
        return self._record.seconds_left(self.open_seconds, self.states.now())

    def opened(self) -> CircuitOpen:
        """What is raised while it is open."""
        return CircuitOpen(self._record, self.seconds_left)

    @property
    def _record(self) -> BreakerRecord:
        return self.states.of(self.provider, self.server)

    def _admit(self) -> bool:
        """Whether the request to come is the one that tries the server. Raises CircuitOpen."""
        if self._record.opened is None:
            return False
        refused: list[CircuitOpen] = []

        def try_it(record: BreakerRecord) -> BreakerRecord:
            now = self.states.now()
            left = record.seconds_left(self.open_seconds, now)
            refused[:] = [CircuitOpen(record, left)] if left else []
            return record if left or record.opened is None else replace(record, trying=now)

        self._change(try_it)
        if refused:
            raise refused[0]
        return True

    def _failed(self, kind: FailureKind, is_trial: bool) -> None:
        def count(record: BreakerRecord) -> BreakerRecord:
            now, failures = self.states.now(), record.failures + 1
            counted = replace(record, failures=failures, failed=now, why=kind.value)
            if is_trial or (record.opened is None and failures >= self.failures):
                return replace(counted, opened=now, trying=None)
            return counted

        self._change(count)

    def _answered(self) -> None:
        if self._record.failures:
            self._change(lambda record: None)

    def _change(self, change: Change) -> None:
        self.states.change(self.provider, self.server, change)
