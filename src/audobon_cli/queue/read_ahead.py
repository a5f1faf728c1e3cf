"""Weights of the next queued model read ahead while a job draws, so that its load finds them in memory.

Only the system's cache of files is filled: nothing is loaded, no result changes, and the system gives the memory to
whoever needs it. Jobs are claimed in their order as without it.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.events import Event, Listener, StepDone
from audobon_cli.domain.model import Model
from audobon_cli.platforms import current
from audobon_cli.queue.events import ModelReadAhead
from audobon_cli.queue.model import Job, JobKind
from audobon_cli.queue.store.jobs import JobStore

LOOK_JOBS = 16
"""So many waiting jobs are looked at for one with another model."""
PIECE_BYTES = 4 * 2**20
LEAST_FILE_BYTES = 2**20
"""Smaller files take no time."""
RESERVE_SHARE = 0.1
"""So much of the machine's memory stays free: below that the warm process lets go of its models, too."""


@dataclass(frozen=True, slots=True)
class NeededMemory:
    """What a job's model needs: the bytes of its weights on the disk, and the most that drawing with it takes of main
    memory by the forecast (None: not known, or on a card)."""

    model: Model
    weights: tuple[Path, ...]
    weights_bytes: int
    drawing_bytes: int | None


@dataclass(frozen=True, slots=True)
class MemoryNow:
    """Bytes of main memory: what the machine has, what of it is free, and what this process has."""

    total: int
    available: int
    own: int


def memory_now() -> MemoryNow:
    """As the system says; 0 for what it does not."""
    machine = current()
    return MemoryNow(machine.memory_bytes(), machine.available_bytes(), machine.resident_bytes())


def has_room(at_hand: NeededMemory, following: NeededMemory, now: MemoryNow) -> bool:
    """Whether the weights of ``following`` may lie in memory beside the job ``at_hand``: with both as large as they get
    a tenth is left. False where the system does not tell."""
    if not now.total or not now.available:
        return False
    left = now.available - RESERVE_SHARE * now.total
    still = max(0, (at_hand.drawing_bytes or 0) - now.own)
    return left - still >= max(following.weights_bytes, following.drawing_bytes or 0)


def weights_of(model: Model) -> tuple[Path, ...]:
    """The files of a model that take time to read; none of what ships with the program or is elsewhere."""
    if model.builtin or model.remote is not None or model.folder == Path():
        return ()
    folders = [model.folder.rglob("*")] if model.checkpoint is None else []
    files = [model.checkpoint] if model.checkpoint is not None else []
    files += [path for folder in folders for path in folder]
    return tuple(path for path in sorted(files) if path.is_file() and path.stat().st_size >= LEAST_FILE_BYTES)


NeedOf = Callable[[Job], NeededMemory | None]
"""What a job needs; None for one without weights here. May raise what running it raises."""


@dataclass(slots=True)
class NextModel:
    """Reads ahead for one worker. ``model_of`` names the model that a job asks for, without looking for it."""

    jobs: JobStore
    need_of: NeedOf
    model_of: Callable[[Job], str]
    memory: Callable[[], MemoryNow] = memory_now
    _read: str = ""
    """The model that was read last: once is enough until another was."""
    _reading: threading.Thread | None = None
    _over: threading.Event = field(default_factory=threading.Event)
    _news: deque[ModelReadAhead] = field(default_factory=deque)
    """What the thread that reads has to say, which is told between the events of jobs."""

    def listening(self, job: Job, listen: Listener) -> Listener:
        """``listen`` for the events of ``job``, at whose first step its own model is loaded and reading begins."""
        begun = False

        def heard(event: Event) -> None:
            nonlocal begun
            if isinstance(event, StepDone) and not begun:
                begun = True
                with suppress(AudobonError, OSError):  # the next job says so itself when it is run
                    self._begin(job)
            self.tell(listen)
            listen(event)

        return heard

    def tell(self, listen: Listener) -> None:
        """Say what was read meanwhile."""
        while self._news:
            listen(self._news.popleft())

    def close(self) -> None:
        """Stop reading."""
        self._over.set()
        if self._reading is not None:
            self._reading.join()

    def _begin(self, job: Job) -> None:
        if self._reading is not None and self._reading.is_alive():
            return
        own = self.model_of(job)
        waiting = (one for one in self.jobs.next_up(LOOK_JOBS) if one.kind is JobKind.GENERATE)
        following = next((one for one in waiting if self.model_of(one) != own), None)
        if following is None or self.model_of(following) == self._read:
            return
        self._read = self.model_of(following)
        at_hand, needed = self.need_of(job), self.need_of(following)
        if at_hand is None or needed is None or not needed.weights:
            return
        if not has_room(at_hand, needed, self.memory()):
            self._news.append(ModelReadAhead(needed.model.name, needed.weights_bytes, 0, 0.0))
            return
        self._reading = threading.Thread(target=self._go_on, args=(needed,), daemon=True)
        self._reading.start()

    def _go_on(self, needed: NeededMemory) -> None:
        began, read = time.monotonic(), 0
        with suppress(OSError):  # gone meanwhile, or damaged: who loads it says so
            for count in read_pieces(needed.weights):
                read += count
                now = self.memory()
                if self._over.is_set() or now.available < RESERVE_SHARE * now.total:
                    break
        seconds = round(time.monotonic() - began, 3)
        self._news.append(ModelReadAhead(needed.model.name, needed.weights_bytes, read, seconds))


def read_pieces(files: Sequence[Path]) -> Iterator[int]:
    """Read ``files`` and forget them; the bytes of each piece."""
    piece = bytearray(PIECE_BYTES)
    for path in files:
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(piece):
                yield count
