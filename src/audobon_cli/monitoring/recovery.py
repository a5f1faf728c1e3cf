"""What the monitor does about what it finds: within limits, and so that no job is lost or done twice."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field

from audobon_cli.backup.after_commit import BackedUpPlace, back_up_after_commit, failed_backup, is_due
from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.units import plural
from audobon_cli.library.store.location import has_library
from audobon_cli.monitoring.policy import MonitorPolicy
from audobon_cli.queue.model import JobState
from audobon_cli.queue.open import open_queue, open_steering
from audobon_cli.queue.status import give_back_lost_jobs, living_workers, worker_comes

WorkerStarter = Callable[[], None]
"""Begins one worker that outlives whoever called."""


@dataclass(slots=True)
class Recovery:
    """What was tried, over the rounds of one monitor."""

    place: BackedUpPlace
    policy: MonitorPolicy
    start_worker: WorkerStarter
    paused_queue: bool = False
    _attempts: int = 0
    _done_before: int = 0
    _gave_up: bool = False
    _acts: list[str] = field(default_factory=list)

    def act(self) -> tuple[str, ...]:
        """One round; what was done, a sentence each. Raises what the library raises."""
        self._acts = []
        if has_library(self.place.library_path) and not self.place.library.read_only:
            self._take_back()
            self._mind_the_disk()
            self._keep_workers()
            self._back_up()
        return tuple(self._acts)

    def _take_back(self) -> None:
        lost = give_back_lost_jobs(open_queue(self.place.library))
        if lost:
            self._acts.append(f"took back {plural(lost, 'job')} of workers that are gone")

    def _mind_the_disk(self) -> None:
        library = self.place.library
        is_short = shutil.disk_usage(library.root).free < self.policy.disk_floor_bytes
        paused = open_queue(library).counts().paused
        if is_short and not paused:
            open_steering(library).pause_queue(True)
            self.paused_queue = True
            self._acts.append("paused the queue: the disk is nearly full")
        elif not is_short and paused and self.paused_queue:
            open_steering(library).pause_queue(False)
            self.paused_queue = False
            self._acts.append("resumed the queue: the disk has room again")

    def _back_up(self) -> None:
        failed = failed_backup(self.place)
        if failed is None or not is_due(failed):
            return
        again = back_up_after_commit(self.place)
        self._acts.append(
            "made the backup that a commit had asked for"
            if again is None
            else f"could not make the backup that a commit had asked for: {again.why}"
        )

    def _keep_workers(self) -> None:
        jobs = open_queue(self.place.library)
        counts = jobs.counts()
        waiting = counts.of(JobState.QUEUED, JobState.FAILED)
        ended = counts.of(JobState.DONE, JobState.DEAD, JobState.CANCELLED)
        if ended > self._done_before:
            self._attempts, self._gave_up = 0, False  # somebody gets on
        self._done_before = ended
        missing = min(self.policy.workers, waiting) - living_workers(jobs)
        if counts.paused or not waiting or missing <= 0 or self._gave_up or worker_comes(jobs):
            return
        if self._attempts >= self.policy.max_attempts:
            self._gave_up = True
            self._acts.append(
                f"gave up on workers: they ended {plural(self._attempts, 'time')} without ending a job"
            )
            return
        self._attempts += 1
        try:
            for _ in range(missing):
                self.start_worker()
        except (AudobonError, OSError) as error:
            self._acts.append(f"could not begin a worker: {error}")
            return
        self._acts.append(f"began {plural(missing, 'worker')}")
