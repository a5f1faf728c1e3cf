"""What runs on the nodes: an EngineServer as a Ray actor. The program must be installed there."""

import platform
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from audobon_cli.__about__ import __version__
from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.events import Event
from audobon_cli.domain.ids import BlobId
from audobon_cli.engines.hosting import Call, CallResult, EngineServer

Files = dict[BlobId, bytes]
"""Pictures that a call works from: they lie on the machine that asks."""


@dataclass(frozen=True, slots=True)
class NodeHost:
    """A host, and ``adapt``, which makes a call that was meant for another machine one for this."""

    host: EngineServer
    adapt: Callable[[Call, Files], Call]


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """The machine that an actor runs on, and the version of the program there."""

    node: str
    version: str


class HostActor:
    """Answers calls, one at a time; ``stop`` comes in on another thread meanwhile. ``make`` makes its host."""

    def __init__(self, make: Callable[[], NodeHost]) -> None:
        self._node = make()
        self._stopped = -1

    def where(self) -> NodeInfo:
        """Answered when the actor is up."""
        return NodeInfo(platform.node(), __version__)

    def stop(self, number: int) -> None:
        """Call ``number`` is to end with Interrupted."""
        self._stopped = max(self._stopped, number)

    def call(self, number: int, asked: Call, files: Files) -> Iterator[Event | CallResult]:
        """The events of call ``number``, and last its CallResult."""
        said: queue.SimpleQueue[Event | CallResult | None] = queue.SimpleQueue()
        line = _Line(said.put, lambda: self._stopped >= number)

        def work() -> None:
            try:
                said.put(self._node.host.answer(self._node.adapt(asked, files), line))
            except AudobonError as error:
                said.put(CallResult(error=error))
            finally:
                said.put(None)

        threading.Thread(target=work, daemon=True).start()
        while (one := said.get()) is not None:
            yield one


@dataclass(frozen=True, slots=True)
class _Line:
    tell: Callable[[Event], None]
    should_stop: Callable[[], bool]
