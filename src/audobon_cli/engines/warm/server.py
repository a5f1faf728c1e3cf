"""The warm process: serves one command at a time, and ends when nobody came for a while.

    python -m audobon_cli.engines.warm.server FOLDER DEVICE DIGEST_CACHE OFFLINE SECONDS

It also ends when a command comes that is of another version or has other settings, when its socket is
gone, and while it is idle when the machine's memory becomes short. It takes no input but from this user: see
Platform.listen.
"""

import contextlib
import os
import sys
import threading
import time
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path

from audobon_cli.domain.events import Event
from audobon_cli.engines.hosting import Call, EngineServer
from audobon_cli.engines.registry import EngineFactory
from audobon_cli.engines.routing import LocalEngines
from audobon_cli.engines.scoring.cached_scorer import CachedScorer
from audobon_cli.engines.sockets import import_without_sockets
from audobon_cli.engines.warm.messages import Ask, EventMessage, Hello, ServerStatus, StopCall
from audobon_cli.engines.warm.place import WarmPlace
from audobon_cli.hardware.process_memory import resident_bytes
from audobon_cli.operations.output_file import keep_rotated
from audobon_cli.platforms import current
from audobon_cli.platforms.base import LocalListener
from audobon_cli.storage.file_locks import exclusive_lock

LOOK_SECONDS = 0.5
FIRST_WORD_SECONDS = 5.0
FIRST_VISIT_SECONDS = 30.0
"""Whoever began it is on the way, even where it shall be kept for a second only."""
SHORT_SHARE = 0.1
"""Less free memory than this share of all is short: other programs would soon be slowed down, or killed."""
PREDECESSOR_SECONDS = 5.0
"""A process that was asked to leave is gone by then."""


@dataclass
class WarmServer:
    """Serves ``host`` at ``place`` until it was idle for ``keep_seconds``."""

    place: WarmPlace
    keep_seconds: float
    host: EngineServer
    _serving: threading.Lock = field(default_factory=threading.Lock)
    _idle_since: float = field(default_factory=time.monotonic)
    _leaving: bool = False
    _visited: bool = False

    def run(self) -> None:
        """Serve, unless another process does already."""
        if not self.place.prepare():
            return
        with exclusive_lock(self.place.lock, PREDECESSOR_SECONDS) as taken:
            if taken:
                self._listen()

    def _listen(self) -> None:
        fingerprint = self.place.fingerprint(os.environ)
        with contextlib.closing(current().listen(self.place.socket)) as listener:
            while not self._over():
                with contextlib.suppress(TimeoutError):
                    connection = listener.accept(LOOK_SECONDS)
                    visit = (listener, connection, fingerprint)
                    threading.Thread(target=self._serve, args=visit, daemon=True).start()

    def _over(self) -> bool:
        if self._serving.locked():
            return False
        allowed = self.keep_seconds if self._visited else max(self.keep_seconds, FIRST_VISIT_SECONDS)
        idle = time.monotonic() - self._idle_since > allowed
        return (
            self._leaving or idle or not self.place.socket.exists() or (self._visited and is_memory_short())
        )

    def _serve(self, listener: LocalListener, connection: Connection, fingerprint: str) -> None:
        with connection, contextlib.suppress(EOFError, OSError):
            listener.greet(connection, FIRST_WORD_SECONDS)
            if not connection.poll(FIRST_WORD_SECONDS):
                return
            first = connection.recv()
            if isinstance(first, Ask):
                self._leaving = self._leaving or first.leave
                connection.send(self._standing(self._serving.locked()))
                return
            assert isinstance(first, Hello)
            if first.fingerprint != fingerprint or self._leaving:
                self._leaving = True
                connection.send(replace(self._standing(False), refused="outdated"))
            elif not self._serving.acquire(blocking=False):
                connection.send(replace(self._standing(True), refused="busy"))
            else:
                try:
                    if first.keep_seconds is not None:
                        self.keep_seconds = first.keep_seconds
                    self._idle_since = time.monotonic()
                    self._visited = True
                    os.chdir(first.folder)
                    connection.send(self._standing(False))
                    self._answer_all(_ClientSession(connection))
                finally:
                    os.chdir(self.place.folder.anchor)
                    self._idle_since = time.monotonic()
                    self._serving.release()

    def _standing(self, busy: bool) -> ServerStatus:
        left = max(0.0, self.keep_seconds - (time.monotonic() - self._idle_since))
        left = 0.0 if self._leaving else left
        return ServerStatus(os.getpid(), tuple(self.host.loaded), busy, round(left, 1), _held_bytes())

    def _answer_all(self, visit: "_ClientSession") -> None:
        """Answer the calls of one command until it is gone."""
        self.host.begin_run()
        while True:
            asked: Call | StopCall = visit.connection.recv()
            if isinstance(asked, StopCall):
                continue  # it was meant for the call before, which had ended
            visit.stopped = False
            visit.connection.send(self.host.answer(asked, visit))


@dataclass
class _ClientSession:
    """One command's connection. A command that is gone wants what it asked for to stop."""

    connection: Connection
    stopped: bool = False

    def tell(self, event: Event) -> None:
        try:
            self.connection.send(EventMessage(event))
        except OSError:
            self.stopped = True

    def should_stop(self) -> bool:
        try:
            while not self.stopped and self.connection.poll():
                self.stopped = isinstance(self.connection.recv(), StopCall)
        except (EOFError, OSError):
            self.stopped = True
        return self.stopped


def is_memory_short() -> bool:
    """Whether little of the machine's main memory is left; False where the system does not say."""
    machine = current()
    available = machine.available_bytes()
    return bool(available) and available < SHORT_SHARE * machine.memory_bytes()


def _held_bytes() -> int:
    """What goes to the next picture again: blocks of the graphics card, else this process's memory."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        return int(torch.cuda.memory_reserved())
    return resident_bytes()


def main(words: list[str], engines: EngineFactory | None = None) -> None:
    """Serve as the command line says, with what ``engines`` makes (None: those of the registry)."""
    keep_rotated()
    folder, device, digest_cache, offline, seconds = words
    place = WarmPlace(Path(folder), device, Path(digest_cache), offline == "1", Path(os.devnull))
    factory = engines or EngineFactory()

    options = {"device": place.device or None, "digest_cache": place.digest_cache}
    if place.offline:
        import_without_sockets()
    host = EngineServer(
        lambda: LocalEngines(lambda name: factory.create(name, **options)),
        lambda request: factory.predict_facts(request.engine, request, **options),
        CachedScorer(factory.create_scorer),
    )
    WarmServer(place, float(seconds), host).run()


if __name__ == "__main__":
    main(sys.argv[1:])
