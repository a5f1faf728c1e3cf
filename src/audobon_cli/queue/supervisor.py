"""Several workers: a process each, begun again when one dies, ended with the one that began them."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from audobon_cli.domain.errors import WorkerLost
from audobon_cli.domain.events import Event, JobEnded, Listener, Warned, event_from
from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.engines.base import ShouldStop
from audobon_cli.hardware.probe import graphics_cards, usable_cpus
from audobon_cli.platforms import current
from audobon_cli.queue.events import WorkerRecycled
from audobon_cli.queue.model import JobState
from audobon_cli.storage.child_environment import child_environment

POLL_SECONDS = 0.1
POLITE_SECONDS = 60.0
"""What a worker has to give its job back: it stops at the next step, and a step of a large model takes long."""
OVER = (JobState.DONE, JobState.FAILED, JobState.DEAD)
"""What a job is whose attempt counts."""
MAX_DEATHS = 5
"""So many deaths in a row without a job done are no accident."""


@dataclass(frozen=True, slots=True)
class WorkerPlace:
    """Where one worker runs: a device as in the settings ("" for the best), and its threads (0: all)."""

    device: str
    threads: int = 0


def worker_places(count: int, device: str) -> list[WorkerPlace]:
    """A place for each of ``count`` workers: a graphics card each, in turn, else shares of the processor.

    ``device`` given in the settings is everybody's.
    """
    cards = [] if device else graphics_cards()
    if cards and len(cards) > 1:
        return [WorkerPlace(f"cuda:{number % len(cards)}") for number in range(count)]
    threads = max(1, usable_cpus() // count) if count > 1 and not cards else 0
    return [WorkerPlace(device, threads)] * count


def job_shares(limit: int, workers: int) -> list[int]:
    """How many of ``limit`` jobs each of ``workers`` ends, which together make it exactly; nobody is there for none.

    0 is no limit, for all of them.
    """
    if not limit:
        return [0] * workers
    each, more = divmod(limit, workers)
    return [each + (number < more) for number in range(min(limit, workers))]


@dataclass(slots=True)
class _Child:
    place: WorkerPlace
    process: "subprocess.Popen[str]"
    reader: threading.Thread
    left: int
    """So many jobs it may end yet, where there is a limit."""
    deaths: int = 0
    finished: bool = False


@dataclass(slots=True)
class Supervisor:
    """Keeps workers running: ``words`` is the command line of one, of this program or ``program``. ``variables`` are
    in the environment of each. After ``limit`` jobs of all together it is over (0: no limit): each worker, with those
    that take its place, has its share of them.

    A worker ends when its stdin does, so none outlives this process, however that ends.
    """

    words: Sequence[str]
    listen: Listener
    should_stop: ShouldStop
    program: Sequence[str] = (sys.executable, "-m", "audobon_cli")
    clock: Callable[[], float] = time.monotonic
    variables: Mapping[str, str] = field(default_factory=dict)
    limit: int = 0
    _ended: Counter[int] = field(default_factory=Counter)
    """How many jobs the process of that number has ended."""
    _recycled: set[int] = field(default_factory=set)

    def run(self, places: Sequence[WorkerPlace]) -> None:
        """Run a worker at each of ``places`` that a share of the limit is left for, until all have ended by
        themselves or were stopped.

        Raises WorkerLost when a worker keeps dying without having done anything.
        """
        shares = job_shares(self.limit, len(places))
        children = [self._start(place, share) for place, share in zip(places, shares, strict=False)]
        try:
            while not all(child.finished for child in children) and not self.should_stop():
                for child in children:
                    self._look_after(child)
                time.sleep(POLL_SECONDS)
        finally:
            self._end(children)

    def _look_after(self, child: _Child) -> None:
        status = child.process.poll()
        if child.finished or status is None:
            return
        _hang_up(child)
        pid = child.process.pid
        ended, recycled = self._ended.pop(pid, 0), pid in self._recycled
        self._recycled.discard(pid)
        left = child.left - ended
        if (status >= 0 and status != 1 and not recycled) or (self.limit and left <= 0):
            child.finished = True
            return
        child.deaths = 0 if ended or recycled else child.deaths + 1
        if child.deaths >= MAX_DEATHS:
            raise WorkerLost(
                f"A worker died {child.deaths} times in a row without ending a job (status {status}).",
                hint="`audobon queue run --workers 1 --debug` shows more",
                status=status,
            )
        if not recycled:
            self.listen(Warned(f"a worker died (status {status}); another one takes its place"))
        fresh = self._start(child.place, left)
        child.process, child.reader, child.left = fresh.process, fresh.reader, left

    def _start(self, place: WorkerPlace, left: int) -> _Child:
        environment = child_environment(self.variables)
        if place.device:
            environment["AUDOBON_DEVICE"] = place.device
        if place.threads:
            for name in ("OMP_NUM_THREADS", "AUDOBON_RESOURCES_THREADS"):
                environment.setdefault(name, str(place.threads))
        process = subprocess.Popen(
            [*self.program, *self._words_of(left)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            env=environment,
            **current().apart(),  # Ctrl-C is for this process alone, which then asks them to stop
        )
        reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        reader.start()
        return _Child(place, process, reader, left)

    def _words_of(self, left: int) -> list[str]:
        """The command line of a worker that may end so many jobs."""
        return [*self.words, *(["--max-jobs", str(left)] if self.limit else [])]

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            event = _event(line)
            if event is None:
                continue
            if isinstance(event, JobEnded) and event.state in OVER:
                self._ended[process.pid] += 1
            if isinstance(event, WorkerRecycled):
                self._recycled.add(process.pid)
            self.listen(event)

    def _end(self, children: Sequence[_Child]) -> None:
        for child in children:
            if child.process.stdin is not None:
                child.process.stdin.close()
        deadline = self.clock() + POLITE_SECONDS
        for child in children:
            try:
                child.process.wait(max(0.1, deadline - self.clock()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            _hang_up(child)


def _hang_up(child: _Child) -> None:
    """Close the pipes of a worker that has ended, when all that it said is read."""
    child.reader.join()
    for pipe in (child.process.stdin, child.process.stdout):
        if pipe is not None:
            pipe.close()


def _event(line: str) -> Event | None:
    try:
        data = parse_json(line, lenient=True)
    except ValueError:
        return None
    return event_from(data) if isinstance(data, dict) and "event" in data else None
