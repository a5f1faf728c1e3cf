"""Several pictures drawn at a time, each on a thread of its own, behind the face of an engine that draws one."""

import queue
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from types import TracebackType

from audobon_cli.domain.errors import AudobonError, OutOfMemory
from audobon_cli.domain.events import BatchHalved, Event, Listener, StepDone
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import (
    Asked,
    Engine,
    EngineFacts,
    Rendered,
    ShouldStop,
    SideBySide,
    stop_if_asked,
)
from audobon_cli.operations.stages import stage

MOST_SEEN = 10_000
"""Pictures of which is known that they were begun; only a worker of the queue has more."""

LOOK_SECONDS = 0.1
"""How often a stop is looked for while nothing happens; steps are told far more often."""

AHEAD = 2
"""Pictures begun before they are asked for, to each thread: while one is filed, all threads draw."""


@dataclass(slots=True)
class _Drawing:
    """A picture being drawn; what is told of it waits in ``events``, and None after the last."""

    picture: "Future[Rendered] | None" = None
    events: "queue.SimpleQueue[Event | None]" = field(default_factory=queue.SimpleQueue)
    stop: threading.Event = field(default_factory=threading.Event)

    def draw(self, engine: Engine, request: ResolvedRequest, seed: int) -> Rendered:
        """On a thread of its own."""
        try:
            with stage("draw_ahead", seed=seed):
                return engine.render(request, seed, 0, self.events.put, self.stop.is_set)
        finally:
            self.events.put(None)

    def follow(self, index: int, listen: Listener, should_stop: ShouldStop) -> Rendered:
        """Tell what happens as if it happened now, and give the picture. Raises what drawing it raised."""
        assert self.picture is not None
        stop_if_asked(should_stop)
        while True:
            try:
                event = self.events.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                event = None
                if self.picture.done():
                    break
            else:
                if event is None:
                    break
                listen(replace(event, index=index) if isinstance(event, StepDone) else event)
            if should_stop():
                self.stop.set()
        return self.picture.result()


class SideBySideEngine:
    """An engine that knows what it will be asked for, and draws that ahead. Implements engines.base.Engine.

    Only what ``threaded`` draws side by side; all else is left to ``engine``. Pictures, their order and the events
    that are heard of them are those of drawing one after the other. A run that is killed loses what was drawn and
    not yet asked for. Leaving the context stops what is still being drawn.
    """

    def __init__(self, engine: Engine, threaded: Engine, upcoming: Iterable[Asked], threads: int) -> None:
        """``upcoming``, read as far as needed, in the order in which the pictures will be asked for."""
        self._engine = engine
        self._threaded = threaded
        self._upcoming = iter(upcoming)
        self._threads = threads
        self._seen: set[Asked] = set()
        self._ahead: OrderedDict[Asked, _Drawing] = OrderedDict()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="drawing")

    def __enter__(self) -> "SideBySideEngine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._drop(len(self._ahead))
        self._pool.shutdown(cancel_futures=True)

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load."""
        return self._engine.load(request, listen)

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """See Engine.render. When memory runs out, the picture is drawn again beside half as many."""
        drawing = self._taken((request, seed))
        if drawing is None:
            return self._engine.render(request, seed, index, listen, should_stop)
        try:
            return drawing.follow(index, listen, should_stop)
        except OutOfMemory as error:
            if self._threads == 1:
                raise
            message = error.message
        # Outside of the except clause, so that what the failed picture holds is free.
        together, self._threads = self._threads, self._threads // 2
        listen(BatchHalved(index, together, self._threads, message))
        self._wait()
        return self._engine.render(request, seed, index, listen, should_stop)

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together."""
        return self._engine.render_together(asked, index, listen, should_stop)

    def _taken(self, asked: Asked) -> _Drawing | None:
        """The drawing of what is asked for now; None if it is not drawn ahead. Others are begun in its place."""
        if not _draws_side_by_side(self._threaded, asked[0]):
            return None
        self._fill()
        if asked not in self._ahead:
            return None
        # What comes before it is not asked for any more: it was found in the library meanwhile.
        self._drop(list(self._ahead).index(asked))
        _, drawing = self._ahead.popitem(last=False)
        self._fill()
        return drawing

    def _fill(self) -> None:
        """Begin what comes next, until enough is under way."""
        while len(self._ahead) < AHEAD * self._threads:
            asked = next(self._upcoming, None)
            if asked is None:
                return
            if asked in self._seen:
                continue
            drawing = _Drawing()
            try:
                if not _draws_side_by_side(self._threaded, asked[0]):
                    continue
                # What is told of a request once is told here, in the order of the pictures.
                self._threaded.load(asked[0], drawing.events.put)
            except AudobonError:
                continue  # raised again when its turn comes
            if len(self._seen) >= MOST_SEEN:
                self._seen.clear()
            self._seen.add(asked)
            drawing.picture = self._pool.submit(drawing.draw, self._threaded, *asked)
            self._ahead[asked] = drawing

    def _drop(self, count: int) -> None:
        for _ in range(count):
            _, drawing = self._ahead.popitem(last=False)
            drawing.stop.set()

    def _wait(self) -> None:
        """Until what is under way is drawn; what failed for want of memory is drawn again when it is asked for."""
        for asked, drawing in list(self._ahead.items()):
            assert drawing.picture is not None
            if isinstance(drawing.picture.exception(), OutOfMemory):
                del self._ahead[asked]
        self._pool.shutdown()
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="drawing")


def _draws_side_by_side(engine: Engine, request: ResolvedRequest) -> bool:
    return isinstance(engine, SideBySide) and engine.side_by_side(request)
