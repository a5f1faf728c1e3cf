"""Who runs jobs: each worker holds a lock that the kernel drops when it dies, so that its jobs go back at once.

Process numbers are given again and clocks are set; a lease of a file with a fresh name is neither. A
library lies on a file system of this machine (network ones are refused), so every worker that claims is on
this machine; those on others work for a process here that claims for them. A worker that hangs keeps its
lock: it has lost its jobs when it has not reported for LEASE_SECONDS of the monotonic clock, which stands
still while the machine sleeps.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Iterator

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import WorkerLost
from audobon_cli.platforms import current
from audobon_cli.queue.model import JobWorker
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.queue.store.rows import WORKERS, keep_number, number_kept, worker_of
from audobon_cli.storage.database import Database
from audobon_cli.storage.disk_errors import library_errors
from audobon_cli.storage.file_locks import is_leased, lasting_lock

WORKERS_FOLDER = "workers"
LEASE_SECONDS = 120.0
ANEW_SECONDS = 30.0
"""A worker's imports take a second; on a machine that is busy, ten."""
STOPPED, RECYCLED, RECYCLED_AT = "stopped", "recycled", "recycled_at"
"""Keys of the queue's state: when all workers were asked to stop, how many were begun anew, and when the last one."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A worker's id, and the descriptor of its lock: it is held while any process has that open."""

    id: str
    lease: int


class JobWorkers:
    """The workers of the library that ``jobs`` are in."""

    def __init__(self, jobs: JobStore) -> None:
        self.jobs = jobs
        self.database: Database = jobs.database
        self.folder = jobs.database.root / WORKERS_FOLDER

    @contextlib.contextmanager
    def register(self, device: str, engine: str, since: float | None = None) -> Iterator[Registration]:
        """Be a worker for the block. What it has not ended goes back afterwards.

        One that takes the place of another is asked to stop if all were after ``since`` (in seconds since 1970).
        """
        identity = secrets.token_hex(6)
        with library_errors(self.database.root):
            self.folder.mkdir(exist_ok=True)
        with lasting_lock(self.folder / identity) as descriptor:
            now = time.time_ns() // 1_000_000
            with self.database.transaction(durable=False) as transaction:
                transaction.run(
                    "INSERT INTO job_workers (id, pid, device, engine, started, seen, beat)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    *(identity, os.getpid(), device, engine, now, now, time.monotonic()),
                )
                stopped = None if since is None else number_kept(transaction, STOPPED)
                if stopped is not None and since is not None and stopped > since * 1000:
                    transaction.run("UPDATE job_workers SET wanted = 'stop' WHERE id = ?", identity)
            try:
                yield Registration(identity, descriptor)
            finally:
                self._remove(identity)

    def alive(self) -> list[JobWorker]:
        """The workers that are alive, the oldest first."""
        with self.database.read() as statements:
            rows = statements.rows(WORKERS)
        return [worker_of(row) for row in rows if not self._is_free(row[0])]

    def jobs_done(self) -> dict[str, int]:
        """How many jobs of the queue each worker has done, by its id; those that did none are not in it."""
        with self.database.read() as statements:
            rows = statements.rows(
                "SELECT worker, count(*) FROM jobs WHERE state = 'done' AND worker IS NOT NULL GROUP BY worker"
            )
        return {str(worker): int(count) for worker, count in rows}

    def stopped_since(self, since: float) -> bool:
        """Whether all workers were asked to stop after ``since`` (seconds since 1970)."""
        with self.database.read() as statements:
            stopped = number_kept(statements, STOPPED)
        return stopped is not None and stopped > since * 1000

    def note_recycled(self) -> None:
        """Count a worker that ends so that another goes on."""
        with self.database.transaction(durable=False) as transaction:
            keep_number(transaction, RECYCLED, (number_kept(transaction, RECYCLED) or 0) + 1)
            keep_number(transaction, RECYCLED_AT, time.time_ns() // 1_000_000)

    def recycled(self) -> int:
        """How many workers of this queue were begun anew."""
        with self.database.read() as statements:
            return number_kept(statements, RECYCLED) or 0

    def anew(self) -> bool:
        """Whether a worker ended a moment ago so that another goes on, which may not be there yet."""
        with self.database.read() as statements:
            last = number_kept(statements, RECYCLED_AT)
        return last is not None and 0 <= time.time_ns() // 1_000_000 - last < ANEW_SECONDS * 1000

    def recover(self) -> int:
        """Take back the jobs of workers that are gone or hang; how many. A read, unless there are some."""
        with self.database.read() as statements:
            known = dict(statements.rows("SELECT id, beat FROM job_workers"))
            busy = statements.rows("SELECT DISTINCT worker FROM jobs WHERE state = 'running'")
        stale = time.monotonic() - LEASE_SECONDS
        named = {*known, *(row[0] for row in busy if row[0])}
        # A worker that has just taken its lock and not yet written its row is in neither list.
        lost = [name for name in named if self._is_free(name) or known.get(name, stale) < stale]
        return sum(self._remove(name) for name in lost)

    def _remove(self, identity: str) -> int:
        """Forget a worker; the number of its jobs that went back."""
        error = WorkerLost(
            f"The worker {identity} ended in the middle of the job.",
            hint="it is tried again while it has retries; `audobon queue retry` gives it new ones",
        )
        with self.database.transaction() as transaction:
            given_back = self.jobs.mark_lost(transaction, identity, error)
            transaction.run("DELETE FROM job_workers WHERE id = ?", identity)
        with contextlib.suppress(
            PermissionError
        ):  # Windows: a worker that hangs still has it, and takes it along
            current().delete(self.folder / identity, missing_ok=True)
        return given_back

    def _is_free(self, identity: str) -> bool:
        return not is_leased(self.folder / identity)
