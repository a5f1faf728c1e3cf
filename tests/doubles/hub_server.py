"""A stand-in for the Hugging Face hub's read side and for plain file servers, on 127.0.0.1, with faults.

It speaks what huggingface_hub asks for (model info, tree) and what a download needs: ``resolve`` answers
small files itself and redirects large (LFS) ones to ``/cdn/`` on another host name, with ranges. Faults are
taken from a list, first fitting first.
"""

import contextlib
import functools
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.doubles.local_server import LocalServer

PIECE = 16 * 1024


@dataclass
class Fault:
    """What goes wrong, ``times`` times, for requests whose path contains ``path``.

    Kinds: ``status`` (answer ``status`` with ``headers``), ``drop`` (reset after ``after`` bytes),
    ``truncate`` (end as if whole after ``after`` bytes, in a shorter body than announced), ``stall`` (say
    nothing for ``seconds`` after ``after`` bytes), ``corrupt`` (flip a bit of byte ``after``), ``norange``.
    """

    kind: str
    times: int = 1
    path: str = ""
    after: int = 0
    seconds: float = 0.0
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """One request, and how many bytes of body went out and came in for it."""

    method: str
    path: str
    start: int
    authorization: str
    sent: int = 0
    received: int = 0
    is_over: bool = False


@dataclass
class Repository:
    """One commit's files."""

    files: dict[str, bytes]
    licence: str = "apache-2.0"
    gated: bool = False

    @functools.cached_property
    def commit(self) -> str:
        listing = "".join(f"{path}{_sha256(data)}" for path, data in sorted(self.files.items()))
        return hashlib.sha1(listing.encode()).hexdigest()


class HubDouble(LocalServer):
    """The server; a context manager. ``piece_seconds`` slows every 16 KiB of a body down; after each ``pace`` is
    called."""

    def __init__(self) -> None:
        super().__init__(_Handler, "hub")
        self.endpoint = self.address
        self.repositories: dict[str, dict[str, Repository]] = {}
        self.files: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.log: list[Asked] = []
        self.token = ""
        self.piece_seconds = 0.0
        self.pace: Callable[[], None] = lambda: time.sleep(self.piece_seconds)
        self.etags = True

    def add(self, name: str, files: "Path | dict[str, bytes]", **more: Any) -> Repository:
        """Serve a folder (or a dictionary) as ``name`` at ``main``; older commits stay reachable."""
        if isinstance(files, Path):
            paths = [path for path in files.rglob("*") if path.is_file()]
            files = {path.relative_to(files).as_posix(): path.read_bytes() for path in paths}
        repository = Repository(files, **more)
        self.repositories.setdefault(name, {}).update({"main": repository, repository.commit: repository})
        return repository

    def take(self, path: str, *kinds: str) -> Fault | None:
        """The next fault of one of these kinds for this path, used up by one."""
        with self.lock:
            for fault in self.faults:
                if fault.kind in kinds and fault.path in path and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def body_bytes(self) -> int:
        """Bytes of bodies sent so far for large files."""
        return sum(asked.sent for asked in self.log if asked.path.startswith(("/cdn/", "/files/")))


class _Handler(BaseHTTPRequestHandler):
    hub: HubDouble
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._asked = Asked(
            self.command, self.path, _range_start(self.headers), self.headers.get("Authorization", "")
        )
        self.hub.log.append(self._asked)
        path = unquote(urlsplit(self.path).path)
        fault = self.hub.take(path, "status")
        if fault is not None:
            self._answer(fault.status, b"", fault.headers)
            return
        # A client that was killed, on purpose.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._route(path)

    def _route(self, path: str) -> None:
        parts = path.strip("/").split("/")
        if path.startswith("/files/") and path in self.hub.files:
            self._send_file(path, self.hub.files[path])
        elif path == "/api/whoami-v2":
            self._who_am_i()
        elif path.startswith("/api/models/") and len(parts) >= 6:
            self._api("/".join(parts[2:4]), parts[4], parts[5])
        elif path.startswith("/cdn/"):
            name, commit, file = "/".join(parts[1:3]), parts[3], "/".join(parts[4:])
            self._send_file(path, self.hub.repositories[name][commit].files[file])
        elif len(parts) >= 5 and parts[2] == "resolve":
            self._resolve("/".join(parts[:2]), parts[3], "/".join(parts[4:]))
        else:
            self._answer(404, b"", {})

    def _repository(self, name: str, revision: str) -> Repository | None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        commits = self.hub.repositories.get(name)
        if token and self.hub.token and token != self.hub.token:
            self._refuse(401, "", "Invalid credentials in Authorization header")
        elif commits is None:
            self._refuse(404 if token else 401, "RepoNotFound")
        elif revision not in commits:
            self._refuse(404, "RevisionNotFound")
        elif commits[revision].gated and token != self.hub.token:
            self._refuse(403 if token else 401, "GatedRepo")
        else:
            return commits[revision]
        return None

    def _who_am_i(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not self.hub.token or token != self.hub.token:
            self._refuse(401, "", "Invalid user token.")
            return
        answer = {"type": "user", "name": "painter", "auth": {"type": "access_token"}}
        self._answer(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _api(self, name: str, what: str, revision: str) -> None:
        repository = self._repository(name, revision)
        if repository is None:
            return
        answer: Any = {
            "_id": "0",
            "id": name,
            "modelId": name,
            "sha": repository.commit,
            "private": False,
            "tags": [],
            "siblings": [{"rfilename": path} for path in repository.files],
            "cardData": {"license": repository.licence},
        }
        if what == "tree":
            answer = [_entry(path, data) for path, data in sorted(repository.files.items())]
            folders = {path.rpartition("/")[0] for path in repository.files} - {""}
            answer += [{"type": "directory", "path": path, "oid": "0" * 40, "size": 0} for path in folders]
        self._answer(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _resolve(self, name: str, revision: str, path: str) -> None:
        repository = self._repository(name, revision)
        if repository is None:
            return
        if path not in repository.files:
            self._refuse(404, "EntryNotFound")
            return
        data = repository.files[path]
        if not _is_large(path):
            self._send_file(path, data)
            return
        there = f"http://localhost:{self.hub.port}/cdn/{name}/{repository.commit}/{path}"
        self._answer(302, b"", {"Location": there, "X-Repo-Commit": repository.commit})

    def _send_file(self, path: str, data: bytes) -> None:
        etag = f'"{_sha256(data)[:16]}"'
        headers = {"Accept-Ranges": "bytes"}
        if self.hub.etags:
            headers |= {"ETag": etag, "Last-Modified": formatdate(0, usegmt=True)}
        start, status = self._asked.start, 200
        if start and self.headers.get("If-Range", etag) == etag and not self.hub.take(path, "norange"):
            if start >= len(data):
                self._answer(416, b"", {**headers, "Content-Range": f"bytes */{len(data)}"})
                return
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            status = 206
        else:
            start = 0
        fault = self.hub.take(path, "drop", "truncate", "stall", "corrupt")
        if fault is not None and fault.kind == "corrupt" and fault.after >= start:
            data = data[: fault.after] + bytes([data[fault.after] ^ 1]) + data[fault.after + 1 :]
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(data) - start)}.items():
            self.send_header(key, value)
        self.end_headers()
        self._send_body(data, start, fault)

    def _send_body(self, data: bytes, start: int, fault: Fault | None) -> None:
        view = memoryview(data)
        cut = fault is not None and fault.kind in ("drop", "truncate", "stall")
        stop = min(len(data), start + fault.after) if fault is not None and cut else len(data)
        for at in range(start, stop, PIECE):
            piece = view[at : min(at + PIECE, stop)]
            self.wfile.write(piece)
            self._asked.sent += len(piece)
            self.hub.pace()
        if fault is not None and cut:
            self.wfile.flush()
            if fault.kind == "stall":
                time.sleep(fault.seconds)
            self.close_connection = True
            if fault.kind == "drop":
                with contextlib.suppress(OSError):
                    self.connection.shutdown(2)

    def _refuse(self, status: int, code: str, message: str = "") -> None:
        headers = {"X-Error-Code": code} if code else {}
        self._answer(status, b"{}", {**headers, "X-Error-Message": message or code})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the log is ``hub.log``."""


def _range_start(headers: Any) -> int:
    asked = headers.get("Range", "")
    return int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0


def _is_large(path: str) -> bool:
    return path.endswith((".safetensors", ".bin"))


@functools.lru_cache(maxsize=256)  # hashing large files for each request would hold all others up
def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@functools.lru_cache(maxsize=256)
def _git_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _entry(path: str, data: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "path": path, "size": len(data), "oid": _git_sha1(data)}
    if _is_large(path):
        entry["lfs"] = {"oid": _sha256(data), "size": len(data), "pointerSize": 134}
    return entry
