"""What all doubles of picture services share: a server on 127.0.0.1, faults, a log, and a bill of its own.

A double says for each request in which phase it is (``submit``, ``poll``, ``fetch`` ...) and what it answers;
faults strike by phase. ``bills`` is the service's own ledger: an entry for each picture that it made and charges.
"""

import contextlib
import io
import json
import socket
import struct
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np
from PIL import Image

from tests.doubles.local_server import LocalServer


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """One answer. ``length`` is what Content-Length announces, if that is not the truth."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None


def as_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(value).encode(), headers=headers or {})


Change = Callable[[Reply], Reply]


@dataclass
class Fault:
    """What goes wrong ``times`` times in ``phase``, after ``after`` requests that go well.

    Kinds: ``status`` (answer ``status`` in the service's own shape, with ``headers``), ``reset`` (break the
    connection before the request is looked at), ``lose`` (do what is asked and break the connection before the
    answer), ``cut`` (break it in the middle of the answer), ``trickle`` (a byte now and then),
    ``change`` (answer what ``change`` makes of the answer).
    """

    kind: str
    phase: str = "submit"
    times: int = 1000
    after: int = 0
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    change: Change | None = None


class ServiceDouble(LocalServer):
    """The server; a context manager. Subclasses say ``phase_of`` and ``answer``.

    When ``dies_after`` pictures were made, the next submission and all that follows meets the fault ``death``.
    """

    key = "planted-secret-4f1d9c7e2b"

    def __init__(self) -> None:
        super().__init__(_Handler, "service")
        self.faults: list[Fault] = []
        self.log: list[Asked] = []
        self.bills: list[str] = []
        self.dies_after: int | None = None
        self.death = "reset"
        self.trickles: Callable[[], None] = lambda: None
        """Called when the fault of that name begins to send."""
        self.is_over = False

    def __exit__(self, *error: object) -> None:
        self.is_over = True
        super().__exit__(*error)

    def phase_of(self, asked: Asked) -> str:
        raise NotImplementedError

    def answer(self, asked: Asked) -> Reply:
        raise NotImplementedError

    def refused(self, status: int, asked: Asked) -> Reply:
        """An error in the service's own shape; that of a wrong key quotes the key, as real services do."""
        raise NotImplementedError

    def now(self) -> float:
        """The time by the service's clock, in seconds since 1970."""
        return time.time()

    def take_over(self, asked: Asked, handler: BaseHTTPRequestHandler) -> bool:
        """Answer a request that is no plain HTTP; whether it was one."""
        return False

    def with_picture(self, reply: Reply, data: bytes, kind: str) -> Reply:
        """``reply``, which brings a picture, with ``data`` in its place, said to be of ``kind``. Services that
        answer with JSON override this."""
        return replace(reply, body=data, kind=kind)

    def asked_in(self, phase: str) -> list[Asked]:
        """All requests of a phase."""
        return [asked for asked in self.log if self.phase_of(asked) == phase]

    def take(self, phase: str) -> Fault | None:
        """The fault that strikes now."""
        with self.lock:
            if self.dies_after is not None and phase == "submit" and len(self.bills) >= self.dies_after:
                self.faults += [
                    Fault(self.death, one) for one in ("submit", "poll", "fetch", "list", "cancel")
                ]
                self.dies_after = None
            for fault in self.faults:
                if fault.phase != phase or fault.times <= 0:
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault
        return None


class _Handler(BaseHTTPRequestHandler):
    service: ServiceDouble
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, self.path, dict(self.headers.items()), body)
        service, phase = self.service, self.service.phase_of(asked)
        with service.lock:
            service.log.append(asked)
        fault = service.take(phase)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._serve(asked, fault)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815 - named by http.server

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(self.service.now() if timestamp is None else timestamp)

    def _serve(self, asked: Asked, fault: Fault | None) -> None:
        if fault is not None and fault.kind == "reset":
            self._break()
            return
        if fault is not None and fault.kind == "status":
            reply = self.service.refused(fault.status, asked)
            self._send(Reply(reply.status, reply.body, reply.kind, {**reply.headers, **fault.headers}))
            return
        if self.service.take_over(asked, self):
            return
        reply = self.service.answer(asked)
        if fault is not None and fault.kind == "lose":
            self._break()
            return
        if fault is not None and fault.kind == "cut":
            self._send(replace(reply, body=reply.body[: len(reply.body) // 2], length=len(reply.body)))
            self._break()
            return
        if fault is not None and fault.change is not None:
            reply = fault.change(reply)
        self._send(reply, slow=fault is not None and fault.kind == "trickle")

    def _send(self, reply: Reply, slow: bool = False) -> None:
        self.send_response(reply.status)
        length = len(reply.body) if reply.length is None else reply.length
        for key, value in {
            "Content-Type": reply.kind,
            "Content-Length": str(length),
            **reply.headers,
        }.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if slow:
            self.service.trickles()
            for place in range(len(reply.body)):
                if self.service.is_over:
                    break
                self.wfile.write(reply.body[place : place + 1])
                self.wfile.flush()
                time.sleep(0.2)
        else:
            self.wfile.write(reply.body)
        if length != len(reply.body) or self.service.is_over:
            self.close_connection = True

    def _break(self) -> None:
        """End the connection with a reset, as a crashed server does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        # The handler's streams hold the socket open: only closing all of them sends the reset.
        with contextlib.suppress(OSError):
            self.rfile.close()
            self.wfile.close()
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Nothing: the log is ``service.log``."""


def picture(width: int = 64, height: int = 64, seed: int = 0, form: str = "PNG") -> bytes:
    """A picture of coarse noise, which is packed quickly, as a file."""
    noise = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).resize((width, height), Image.Resampling.NEAREST).save(stream, form)
    return stream.getvalue()


def bomb(side: int = 50_000) -> bytes:
    """A PNG of some kilobytes that says to be ``side`` pixels each way."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 5_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
