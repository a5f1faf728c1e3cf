"""A studio in a process of its own, and requests to it byte by byte."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.media import ImageInfo
from audobon_cli.library.add import AssetDraft, add_assets
from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import JobState
from audobon_cli.queue.open import open_queue
from audobon_cli.queue.status import living_workers
from audobon_cli.queue.store.control import JobSteering
from audobon_cli.studio.access import StudioSecrets
from audobon_cli.studio.app import create_app
from audobon_cli.studio.login.password import Password
from audobon_cli.studio.login.site import local_site
from audobon_cli.studio.place import GenerationService, StudioPlace
from tests.waiting import PATIENCE_SECONDS, until

SECONDS = PATIENCE_SECONDS


@dataclass(frozen=True)
class Answer:
    """What came back: the status line's number, the headers in lower case, the body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of the error that the body tells."""
        return str(self.json["error"]["code"])


@dataclass(frozen=True)
class Studio:
    """A server that runs."""

    process: "subprocess.Popen[str]"
    port: int
    token: str

    @property
    def host(self) -> str:
        """The Host header that it takes."""
        return f"127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """Where its page is, with the token."""
        return f"http://{self.host}/#token={self.token}"

    @property
    def bearer(self) -> tuple[str, str]:
        """The header of a program that may ask."""
        return "Authorization", f"Bearer {self.token}"

    def connect(self) -> socket.socket:
        """A connection."""
        return socket.create_connection(("127.0.0.1", self.port), SECONDS)

    def send(self, raw: bytes) -> Answer:
        """The answer to exactly these bytes."""
        with self.connect() as connection:
            connection.sendall(raw)
            received = b""
            while part := connection.recv(65536):
                received += part
        head, _, body = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return Answer(int(first.split()[1]), headers, body)

    def ask(self, target: str, *headers: tuple[str, str], method: str = "GET", body: bytes = b"") -> Answer:
        """The answer to a request with these headers; Host is ours where none is given."""
        given = list(headers)
        if not any(name == "Host" for name, _ in given):
            given.insert(0, ("Host", self.host))
        if body:
            given.append(("Content-Length", str(len(body))))
        lines = "".join(f"{name}: {value}\r\n" for name, value in given)
        return self.send(f"{method} {target} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode() + body)

    def get(self, target: str, *headers: tuple[str, str]) -> Answer:
        """What a program with the token gets below /api/v1."""
        return self.ask(f"/api/v1{target}", self.bearer, *headers)


@contextmanager
def nobody_left(library: Library) -> Iterator[None]:
    """The worker that the studio began is nobody's child: it is asked to end, and waited for.

    One that has only just begun is not known yet; it will be, or has done what was queued.
    """
    try:
        yield
    finally:
        jobs = open_queue(library)

        def has_begun() -> bool:
            counts = jobs.counts()
            return bool(living_workers(jobs)) or counts.paused or not counts.of(JobState.QUEUED)

        until(has_begun)

        def nobody() -> bool:
            if living_workers(jobs):
                JobSteering(jobs.database).stop_workers()
                return False
            return True

        until(nobody)


@contextmanager
def serving(library: Path, *argv: str) -> Iterator[Studio]:
    """A studio over ``library`` that has begun to answer."""
    command = [sys.executable, "-m", "audobon_cli", "studio", "--events", "--library", str(library)]
    process = subprocess.Popen(
        [*command, *(argv or ("--port", "0"))],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=dict(os.environ),
    )  # fmt: skip
    try:
        assert process.stdout is not None
        event = json.loads(process.stdout.readline())
        assert event["event"] == "studio_ready", event
        yield Studio(process, int(event["address"].split("/")[2].split(":")[1]), event["token"])
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)
        if process.stdout is not None:
            process.stdout.close()


def png(side: int, seed: str) -> bytes:
    """A picture of one colour."""
    from io import BytesIO

    from PIL import Image

    stream = BytesIO()
    shade = zlib.crc32(seed.encode())
    Image.new("RGBA", (side, side), (shade & 255, shade >> 8 & 255, shade >> 16 & 255, 255)).save(
        stream, "PNG"
    )
    return stream.getvalue()


def fill(library: Library, number: int, name: str = "knight") -> list[AssetId]:
    """Put ``number`` sprites into the library; their ids."""
    media = ImageInfo(8, 8, "RGBA")
    drafts = [
        (AssetDraft(f"{name}_{n}", AssetKind.SPRITE, media, prompt=f"{name} {n}"), png(8, f"{name} {n}"))
        for n in range(number)
    ]
    return [added.asset.id for added in add_assets(library, drafts)]


class Inside:
    """The application without a server: requests as ASGI has them, one after the other, in this process."""

    def __init__(
        self,
        place: StudioPlace,
        generation: GenerationService,
        read_only: bool = False,
        password: Password | None = None,
    ) -> None:
        self.held = StudioSecrets(local_site(4747), password)
        self.place, self.generation = place, generation
        self.app = create_app(place, self.held, lambda: False, generation, read_only)

    def ask(
        self, method: str, target: str, body: object = None, headers: Sequence[tuple[str, str]] = ()
    ) -> Answer:
        """The answer to one request below /api/v1 with the token; ``body`` is JSON, or bytes as they are."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = [("host", "127.0.0.1:4747"), *headers]
        if not any(name == "authorization" for name, _ in headers):
            given.append(("authorization", f"Bearer {self.held.token}"))
        if body is not None and not any(name == "content-type" for name, _ in given):
            given.append(("content-type", "application/json"))
        path, _, query = target.partition("?")
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "path": unquote(f"/api/v1{path}"),
            "raw_path": f"/api/v1{path}".encode(), "query_string": query.encode(), "root_path": "",
            "scheme": "http", "server": ("127.0.0.1", 4747), "client": ("127.0.0.1", 1),
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given],
        }  # fmt: skip
        return asyncio.run(self._run(scope, raw))

    async def _run(self, scope: dict[str, Any], body: bytes) -> Answer:
        parts = [body[start : start + 65536] for start in range(0, len(body), 65536)] or [b""]
        sent: list[Any] = []

        async def receive() -> Any:
            if not parts:  # whoever asks waits for the connection's end, which does not come
                await asyncio.Event().wait()
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], headers, b"".join(one.get("body", b"") for one in sent[1:]))
