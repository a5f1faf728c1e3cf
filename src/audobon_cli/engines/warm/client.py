"""An engine in the warm process, or here when there is none, when it is busy, or when it dies."""

import contextlib
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from multiprocessing.connection import Connection

from audobon_cli.domain.events import Listener
from audobon_cli.engines.background import start_in_background
from audobon_cli.engines.base import ShouldStop
from audobon_cli.engines.hosting import Call, CallResult
from audobon_cli.engines.warm.messages import Ask, EventMessage, Hello, ServerStatus, StopCall
from audobon_cli.engines.warm.place import WarmPlace
from audobon_cli.platforms import current

POLL_SECONDS = 0.05
ANSWER_SECONDS = 5.0
"""A server says who it is at once, whatever it is at; one that does not is as good as none."""
START_SECONDS = 30.0
SERVER = (sys.executable, "-m", "audobon_cli.engines.warm.server")
LOST = (EOFError, OSError)


@dataclass
class WarmLink:
    """The connection of one command; an EngineLink. ``keep_seconds`` 0: only use what is there, begin nothing."""

    place: WarmPlace
    keep_seconds: float
    variables: Mapping[str, str]
    _connection: Connection | None = None
    _tried: bool = False
    _given_up: bool = False
    standing: ServerStatus | None = None

    @cached_property
    def fingerprint(self) -> str:
        """What the server must agree on."""
        return self.place.fingerprint(self.variables)

    def held_bytes(self) -> int:
        """What the warm process holds of the memory that the next picture will use; 0 without one."""
        self._greet()
        return self.standing.held_bytes if self.standing is not None else 0

    def call(self, asked: Call, listen: Listener, should_stop: ShouldStop) -> CallResult | None:
        """The warm process's answer; None when there is none to be had: then do it here. Never twice: what the
        process was at when it was lost is lost with it.
        """
        if self._given_up or not self._ready():
            return None
        try:
            assert self._connection is not None
            return _converse(self._connection, asked, listen, should_stop)
        except LOST:
            self._give_up()
            return None

    def close(self) -> None:
        """Let the warm process serve others."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _ready(self) -> bool:
        self._greet()
        if self._connection is None and self.keep_seconds > 0:
            self._start()
        if self._connection is None:
            self._given_up = True
        return not self._given_up

    def _greet(self) -> None:
        if not self._tried:
            self._tried = True
            self._connect()

    def _connect(self) -> bool:
        """Whether the process there serves us now, or at least is one that has no time."""
        try:
            connection = connect(self.place)
            connection.send(Hello(self.fingerprint, self.keep_seconds or None, os.getcwd()))
            standing = receive(connection)
        except LOST:
            return False
        if standing.refused:
            connection.close()
            self._given_up = standing.refused == "busy"
            return self._given_up
        self._connection, self.standing = connection, standing
        return True

    def _start(self) -> None:
        if self._given_up or not self.place.prepare():
            return
        with contextlib.suppress(OSError):
            start_server(self.place, self.keep_seconds)
            deadline = time.monotonic() + START_SECONDS
            while not self._connect() and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)

    def _give_up(self) -> None:
        with contextlib.suppress(OSError):
            self.close()
        self._connection, self._given_up = None, True


def start_server(place: WarmPlace, keep_seconds: float) -> int:
    """Begin a warm process at ``place``, which must be prepared; its number. Where one serves already the new one ends
    by itself. Raises OutputUnwritable."""
    words = (str(place.folder), place.device, str(place.digest_cache), str(int(place.offline)))
    return start_in_background((*words, str(keep_seconds)), place.log, SERVER)


def query_status(place: WarmPlace, leave: bool = False) -> ServerStatus | None:
    """The warm process of this user and environment, which with ``leave`` is asked to end; None: there is none."""
    try:
        with connect(place) as connection:
            connection.send(Ask(leave))
            return receive(connection)
    except LOST:
        return None


def connect(place: WarmPlace) -> Connection:
    """Raises OSError when nobody listens, or somebody whom we cannot trust."""
    if not place.is_private():
        raise PermissionError(str(place.folder))
    return current().connect(place.socket, ANSWER_SECONDS)


def receive(connection: Connection) -> ServerStatus:
    """The first answer. Raises OSError when it does not come in time or is none."""
    if not connection.poll(ANSWER_SECONDS):
        connection.close()
        raise TimeoutError("the warm process does not answer")
    found = connection.recv()
    if not isinstance(found, ServerStatus):
        raise ConnectionError("the warm process speaks another language")
    return found


def _converse(connection: Connection, asked: Call, listen: Listener, should_stop: ShouldStop) -> CallResult:
    connection.send(asked)
    stopped = False
    while True:
        if not stopped and should_stop():
            connection.send(StopCall())
            stopped = True
        if not connection.poll(POLL_SECONDS):
            continue
        said = connection.recv()
        if isinstance(said, CallResult):
            return said
        if isinstance(said, EventMessage):
            listen(said.event)
