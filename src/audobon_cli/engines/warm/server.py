"""The warm process: serves one command at a time, and ends when nobody came for a while.

    python -m audobon_cli.engines.warm.server FOLDER DEVICE DIGEST_CACHE OFFLINE ENGINE SECONDS

It also ends when a command comes that is of another version or has other settings, and when its socket is
gone. It takes no input but through the socket, in a folder of mode 0700, which itself is of mode 0600.
"""

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.events import Event, ModelLoaded, ModelLoading
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines import registry
from audobon_cli.engines.base import Engine, EngineFacts, RunAware
from audobon_cli.engines.sockets import import_without_sockets
from audobon_cli.engines.warm.messages import Answer, Ask, Call, Hello, Load, Score, Standing, Stop, Told
from audobon_cli.engines.warm.place import WarmPlace
from audobon_cli.hardware.process_memory import resident_bytes
from audobon_cli.stores.locks import exclusive_lock

LOOK_SECONDS = 0.5
FIRST_WORD_SECONDS = 5.0
PREDECESSOR_SECONDS = 5.0
"""A process that was asked to leave is gone by then."""

Create = Callable[[str], Engine]
Foretell = Callable[[ResolvedRequest], tuple[EngineFacts, ...]]


@dataclass
class WarmServer:
    """Serves the engine that ``create`` makes at ``place`` until it was idle for ``keep_seconds``.

    ``foretell`` tells from the files what loading them would give.
    """

    place: WarmPlace
    keep_seconds: float
    create: Create
    foretell: Foretell
    _serving: threading.Lock = field(default_factory=threading.Lock)
    _engine: Engine | None = None
    _scorers: dict[str, Any] = field(default_factory=dict)
    _loaded: dict[str, ModelLoaded] = field(default_factory=dict)
    _idle_since: float = field(default_factory=time.monotonic)
    _leaving: bool = False

    def run(self) -> None:
        """Serve, unless another process does already."""
        if not self.place.prepare():
            return
        with exclusive_lock(self.place.lock, PREDECESSOR_SECONDS) as taken:
            if taken:
                self._listen()

    def _listen(self) -> None:
        fingerprint = self.place.fingerprint(os.environ)
        self.place.socket.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            mask = os.umask(0o177)
            try:
                listener.bind(str(self.place.socket))
            finally:
                os.umask(mask)
            listener.listen()
            listener.settimeout(LOOK_SECONDS)
            try:
                while not self._over():
                    with contextlib.suppress(TimeoutError):
                        accepted, _ = listener.accept()
                        accepted.setblocking(True)
                        connection = Connection(accepted.detach())
                        serve = threading.Thread(
                            target=self._serve, args=(connection, fingerprint), daemon=True
                        )
                        serve.start()
            finally:
                self.place.socket.unlink(missing_ok=True)

    def _over(self) -> bool:
        if self._serving.locked():
            return False
        idle = time.monotonic() - self._idle_since > self.keep_seconds
        return self._leaving or idle or not self.place.socket.exists()

    def _serve(self, connection: Connection, fingerprint: str) -> None:
        with connection, contextlib.suppress(EOFError, OSError):
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
                    os.chdir(first.folder)
                    connection.send(self._standing(False))
                    self._answer_all(_Visit(connection, self._loaded))
                finally:
                    os.chdir("/")
                    self._idle_since = time.monotonic()
                    self._serving.release()

    def _standing(self, busy: bool) -> Standing:
        left = max(0.0, self.keep_seconds - (time.monotonic() - self._idle_since))
        return Standing(os.getpid(), tuple(self._loaded), busy, round(left, 1), _held_bytes())

    def _answer_all(self, visit: "_Visit") -> None:
        """Answer the calls of one command until it is gone."""
        engine: object = self._engine
        if isinstance(engine, RunAware):
            engine.begin_run()
        while True:
            asked: Call | Stop = visit.connection.recv()
            if isinstance(asked, Stop):
                continue  # it was meant for the call before, which had ended
            visit.stopped = False
            try:
                answer = Answer(self._call(asked, visit))
            except AudobonError as error:
                answer = Answer(error=error)
            visit.connection.send(answer)

    def _call(self, asked: Call, visit: "_Visit") -> object:
        if isinstance(asked, Score):
            return self._score(asked)
        engine = self._at_hand(asked.request, visit)
        if isinstance(asked, Load):
            return engine.load(asked.request, visit.tell)
        return engine.render(asked.request, asked.seed, asked.index, visit.tell, visit.should_stop)

    def _at_hand(self, request: ResolvedRequest, visit: "_Visit") -> Engine:
        """The engine with the request's model as its files are now. A command hears of the loading of each
        model, as it would without this process."""
        engine = self._engine or self.create(self.place.engine)
        self._engine = engine
        name = request.model.name
        if name in visit.heard:
            return engine
        digests = {facts.model_digest for facts in self.foretell(request)}
        facts = engine.load(request, visit.tell)
        if facts.model_digest not in digests:
            self._engine = engine = self.create(self.place.engine)
            engine.load(request, visit.tell)
        if name not in visit.heard and name in self._loaded:
            visit.tell(ModelLoading(name))
            visit.tell(replace(self._loaded[name], seconds=0.0))
        return engine

    def _score(self, asked: Score) -> tuple[float, ...]:
        from audobon_cli.engines.local.scoring import PictureScorer

        model = asked.model
        assert model.scorer is not None
        key = f"{model.name} {model.scorer}"
        if key not in self._scorers:
            self._scorers[key] = PictureScorer(model.scorer, model.folder)
        scores: tuple[float, ...] = self._scorers[key].scores(asked.images, asked.text)
        return scores


@dataclass
class _Visit:
    """One command's connection. A command that is gone wants what it asked for to stop.

    ``heard`` are the models of whose loading it was told; ``loaded`` remembers the events of all.
    """

    connection: Connection
    loaded: dict[str, ModelLoaded]
    heard: set[str] = field(default_factory=set)
    stopped: bool = False

    def tell(self, event: Event) -> None:
        if isinstance(event, ModelLoaded):
            self.heard.add(event.model)
            self.loaded[event.model] = event
        try:
            self.connection.send(Told(event))
        except OSError:
            self.stopped = True

    def should_stop(self) -> bool:
        try:
            while not self.stopped and self.connection.poll():
                self.stopped = isinstance(self.connection.recv(), Stop)
        except (EOFError, OSError):
            self.stopped = True
        return self.stopped


def _held_bytes() -> int:
    """What goes to the next picture again: blocks of the graphics card, else this process's memory."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        return int(torch.cuda.memory_reserved())
    return resident_bytes()


def main(words: list[str]) -> None:
    """Serve as the command line says."""
    folder, device, digest_cache, offline, engine, seconds = words
    place = WarmPlace(Path(folder), device, Path(digest_cache), offline == "1", Path(os.devnull), engine)

    options = {"device": place.device or None, "digest_cache": place.digest_cache}
    if place.offline:
        import_without_sockets()
    WarmServer(
        place,
        float(seconds),
        lambda name: registry.create_engine(name, **options),
        lambda request: registry.foretell(place.engine, request, **options),
    ).run()


if __name__ == "__main__":
    main(sys.argv[1:])
