"""Pictures of waiting jobs drawn beside that of the job at hand, each on a thread of its own.

Jobs are claimed, filed and ended one after the other as without it; a picture that is drawn ahead is memory alone.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from audobon_cli.domain.errors import AudobonError
from audobon_cli.engines.base import Asked, Engine, SideBySide
from audobon_cli.generation.side_by_side import AHEAD, SideBySideEngine
from audobon_cli.queue.model import Job, JobNumber
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.queue.store.workers import JobWorkers

PicturesOf = Callable[[Job], Sequence[Asked]]
"""What must be drawn for a job, in order; may raise what running the job raises."""


@dataclass(slots=True)
class UpcomingPictures:
    """An iterator over the pictures of the job at hand and of those that wait: at its end there may be more later."""

    jobs: JobStore
    pictures_of: PicturesOf
    most: int
    """So many waiting jobs are looked at."""
    _known: set[JobNumber] = field(default_factory=set)
    _pictures: deque[Asked] = field(default_factory=deque)

    def __iter__(self) -> Iterator[Asked]:
        return self

    def __next__(self) -> Asked:
        if not self._pictures:
            for job in self.jobs.next_up(self.most):
                self._look_at(job)
        if not self._pictures:
            raise StopIteration
        return self._pictures.popleft()

    def begin(self, job: Job, pictures: Sequence[Asked]) -> None:
        """``job`` is run now: its pictures are the next, unless they were given before."""
        if job.number not in self._known:
            self._known.add(job.number)
            self._pictures.extendleft(reversed(pictures))

    def end(self, job: Job) -> None:
        """``job`` was run: if it comes again, its pictures do."""
        self._known.discard(job.number)

    def _look_at(self, job: Job) -> None:
        if job.number in self._known:
            return
        self._known.add(job.number)
        with suppress(AudobonError, OSError):  # it says so itself when it is run
            self._pictures.extend(self.pictures_of(job))


class JobsAhead:
    """Gives a worker that is alone on the queue an engine that draws waiting jobs ahead."""

    def __init__(self, jobs: JobStore, threads: int, pictures_of: PicturesOf) -> None:
        self._workers = JobWorkers(jobs)
        self._threads = threads
        self._upcoming = UpcomingPictures(jobs, pictures_of, AHEAD * threads)
        self._engine: SideBySideEngine | None = None
        self._stack = ExitStack()

    def engine(self, job: Job, pictures: Iterable[Asked], engine: Engine) -> Engine | None:
        """``engine`` for the ``pictures`` of ``job``, drawing others beside them; None where none may be.

        Several workers share the processors already and would draw the same jobs. A job that is tried again is drawn
        by itself: what killed its worker may have been another's picture.
        """
        alone = self._threads > 1 and job.attempts == 1 and isinstance(engine, SideBySide)
        if not alone or len(self._workers.alive()) > 1:
            return None
        self._upcoming.begin(job, [*pictures])
        if self._engine is None:
            side_by_side = SideBySideEngine(engine, engine, self._upcoming, self._threads)
            self._engine = self._stack.enter_context(side_by_side)
        return self._engine

    def end(self, job: Job) -> None:
        """``job`` was run."""
        self._upcoming.end(job)

    def close(self) -> None:
        """Stop what is being drawn."""
        self._stack.close()
