"""The metrics of all runs of a user: sums by day in a database, filled from the spool by whoever reads them."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.operations.counts import METRICS, Count, counts_of_end
from audobon_cli.operations.spool import LOCK_NAME, SPOOL_NAME
from audobon_cli.storage.database import Database
from audobon_cli.storage.disk_errors import METRICS as KEPT
from audobon_cli.storage.disk_errors import disk_errors
from audobon_cli.storage.file_locks import exclusive_lock
from audobon_cli.storage.migration import Migration
from audobon_cli.storage.transaction import Transaction

DATABASE_NAME = "metrics.db"
MOST_VALUES = 64
"""Distinct values that one label of a metric may have; further ones are counted as OTHER."""
OTHER = "other"
KEPT_RUNS = 20_000
KEPT_DAYS = 400
LONG_AGO = "0000-00-00"
"""The day that days beyond KEPT_DAYS are added to, so that sums never fall."""
MOST_LINE_BYTES = 256_000
LOCK_SECONDS = 30.0
_SEPARATOR = "\x1f"

SCHEMA = (
    Migration(
        1,
        "metrics",
        """
CREATE TABLE parts (
  part TEXT NOT NULL PRIMARY KEY,
  ended INTEGER NOT NULL,
  command TEXT NOT NULL,
  status INTEGER,
  code TEXT NOT NULL,
  seconds REAL NOT NULL,
  peak_memory_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX parts_ended ON parts (ended);
CREATE TABLE counts (
  name TEXT NOT NULL,
  labels TEXT NOT NULL,
  day TEXT NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (name, labels, day)
) STRICT, WITHOUT ROWID;
""",
    ),
)


@dataclass(frozen=True, slots=True)
class DayCount:
    """A value of a metric on a day (ISO 8601, UTC; LONG_AGO: before those that are kept apart)."""

    name: str
    labels: tuple[str, ...]
    day: str
    value: float


class MetricsStore:
    """The metrics in ``folder``; nothing is made there before something is counted.

    Methods raise what Database raises.
    """

    def __init__(self, folder: Path, wait_seconds: float = LOCK_SECONDS) -> None:
        self._folder = folder
        self._database = Database(folder, DATABASE_NAME, SCHEMA, wait_seconds, kept=KEPT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def take_in(self) -> None:
        """Bring what runs wrote down into the database: each line once, whenever this or a run is killed."""
        spool = self._folder / SPOOL_NAME
        if not spool.exists():
            return
        with disk_errors(self._folder, KEPT), exclusive_lock(self._folder / LOCK_NAME, LOCK_SECONDS) as taken:
            if not taken:
                return
            lines = spool.read_bytes().splitlines()
            if not lines:
                return
            if not self._database.path.is_file():
                self._database.create()
            with self._database.transaction() as statements:
                for line in lines:
                    _take(statements, line)
                _forget(statements)
            # Whoever dies here has the lines taken in twice: the second time, their parts are known.
            os.truncate(spool, 0)

    def counts(self) -> tuple[DayCount, ...]:
        """All values by metric, labels and day."""
        if not self._database.path.is_file():
            return ()
        with self._database.read() as statements:
            rows = statements.rows("SELECT name, labels, day, value FROM counts ORDER BY name, labels, day")
        return tuple(DayCount(name, _labels(name, labels), day, value) for name, labels, day, value in rows)

    def runs(self, since: datetime) -> list[dict[str, Any]]:
        """The runs, and parts of long ones, that ended since, in order: ``ended`` in milliseconds since 1970."""
        if not self._database.path.is_file():
            return []
        with self._database.read() as statements:
            rows = statements.rows(
                "SELECT part, ended, command, status, code, seconds, peak_memory_bytes FROM parts WHERE ended >= ?"
                " ORDER BY ended, part",
                round(since.timestamp() * 1000),
            )
        names = ("id", "ended", "command", "status", "code", "seconds", "peak_memory_bytes")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def last_run(self) -> float | None:
        """When the last run ended, in seconds since 1970; None before the first."""
        if not self._database.path.is_file():
            return None
        with self._database.read() as statements:
            row = statements.row("SELECT max(ended) FROM parts")
        return None if row is None or row[0] is None else row[0] / 1000

    def close(self) -> None:
        """Close the database."""
        self._database.close()


def _take(statements: Transaction, line: bytes) -> None:
    """One line of the spool. One that was torn by a full disk is passed over, as is one that is known."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        found = parse_json_object(line, MOST_LINE_BYTES, lenient=True)
        part, ended, command = str(found["part"]), float(found["time"]), str(found["command"])
        if statements.row("SELECT 1 FROM parts WHERE part = ?", part):
            return
        status, code = found.get("status"), str(found.get("code", ""))
        seconds, peak = float(found.get("seconds") or 0), int(found.get("peak_memory_bytes") or 0)
        counts = list(_counts(found["counts"]))
        if status is not None:
            counts += counts_of_end(command, code, seconds, peak)
        statements.run(
            "INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)",
            part,
            round(ended * 1000),
            command,
            None if status is None else int(status),
            code,
            seconds,
            peak,
        )
        day = time.strftime("%Y-%m-%d", time.gmtime(ended))
        for count in counts:
            _add(statements, count, day)


def _counts(found: Any) -> Iterator[Count]:
    for name, labels, value in found:
        if name in METRICS and len(labels) == len(METRICS[name].labels):
            yield Count(name, tuple(map(str, labels)), float(value))


def _add(statements: Transaction, count: Count, day: str) -> None:
    labels = tuple(_bounded(statements, count.name, place, label) for place, label in enumerate(count.labels))
    joined = "max(value, excluded.value)" if METRICS[count.name].highest else "value + excluded.value"
    statements.run(
        f"INSERT INTO counts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = {joined}",
        count.name,
        _SEPARATOR.join(labels),
        day,
        count.value,
    )


def _bounded(statements: Transaction, name: str, place: int, label: str) -> str:
    """``label``, or OTHER once the label in that place of the metric has MOST_VALUES values."""
    label = label.replace(_SEPARATOR, " ")
    rows = statements.rows("SELECT DISTINCT labels FROM counts WHERE name = ?", name)
    known = {_labels(name, row[0])[place] for row in rows}
    return label if label in known or len(known) < MOST_VALUES else OTHER


def _labels(name: str, joined: str) -> tuple[str, ...]:
    has_labels = name not in METRICS or METRICS[name].labels
    return tuple(joined.split(_SEPARATOR)) if has_labels else ()


def _forget(statements: Transaction) -> None:
    """Leave the last runs, and add up what is old."""
    statements.run(
        "DELETE FROM parts WHERE ended < (SELECT ended FROM parts ORDER BY ended DESC LIMIT 1 OFFSET ?)",
        KEPT_RUNS,
    )
    oldest = time.strftime("%Y-%m-%d", time.gmtime(time.time() - KEPT_DAYS * 86_400))
    old = statements.rows(
        "SELECT name, labels, day, value FROM counts WHERE day < ? AND day <> ?", oldest, LONG_AGO
    )
    for name, labels, day, value in list(old):
        if name in METRICS:
            _add(statements, Count(name, _labels(name, labels), value), LONG_AGO)
        statements.run("DELETE FROM counts WHERE name = ? AND labels = ? AND day = ?", name, labels, day)


def totals(counts: Sequence[DayCount]) -> Mapping[tuple[str, tuple[str, ...]], float]:
    """The values over all days: sums of sums, the highest of highest values."""
    found: dict[tuple[str, tuple[str, ...]], float] = {}
    for count in counts:
        if count.name in METRICS:
            key = (count.name, count.labels)
            before = found.get(key, 0.0)
            highest = METRICS[count.name].highest
            found[key] = max(before, count.value) if highest else before + count.value
    return found
