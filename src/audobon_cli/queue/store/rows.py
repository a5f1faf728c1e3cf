"""Jobs and workers as rows, and back."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.domain.ids import AssetId
from audobon_cli.queue.model import Job, JobControl, JobFilter, JobKind, JobNumber, JobState, JobWorker
from audobon_cli.storage.transaction import Transaction

COLUMNS = (
    "number, kind, title, request, lane, priority, state, timeout_seconds, retries, attempts, created, due,"
    " started, finished, worker, wanted, progress, error, result, late, pieces"
)
NEEDS = "(SELECT json_group_array(n.needs) FROM job_needs n WHERE n.job = jobs.number)"
IN_ORDER = "SELECT asset FROM job_assets WHERE job = jobs.number ORDER BY place"
ASSETS = f"(SELECT json_group_array(a.asset) FROM ({IN_ORDER}) a)"
SELECT = f"SELECT {COLUMNS}, {NEEDS}, {ASSETS} FROM jobs"
WORKERS = (
    "SELECT w.id, w.pid, w.device, w.engine, w.started, w.seen, w.memory_bytes,"
    " (SELECT min(number) FROM jobs WHERE state = 'running' AND worker = w.id) FROM job_workers w ORDER BY w.started"
)


def job_of(row: tuple[Any, ...]) -> Job:
    """The job in a row of SELECT."""
    return Job(
        number=JobNumber(row[0]),
        kind=JobKind(row[1]),
        title=row[2],
        request=_object(row[3]) or {},
        lane=row[4],
        priority=row[5],
        state=JobState(row[6]),
        timeout_seconds=row[7],
        retries=row[8],
        attempts=row[9],
        created=_time(row[10]),
        due=_time(row[11]) if row[11] is not None else None,
        started=_time(row[12]) if row[12] is not None else None,
        finished=_time(row[13]) if row[13] is not None else None,
        worker=row[14],
        wanted=JobControl(row[15]),
        progress=_object(row[16]),
        error=_object(row[17]),
        result=_object(row[18]),
        late=row[19],
        pieces=row[20],
        needs=tuple(JobNumber(number) for number in json.loads(row[21])),
        assets=tuple(AssetId(asset) for asset in json.loads(row[22])),
    )


def _object(text: str | None) -> dict[str, Any] | None:
    """What is kept as JSON; None for what is no object. A row that something else wrote stops its job and not the
    queue: a request that lacks what it needs is refused when its turn comes."""
    try:
        return parse_json_object(text) if text else None
    except ValueError:
        return None


def worker_of(row: tuple[Any, ...]) -> JobWorker:
    """The worker in a row of WORKERS."""
    identity, pid, device, engine, started, seen, memory, job = row
    return JobWorker(
        identity, pid, device, engine, _time(started), _time(seen), memory, JobNumber(job) if job else None
    )


def condition(chosen: JobFilter) -> tuple[str, list[object]]:
    """A WHERE clause, and its values, for the jobs of a filter."""
    parts: list[str] = ["1"]
    values: list[object] = []
    for column, wanted in (("number", chosen.numbers), ("state", [state.value for state in chosen.states])):
        if wanted:
            parts.append(f"{column} IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(list(wanted)))
    if chosen.lane is not None:
        parts.append("lane = ?")
        values.append(chosen.lane)
    return " AND ".join(parts), values


def states_in(states: Iterable[JobState]) -> str:
    """The states as an SQL list."""
    return "(" + ", ".join(f"'{state.value}'" for state in states) + ")"


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def number_kept(statements: Transaction, key: str) -> int | None:
    """The number that the queue's state has under ``key``; None: there is none."""
    row = statements.row("SELECT value FROM queue_state WHERE key = ?", key)
    return int(row[0]) if row is not None and row[0].isdecimal() else None


def keep_number(transaction: Transaction, key: str, number: int) -> None:
    """Let the queue's state have ``number`` under ``key``."""
    transaction.run("INSERT OR REPLACE INTO queue_state VALUES (?, ?)", key, str(number))
