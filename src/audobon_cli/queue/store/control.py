"""What people do to jobs: pause, resume, cancel, retry, clear; and to the queue as a whole."""

import time

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.queue.model import PRIORITY_LIMIT, Job, JobFilter, JobState
from audobon_cli.queue.store.jobs import READY_OR_BLOCKED
from audobon_cli.queue.store.rows import SELECT, condition, job_of, keep_number, states_in
from audobon_cli.queue.store.workers import STOPPED
from audobon_cli.storage.database import Database
from audobon_cli.storage.transaction import Transaction

WAITING = (JobState.QUEUED, JobState.BLOCKED, JobState.FAILED)


class JobSteering:
    """Changes of many jobs at once; each returns those that it changed, as they are then."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def pause(self, chosen: JobFilter) -> list[Job]:
        """Waiting jobs wait until they are resumed; running ones are given back at their next step first."""
        with self.database.transaction() as transaction:
            changed = self._change(transaction, chosen, WAITING, "state = 'paused'")
            return changed + self._change(transaction, chosen, (JobState.RUNNING,), "wanted = 'pause'")

    def resume(self, chosen: JobFilter) -> list[Job]:
        """Paused jobs take their place again."""
        with self.database.transaction() as transaction:
            self._change(transaction, chosen, (JobState.RUNNING,), "wanted = ''")
            return self._change(
                transaction, chosen, (JobState.PAUSED,), f"state = {READY_OR_BLOCKED}, due = NULL"
            )

    def cancel(self, chosen: JobFilter) -> list[Job]:
        """Jobs that are not over are cancelled; running ones at their next step."""
        ended = f"state = 'cancelled', finished = {_now()}"
        with self.database.transaction() as transaction:
            changed = self._change(transaction, chosen, (*WAITING, JobState.PAUSED), ended)
            return changed + self._change(transaction, chosen, (JobState.RUNNING,), "wanted = 'cancel'")

    def retry(self, chosen: JobFilter) -> list[Job]:
        """Dead and cancelled jobs, and failed ones that wait, run again with all their retries."""
        again = f"state = {READY_OR_BLOCKED}, attempts = 0, due = NULL, finished = NULL, wanted = ''"
        states = (JobState.DEAD, JobState.CANCELLED, JobState.FAILED)
        with self.database.transaction() as transaction:
            return self._change(transaction, chosen, states, again)

    def prioritize(self, chosen: JobFilter, priority: int) -> list[Job]:
        """Jobs that have not begun get another priority: those with a higher one run first. Raises InvalidInput."""
        if not -PRIORITY_LIMIT <= priority <= PRIORITY_LIMIT:
            raise InvalidInput(
                f"{priority} is no priority.", hint=f"give one from {-PRIORITY_LIMIT} to {PRIORITY_LIMIT}"
            )
        with self.database.transaction() as transaction:
            states = (*WAITING, JobState.PAUSED)
            return self._change(transaction, chosen, states, f"priority = {int(priority)}")

    def clear(self, chosen: JobFilter, keep: bool = False) -> int:
        """Forget jobs that are over, except those that others still wait for; how many. Their assets stay.

        With ``keep`` only count them.
        """
        where, values = condition(chosen)
        over = states_in(state for state in JobState if state.final)
        awaited = "SELECT n.needs FROM job_needs n JOIN jobs w ON w.number = n.job WHERE w.finished IS NULL"
        with self.database.transaction() as transaction:
            over_and_free = f"{where} AND state IN {over} AND number NOT IN ({awaited})"
            if keep:
                return len(transaction.rows(f"SELECT number FROM jobs WHERE {over_and_free}", *values))
            return transaction.run(f"DELETE FROM jobs WHERE {over_and_free}", *values)

    def pause_queue(self, paused: bool) -> None:
        """With ``paused`` no job is begun any more; those that run are finished."""
        with self.database.transaction() as transaction:
            transaction.run("DELETE FROM queue_state WHERE key = 'paused'")
            if paused:
                transaction.run("INSERT INTO queue_state VALUES ('paused', '1')")

    def stop_workers(self) -> int:
        """Ask all workers to give their jobs back and end; how many there are."""
        with self.database.transaction() as transaction:
            keep_number(transaction, STOPPED, _now())  # for those that are just taking another's place
            return transaction.run("UPDATE job_workers SET wanted = 'stop'")

    @staticmethod
    def _change(
        transaction: Transaction, chosen: JobFilter, states: tuple[JobState, ...], assignment: str
    ) -> list[Job]:
        where, values = condition(chosen)
        rows = transaction.rows(
            f"UPDATE jobs SET {assignment} WHERE {where} AND state IN {states_in(states)} RETURNING number",
            *values,
        )
        numbers = sorted(row[0] for row in rows)
        return [job_of(transaction.rows(f"{SELECT} WHERE number = ?", number)[0]) for number in numbers]


def _now() -> int:
    return time.time_ns() // 1_000_000
