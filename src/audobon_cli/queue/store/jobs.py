"""The queue's jobs in the library's database: added, claimed, and ended exactly once.

Every change is one transaction. A claim names its worker, whose lock the kernel drops when it dies (see
queue/store/workers.py), so that a claim need not survive a power cut and is written without a sync.
"""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import AudobonError, JobNotFound
from audobon_cli.domain.ids import AssetId
from audobon_cli.queue.model import (
    Job,
    JobControl,
    JobDraft,
    JobFilter,
    JobNumber,
    JobProgress,
    JobState,
    QueueCounts,
    backoff_seconds,
    ended_with,
    worth_retrying,
)
from audobon_cli.queue.store.rows import SELECT, condition, job_of
from audobon_cli.storage.database import Database
from audobon_cli.storage.transaction import Transaction

# A queued job whose needs are all done runs; until then it is blocked.
UNMET = (
    "EXISTS (SELECT 1 FROM job_needs n JOIN jobs j ON j.number = n.needs"
    " WHERE n.job = jobs.number AND j.state <> 'done')"
)
READY_OR_BLOCKED = f"CASE WHEN {UNMET} THEN 'blocked' ELSE 'queued' END"
NEXT = "SELECT number FROM jobs WHERE state = 'queued' ORDER BY priority DESC, turn, number LIMIT ?"
TAKE = (
    "UPDATE jobs SET state = 'running', worker = ?, started = ?, attempts = attempts + 1,"
    " progress = NULL, due = NULL, wanted = '' WHERE number = ?"
)
LAST_TURN = "SELECT max(turn) FROM jobs WHERE lane = ? AND priority = ? AND finished IS NULL"
FIRST_TURN = "SELECT turn FROM jobs WHERE state = 'queued' AND priority = ? ORDER BY turn LIMIT 1"
OVER = "state = 'done', progress = json_remove(progress, '$.picture')"
"""What a job that is done becomes: the picture of a step is nothing to keep."""

UNBLOCK = (
    "UPDATE jobs SET state = 'queued' WHERE state = 'blocked'"
    f" AND number IN (SELECT job FROM job_needs WHERE needs = ?) AND NOT {UNMET}"
)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a worker learns when it reports: what is wanted of its job, and whether that is still its own."""

    control: JobControl
    own: bool
    stop: bool


class JobStore:
    """The jobs in ``database``. Methods raise what Database raises; those that name jobs also JobNotFound."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, drafts: Sequence[JobDraft]) -> list[Job]:
        """Add jobs, all or none, durably. Raises JobNotFound for a need that is no job.

        Lanes of one priority take turns: a lane's next job gets the turn after its last one's, but none
        before the turn that is next, so that ten thousand jobs of one lane hold up those of another by one.
        """
        with self.database.transaction() as transaction:
            numbers = [self._insert(transaction, draft) for draft in drafts]
            return [self._get(transaction, number) for number in numbers]

    def get(self, number: JobNumber) -> Job:
        """The job ``number``."""
        with self.database.read() as statements:
            return self._get(statements, number)

    def matching(self, chosen: JobFilter, limit: int = -1) -> list[Job]:
        """The jobs of a filter in the order in which they were added; at most ``limit``, the last ones."""
        where, values = condition(chosen)
        with self.database.read() as statements:
            rows = statements.rows(
                f"{SELECT} WHERE {where} ORDER BY number DESC LIMIT ?", *values, limit
            )  # the newest matter most where there are too many
        return [job_of(row) for row in reversed(rows)]

    def counts(self) -> QueueCounts:
        """How many jobs are in each state."""
        with self.database.read() as statements:
            rows = statements.rows("SELECT state, count(*) FROM jobs GROUP BY state")
            return QueueCounts({JobState(state): n for state, n in rows}, self._paused(statements))

    def oldest_waiting(self) -> int | None:
        """When the oldest job that could be begun was added, in microseconds since 1970; None: there is none."""
        with self.database.read() as statements:
            row = statements.row("SELECT min(created) FROM jobs WHERE state = 'queued'")
        return row[0] if row else None

    def claim(self, worker: str, limit: int = 1) -> list[Job]:
        """Take the next jobs, at most ``limit``, for ``worker``: nobody else gets them. Counts as an attempt."""
        if not self.anything_to_claim():
            return []
        now = _now()
        with self.database.transaction(durable=False) as transaction:
            transaction.run("UPDATE jobs SET state = 'queued' WHERE state = 'failed' AND due <= ?", now)
            taken = [JobNumber(row[0]) for row in transaction.rows(NEXT, limit)]
            for number in taken:
                transaction.run(TAKE, worker, now, number)
            return [self._get(transaction, number) for number in taken]

    def claim_job(self, worker: str, number: JobNumber) -> list[Job]:
        """Take the job ``number`` for ``worker``, if it waits and needs no other: even while the queue is paused."""
        with self.database.transaction(durable=False) as transaction:
            if transaction.run(f"{TAKE} AND state IN ('queued', 'failed')", worker, _now(), number):
                return [self._get(transaction, number)]
        return []

    def next_up(self, limit: int) -> list[Job]:
        """The jobs that would be claimed next, at most ``limit``; none while the queue is paused."""
        with self.database.read() as statements:
            numbers = [] if self._paused(statements) else statements.rows(NEXT, limit)
            return [self._get(statements, JobNumber(number)) for (number,) in numbers]

    def anything_to_claim(self) -> bool:
        """Whether a job could be claimed now. A read: it waits for nobody."""
        with self.database.read() as statements:
            if self._paused(statements):
                return False
            return (
                statements.row("SELECT 1 FROM jobs WHERE state = 'queued' LIMIT 1") is not None
                or statements.row("SELECT 1 FROM jobs WHERE state = 'failed' AND due <= ? LIMIT 1", _now())
                is not None
            )

    def beat(
        self,
        worker: str,
        number: JobNumber | None,
        progress: JobProgress | None,
        memory_bytes: int | None = None,
    ) -> Heartbeat:
        """Say that ``worker`` is alive and how far its job is; learn what is wanted of it."""
        with self.database.transaction(durable=False) as transaction:
            transaction.run(
                "UPDATE job_workers SET seen = ?, beat = ?, memory_bytes = ? WHERE id = ?",
                *(_now(), time.monotonic(), memory_bytes, worker),
            )
            if number is not None and progress is not None:
                transaction.run(
                    "UPDATE jobs SET progress = ? WHERE number = ? AND worker = ? AND state = 'running'",
                    *(json.dumps({**asdict(progress), "percent": progress.percent}), number, worker),
                )
            row = transaction.row("SELECT wanted, worker, state FROM jobs WHERE number = ?", number)
            asked = transaction.row("SELECT wanted FROM job_workers WHERE id = ?", worker)
        own = number is None or (row is not None and row[1:] == (worker, JobState.RUNNING.value))
        return Heartbeat(
            JobControl(row[0]) if row and own else JobControl.NONE, own, asked is None or asked[0] == "stop"
        )

    def file(self, transaction: Transaction, number: JobNumber, place: int, asset: AssetId) -> bool:
        """Note inside ``transaction`` that ``asset`` is result ``place``; the last one makes the job done.

        False, and nothing is noted, when the job has another result there already, or is cancelled: then whoever
        asks must let go of its own. The first one counts, whichever worker it comes from.
        """
        if transaction.row("SELECT 1 FROM jobs WHERE number = ? AND state <> 'cancelled'", number) is None:
            return False
        if not transaction.run(
            "INSERT INTO job_assets (job, place, asset) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            *(number, place, asset),
        ):
            held = transaction.row("SELECT asset FROM job_assets WHERE job = ? AND place = ?", number, place)
            return held == (asset,)
        whole = "pieces = (SELECT count(*) FROM job_assets WHERE job = jobs.number)"
        if transaction.run(
            f"UPDATE jobs SET {OVER}, finished = ?, error = NULL WHERE number = ? AND {whole}",
            *(_now(), number),
        ):
            transaction.run(UNBLOCK, number)
        return True

    def count_late(self, number: JobNumber) -> None:
        """Count a result that was not stored, because the job has one."""
        with self.database.transaction() as transaction:
            transaction.run("UPDATE jobs SET late = late + 1 WHERE number = ?", number)

    def finish(self, ended: Iterable[tuple[JobNumber, str, dict[str, Any] | None, Sequence[AssetId]]]) -> int:
        """Make jobs done, each given as its number, worker, result and assets; the number that were made so.

        One that is done, cancelled, or another worker's by now counts a late result and stays as it is.
        """
        done = 0
        with self.database.transaction() as transaction:
            for number, worker, result, assets in ended:
                if transaction.run(
                    f"UPDATE jobs SET {OVER}, finished = ?, error = NULL, result = ?"
                    " WHERE number = ? AND worker = ? AND state = 'running'",
                    *(_now(), json.dumps(result) if result is not None else None, number, worker),
                ):
                    done += 1
                    for place, asset in enumerate(assets):
                        transaction.run("INSERT INTO job_assets VALUES (?, ?, ?)", number, place, asset)
                    transaction.run(UNBLOCK, number)
                else:
                    transaction.run("UPDATE jobs SET late = late + 1 WHERE number = ?", number)
        return done

    def fail(self, number: JobNumber, worker: str, error: AudobonError) -> None:
        """End an attempt of ``worker`` that failed: the job is tried again later, or is dead."""
        with self.database.transaction() as transaction:
            row = self._own(transaction, number, worker)
            if row is not None:
                attempts, retries = row
                again = worth_retrying(error) and attempts <= retries
                self._end(transaction, number, error, backoff_seconds(attempts) if again else None)

    def release(self, number: JobNumber, worker: str, control: JobControl = JobControl.NONE) -> None:
        """Put a job of ``worker`` back as if it had not been begun; by ``control`` it is paused or cancelled."""
        with self.database.transaction() as transaction:
            if self._own(transaction, number, worker) is None:
                return
            transaction.run(
                "UPDATE jobs SET state = ?, attempts = attempts - 1, worker = NULL, progress = NULL,"
                " started = NULL, wanted = '', finished = ? WHERE number = ?",
                *(_state_of(control), _now() if control is JobControl.CANCEL else None, number),
            )

    def mark_lost(self, transaction: Transaction, worker: str, error: AudobonError) -> int:
        """Take back what the dead ``worker`` was at: queued at once, or dead when no attempts are left."""
        rows = transaction.rows(
            "SELECT number, attempts, retries, wanted FROM jobs WHERE state = 'running' AND worker = ?",
            worker,
        )
        for number, attempts, retries, wanted in rows:
            if wanted:
                transaction.run(
                    "UPDATE jobs SET state = ?, wanted = '', worker = NULL, finished = ? WHERE number = ?",
                    *(_state_of(JobControl(wanted)), _now() if wanted == JobControl.CANCEL else None, number),
                )
            else:
                self._end(transaction, number, error, 0.0 if attempts <= retries else None)
        return len(rows)

    def _end(
        self, transaction: Transaction, number: int, error: AudobonError, pause_seconds: float | None
    ) -> None:
        """An attempt ended with ``error``; the next is due after the pause, None: there is none."""
        now = _now()
        if pause_seconds is None:
            state, due = JobState.DEAD, None
        else:
            state = JobState.FAILED if pause_seconds else JobState.QUEUED
            due = now + round(pause_seconds * 1000)
        transaction.run(
            "UPDATE jobs SET state = ?, due = ?, finished = ?, error = ?, worker = NULL, progress = NULL"
            " WHERE number = ?",
            *(state, due, now if state is JobState.DEAD else None, json.dumps(_describe(error)), number),
        )

    @staticmethod
    def _own(transaction: Transaction, number: JobNumber, worker: str) -> tuple[int, int] | None:
        row = transaction.row(
            "SELECT attempts, retries FROM jobs WHERE number = ? AND worker = ? AND state = 'running'",
            *(number, worker),
        )
        return (row[0], row[1]) if row else None

    @staticmethod
    def _insert(transaction: Transaction, draft: JobDraft) -> JobNumber:
        for need in draft.needs:
            if transaction.row("SELECT 1 FROM jobs WHERE number = ?", need) is None:
                raise job_not_found(need)
        last = transaction.row(LAST_TURN, draft.lane, draft.priority)
        first = transaction.row(FIRST_TURN, draft.priority)
        turn = max(first[0] if first else 0, last[0] + 1 if last and last[0] is not None else 0)
        transaction.run(
            "INSERT INTO jobs (kind, title, request, lane, priority, turn, pieces, state, timeout_seconds,"
            " retries, created) VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?)",
            *(
                draft.kind,
                draft.title.encode("utf-8", "replace").decode(),
                json.dumps(draft.request),
                draft.lane,
            ),
            *(draft.priority, turn, draft.pieces, draft.timeout_seconds, draft.retries, _now()),
        )
        number = JobNumber(transaction.last_number)
        for need in dict.fromkeys(draft.needs):
            transaction.run("INSERT INTO job_needs VALUES (?, ?)", number, need)
        if draft.needs:
            transaction.run(f"UPDATE jobs SET state = {READY_OR_BLOCKED} WHERE number = ?", number)
        return number

    @staticmethod
    def _get(statements: Transaction, number: JobNumber) -> Job:
        row = statements.row(f"{SELECT} WHERE number = ?", number)
        if row is None:
            raise job_not_found(number)
        return job_of(row)

    @staticmethod
    def _paused(statements: Transaction) -> bool:
        return statements.row("SELECT 1 FROM queue_state WHERE key = 'paused'") is not None


def job_not_found(number: int) -> JobNotFound:
    """There is no job of that number."""
    return JobNotFound(f"There is no job {number}.", hint="`audobon queue list` shows the jobs", job=number)


def _describe(error: AudobonError) -> dict[str, object]:
    """For the job; the status is that of its command, if it is one."""
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "status": ended_with(error),
    }


def _state_of(control: JobControl) -> JobState:
    return {JobControl.CANCEL: JobState.CANCELLED, JobControl.PAUSE: JobState.PAUSED}.get(
        control, JobState.QUEUED
    )


def _now() -> int:
    return time.time_ns() // 1_000_000
