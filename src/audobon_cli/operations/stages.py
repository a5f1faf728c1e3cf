"""What a run is at, in spans of time that nest: for traces sent elsewhere, and for profiles.

Names of stages are those of docs/operations.md, and few; what an attribute says is a number, a model or a code, never
a prompt, a name or a path.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol

_CLOCK_BEGAN = time.time_ns() - time.perf_counter_ns()
Attribute = str | int | float | bool


def now_ns() -> int:
    """Nanoseconds since 1970 by a clock that nobody sets back while this process lives."""
    return _CLOCK_BEGAN + time.perf_counter_ns()


@dataclass(slots=True, eq=False)
class Stage:
    """A stretch of a run on one thread, within ``parent``. ``ended_ns`` is 0 until it ends; ``failed`` is then the code
    of the error that left it ("": none)."""

    name: str
    attributes: dict[str, Attribute]
    parent: "Stage | None"
    began_ns: int = field(default_factory=now_ns)
    ended_ns: int = 0
    failed: str = ""
    thread: int = field(default_factory=threading.get_ident)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended_ns - self.began_ns) / 1e9


class StageWatcher(Protocol):
    """Who looks on. Called on the thread of the stage, one for several threads at once; raises nothing."""

    def begun(self, stage: Stage) -> None: ...
    def ended(self, stage: Stage) -> None: ...


_watchers: tuple[StageWatcher, ...] = ()
_threads = threading.local()
_NOTHING = nullcontext()


@contextlib.contextmanager
def watched_by(watcher: StageWatcher) -> Iterator[None]:
    """Within it ``watcher`` is told of every stage of this process."""
    watch(watcher)
    try:
        yield
    finally:
        unwatch(watcher)


def watch(watcher: StageWatcher) -> None:
    """Tell ``watcher`` of every stage from now on."""
    global _watchers
    _watchers = (*_watchers, watcher)


def unwatch(watcher: StageWatcher) -> None:
    """Tell it of no more."""
    global _watchers
    _watchers = tuple(one for one in _watchers if one is not watcher)


def stage(name: str, **attributes: Attribute) -> AbstractContextManager[None]:
    """A context in which the run is at ``name``."""
    return _watched(name, attributes) if _watchers else _NOTHING


@contextlib.contextmanager
def _watched(name: str, attributes: dict[str, Attribute]) -> Iterator[None]:
    watchers = _watchers  # those of its beginning hear of its end
    found = Stage(name, attributes, getattr(_threads, "stage", None))
    _threads.stage = found
    for watcher in watchers:
        watcher.begun(found)
    try:
        yield
    except BaseException as error:
        found.failed = str(getattr(error, "code", "") or type(error).__name__)
        raise
    finally:
        _threads.stage = found.parent
        found.ended_ns = now_ns()
        for watcher in watchers:
            watcher.ended(found)


class StageSequence:
    """Stages one after the other on one thread, for who learns where one ends by hearing that the next begins."""

    def __init__(self, first: str) -> None:
        self._first = first
        self._open = contextlib.ExitStack()

    def __enter__(self) -> "StageSequence":
        self._open.enter_context(stage(self._first))
        return self

    def go_on(self, name: str) -> None:
        """The stage at hand ends, and ``name`` begins."""
        self._open.close()
        self._open.enter_context(stage(name))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, where)
