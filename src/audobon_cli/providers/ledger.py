"""What was spent at providers: a row a call, written before the call is made.

It is the user's, not a library's: the budget of a month holds across projects. A reservation counts as spent
until it is settled, so that processes side by side never pass the budget together, and a process that is
killed leaves a row that counts.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import BudgetSpent
from audobon_cli.domain.providers import Billed
from audobon_cli.domain.units import format_usd
from audobon_cli.storage.database import Database
from audobon_cli.storage.disk_errors import LEDGER, disk_errors
from audobon_cli.storage.migration import Migration
from audobon_cli.storage.sqlite import WAIT_SECONDS
from audobon_cli.storage.transaction import Transaction

DATABASE_NAME = "audobon.db"
SCHEMA = (
    Migration(
        1,
        "calls",
        """
CREATE TABLE calls (
  id TEXT NOT NULL PRIMARY KEY,
  run TEXT NOT NULL,
  started INTEGER NOT NULL,
  settled INTEGER,
  provider TEXT NOT NULL,
  server TEXT NOT NULL,
  model TEXT NOT NULL,
  quality TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('reserved', 'yes', 'no', 'unknown')),
  reserved_micro_usd INTEGER NOT NULL,
  counted_micro_usd INTEGER NOT NULL,
  price_is TEXT NOT NULL DEFAULT 'listed',
  request_id TEXT NOT NULL DEFAULT '',
  attempts INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  usage TEXT NOT NULL DEFAULT '{}'
) STRICT, WITHOUT ROWID;
CREATE INDEX calls_started ON calls (started, counted_micro_usd);
CREATE INDEX calls_run ON calls (run, counted_micro_usd);
""",
    ),
)

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class SpendingLimits:
    """Limits in micro-dollars; None: no limit."""

    per_run: int | None = None
    per_month: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What is about to be asked for, and what it is expected to cost (micro-dollars). ``what`` and ``remedy`` are for
    the message of a budget that does not have it."""

    provider: str
    server: str
    model: str
    quality: str
    estimate: int
    what: str = "the next picture"
    remedy: str = "go on with --fallback local"


@dataclass(frozen=True, slots=True)
class Reserved:
    """A call that counts and is not settled; ``micro_usd`` is what it counts."""

    id: str
    server: str
    model: str
    started: datetime
    micro_usd: int


@dataclass(frozen=True, slots=True)
class MonthShare:
    """Micro-dollars of the month before and after a call was reserved: of processes side by side each sees its own
    step."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of a call. ``cost`` counts where it was billed (micro-dollars); ``price_is`` says whether it
    follows from the reply (``billed``) or is the list's (``listed``)."""

    billed: Billed
    cost: int = 0
    price_is: str = "listed"
    request_id: str = ""
    attempts: int = 1
    error: str = ""
    usage: Mapping[str, Any] = field(default_factory=dict)
    server: str = ""


class Grouping(StrEnum):
    """What sums are made by."""

    PROVIDER = "provider"
    MODEL = "model"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class UsageRow:
    """Sums of one group: calls, pictures paid for, calls that brought none, calls whose outcome is not known,
    micro-dollars, and pictures that cost nothing (of servers of one's own)."""

    group: str
    calls: int
    paid: int
    unpaid: int
    unknown: int
    micro_usd: int
    free: int


class UsageLedger:
    """The ledger in ``folder``, made on first use. ``run`` names this process's command for its budget.

    All methods may raise what Database raises.
    """

    def __init__(
        self, folder: Path, wait_seconds: float = WAIT_SECONDS, now: Now = lambda: datetime.now(UTC)
    ) -> None:
        self._folder = folder
        self._database = Database(folder, DATABASE_NAME, SCHEMA, wait_seconds, kept=LEDGER)
        self._now = now
        self.run = str(uuid4())

    def reserve(self, call: Call, budget: SpendingLimits) -> str:
        """Count ``call`` as spent before it is made; its id. Durable on return. Raises BudgetSpent.

        Looking and counting are one transaction, for which processes queue.
        """
        ident = str(uuid4())
        self.reserve_as(ident, call, budget)
        return ident

    def reserve_as(self, ident: str, call: Call, budget: SpendingLimits) -> MonthShare | None:
        """The same under an id that others know the call by; None where it counts already."""
        self._make()
        moment = self._now()
        with self._database.transaction() as statements:
            if statements.row("SELECT 1 FROM calls WHERE id = ?", ident) is not None:
                return None
            before = _sum_of_month(statements, moment)
            self._refuse_above(statements, call, budget, moment)
            statements.run(
                "INSERT INTO calls (id, run, started, provider, server, model, quality, state,"
                " reserved_micro_usd, counted_micro_usd) VALUES (?, ?, ?, ?, ?, ?, ?, 'reserved', ?, ?)",
                ident,
                self.run,
                _microseconds(moment),
                call.provider,
                call.server,
                call.model,
                call.quality,
                call.estimate,
                call.estimate,
            )
        return MonthShare(before, before + call.estimate)

    def reserved(self, provider: str) -> list[Reserved]:
        """What counts of a provider and was never settled, oldest first."""
        if not self._database.path.is_file():
            return []
        with self._database.read() as statements:
            rows = statements.rows(
                "SELECT id, server, model, started, counted_micro_usd FROM calls"
                " WHERE provider = ? AND state = 'reserved' ORDER BY started, id",
                provider,
            )
        return [
            Reserved(ident, server, model, datetime.fromtimestamp(started / 1e6, UTC), counted)
            for ident, server, model, started, counted in rows
        ]

    def settle(self, ident: str, found: Settlement) -> None:
        """Put what came of the call in place of its reservation; nothing where none was ever made. Unknown outcomes go
        on counting as reserved."""
        if not self._database.path.is_file():
            return
        with self._database.transaction() as statements:
            statements.run(
                "UPDATE calls SET settled = ?, state = ?, price_is = ?, request_id = ?, attempts = ?, error = ?,"
                " usage = ?, server = CASE WHEN ? = '' THEN server ELSE ? END,"
                " counted_micro_usd = CASE ? WHEN 'no' THEN 0 WHEN 'yes' THEN ? ELSE reserved_micro_usd END"
                " WHERE id = ?",
                _microseconds(self._now()),
                found.billed.value,
                found.price_is,
                found.request_id,
                found.attempts,
                found.error,
                json.dumps(dict(found.usage), sort_keys=True),
                found.server,
                found.server,
                found.billed.value,
                found.cost,
                ident,
            )

    def spent_this_month(self) -> int:
        """Micro-dollars counted since the first of the month (UTC)."""
        if not self._database.path.is_file():
            return 0
        with self._database.read() as statements:
            return _sum_of_month(statements, self._now())

    def sums(self, by: Grouping, since: datetime | None = None) -> tuple[UsageRow, ...]:
        """The sums of all calls since ``since``, by group; days in UTC. Empty where nothing was ever asked."""
        if not self._database.path.is_file():
            return ()
        group = {
            Grouping.PROVIDER: "provider",
            Grouping.MODEL: "provider || ' ' || model",
            Grouping.DAY: "date(started / 1000000, 'unixepoch')",
        }[by]
        with self._database.read() as statements:
            rows = statements.rows(
                f"SELECT {group}, count(*), sum(state = 'yes' AND counted_micro_usd > 0), sum(state = 'no'),"
                " sum(state IN ('unknown', 'reserved')), sum(counted_micro_usd),"
                " sum(state = 'yes' AND counted_micro_usd = 0)"
                f" FROM calls WHERE started >= ? GROUP BY {group} ORDER BY {group}",
                _microseconds(since) if since else 0,
            )
        return tuple(UsageRow(*row) for row in rows)

    def calls(self, since: datetime) -> list[dict[str, Any]]:
        """The calls that changed since, by when they did: rows of the table without servers, errors and replies."""
        if not self._database.path.is_file():
            return []
        names = (
            "id, run, started, settled, provider, model, quality, state, reserved_micro_usd, counted_micro_usd,"
            " price_is, attempts"
        )
        with self._database.read() as statements:
            rows = statements.rows(
                f"SELECT {names} FROM calls WHERE coalesce(settled, started) >= ?"
                " ORDER BY coalesce(settled, started), id",
                _microseconds(since),
            )
        return [dict(zip(names.split(", "), row, strict=True)) for row in rows]

    def forget(self, keep: bool = False) -> int:
        """Delete all calls that are settled, this month's too, so that budgets count from nothing; how many. With
        ``keep`` only count them. Calls whose outcome is open stay: they must not be paid for twice."""
        if not self._database.path.is_file():
            return 0
        with self._database.transaction() as transaction:
            if keep:
                return len(transaction.rows("SELECT id FROM calls WHERE state <> 'reserved'"))
            count = transaction.run("DELETE FROM calls WHERE state <> 'reserved'")
        self._database.truncate_log()
        return count

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _make(self) -> None:
        if self._database.path.is_file():
            return
        with disk_errors(self._folder, LEDGER):
            self._folder.mkdir(parents=True, exist_ok=True)
        self._database.create()

    def _refuse_above(
        self, statements: Transaction, call: Call, budget: SpendingLimits, moment: datetime
    ) -> None:
        estimate = call.estimate
        row = statements.row("SELECT coalesce(sum(counted_micro_usd), 0) FROM calls WHERE run = ?", self.run)
        in_run = int(row[0]) if row else 0
        in_month = _sum_of_month(statements, moment)
        for key, limit, spent in (
            ("budget.per_run", budget.per_run, in_run),
            ("budget.per_month", budget.per_month, in_month),
        ):
            if estimate and limit is not None and spent + estimate > limit:
                raise BudgetSpent(
                    f"{format_usd(spent)} of {key} {format_usd(limit)} are spent; {call.what} costs "
                    f"{format_usd(estimate)}.",
                    hint=f"raise {key}, or {call.remedy}; `audobon usage` shows what was spent",
                    setting=key,
                    spent_usd=spent / 1e6,
                    limit_usd=limit / 1e6,
                )


def _sum_of_month(statements: Transaction, moment: datetime) -> int:
    first = moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    row = statements.row(
        "SELECT coalesce(sum(counted_micro_usd), 0) FROM calls WHERE started >= ?", _microseconds(first)
    )
    return int(row[0]) if row else 0


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)
