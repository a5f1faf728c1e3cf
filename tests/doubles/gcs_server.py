"""A stand-in for Google Cloud Storage's JSON API, on 127.0.0.1, with faults.

It keeps every generation of every object, serves lists in pages and bodies by ranges with their digests,
and gives access tokens to service accounts as Google's token endpoint does. A request is answered by the
first route that fits; each kind of request is one method. Faults are taken from a list, first fitting first.
"""

import base64
import contextlib
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import google_crc32c

from tests.doubles.hub_server import PIECE, Asked, Fault

TOKEN = "ya29.PLANTEDGOOGLETOKEN"


@dataclass(frozen=True)
class StoredObject:
    """One generation of an object."""

    name: str
    data: bytes
    generation: int
    metageneration: int = 1
    content_encoding: str = ""
    with_md5: bool = True

    def resource(self, bucket: str) -> dict[str, Any]:
        """As the JSON API describes it. Composed objects have no md5Hash."""
        crc32c = google_crc32c.Checksum(self.data).digest()
        found = {
            "kind": "storage#object",
            "id": f"{bucket}/{self.name}/{self.generation}",
            "name": self.name,
            "bucket": bucket,
            "size": str(len(self.data)),
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "crc32c": base64.b64encode(crc32c).decode(),
            "etag": f"etag-{self.generation}",
        }
        if self.with_md5:
            found["md5Hash"] = base64.b64encode(hashlib.md5(self.data).digest()).decode()
        if self.content_encoding:
            found["contentEncoding"] = self.content_encoding
        return found


@dataclass
class Bucket:
    """``readers``: all (anybody), account (with TOKEN) or nobody. ``objects``: generations, oldest first."""

    readers: str = "all"
    requester_pays: bool = False
    versioning: bool = False
    objects: dict[str, list[StoredObject]] = field(default_factory=dict)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Nothing: clients are killed on purpose, and a wrong answer fails the test by itself."""


class GcsDouble:
    """The server; a context manager. ``piece_seconds`` slows every 16 KiB of a body down."""

    def __init__(self) -> None:
        self.buckets: dict[str, Bucket] = {}
        self.faults: list[Fault] = []
        self.log: list[Asked] = []
        self.piece_seconds = 0.0
        self.page_size = 1000
        self.account_refused = False
        self._generation = 1_700_000_000_000_000
        self._lock = threading.Lock()
        double = self

        class Handler(_Handler):
            gcs = double

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, bucket: str, name: str, data: bytes, **more: Any) -> StoredObject:
        """Store a new generation; without versioning the older one is gone."""
        with self._lock:
            self._generation += 1
            stored = StoredObject(name, data, self._generation, **more)
            place = self.buckets.setdefault(bucket, Bucket())
            older = place.objects.get(name, []) if place.versioning else []
            place.objects[name] = [*older, stored]
        return stored

    def put_folder(self, bucket: str, prefix: str, files: "Path | dict[str, bytes]") -> None:
        """Store a folder (or a dictionary) under ``prefix``."""
        if isinstance(files, Path):
            paths = [path for path in files.rglob("*") if path.is_file()]
            files = {path.relative_to(files).as_posix(): path.read_bytes() for path in paths}
        for path, data in files.items():
            self.put(bucket, f"{prefix}/{path}", data)

    def take(self, path: str, *kinds: str) -> Fault | None:
        """The next fault of one of these kinds for this path, used up by one."""
        with self._lock:
            for fault in self.faults:
                if fault.kind in kinds and fault.path in path and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def body_bytes(self) -> int:
        """Bytes of bodies sent so far."""
        return sum(asked.sent for asked in self.log if asked.path.startswith("/download/"))


class _Handler(BaseHTTPRequestHandler):
    gcs: GcsDouble
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._dispatch()

    def do_POST(self) -> None:
        self._dispatch()

    def _dispatch(self) -> None:
        start = self.headers.get("Range", "").removeprefix("bytes=").partition("-")[0]
        authorization = self.headers.get("Authorization", "")
        self._asked = Asked(self.command, self.path, int(start or 0), authorization)
        self.gcs.log.append(self._asked)
        length = int(self.headers.get("Content-Length") or 0)
        self._body = self.rfile.read(length)
        parts = urlsplit(self.path)
        self._query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        fault = self.gcs.take(unquote(parts.path), "status")
        # A client that was killed, on purpose.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if fault is not None:
                self._refuse(fault.status, "a scripted fault", fault.headers)
                return
            for method, pattern, answer in ROUTES:
                match = pattern.fullmatch(parts.path)
                if match is not None and method == self.command:
                    answer(self, *(unquote(part) for part in match.groups()))
                    return
            self._refuse(404, "no such route")

    def give_token(self) -> None:
        """Google's token endpoint: a signed assertion for an access token."""
        asked = parse_qs(self._body.decode())
        if self.gcs.account_refused or asked.get("assertion", [""])[0].count(".") != 2:
            self._json({"error": "invalid_grant", "error_description": "Invalid JWT"}, 400)
        else:
            self._json({"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})

    def list_objects(self, bucket: str) -> None:
        """A page of the live objects of a prefix, by name."""
        place = self._open(bucket)
        if place is None:
            return
        prefix, after = self._query.get("prefix", ""), self._query.get("pageToken", "")
        names = sorted(name for name in place.objects if name.startswith(prefix) and name > after)
        size = min(self.gcs.page_size, int(self._query.get("maxResults", self.gcs.page_size)))
        answer: dict[str, Any] = {"kind": "storage#objects"}
        answer["items"] = [place.objects[name][-1].resource(bucket) for name in names[:size]]
        if len(names) > size:
            answer["nextPageToken"] = names[size - 1]
        self._json(answer)

    def send_object(self, bucket: str, name: str) -> None:
        """The bytes of an object, of the generation asked for."""
        place = self._open(bucket)
        if place is None:
            return
        wanted = self._query.get("generation")
        found = [o for o in place.objects.get(name, ()) if wanted in (None, str(o.generation))]
        if not found:
            self._refuse(404, f"No such object: {bucket}/{name}")
            return
        self._send(found[-1])

    def _open(self, bucket: str) -> Bucket | None:
        """The bucket, if the caller may read it; answers with the refusal that Cloud Storage has else."""
        place = self.gcs.buckets.get(bucket)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and token != TOKEN:
            self._refuse(401, "Invalid Credentials")
        elif place is None:
            self._refuse(404, "The specified bucket does not exist.")
        elif place.requester_pays and not (token and self._query.get("userProject")):
            self._refuse(400, "Bucket is a requester pays bucket but no user project provided.")
        elif place.readers == "nobody" or (place.readers == "account" and not token):
            who = "someone@example.com" if token else "Anonymous caller"
            self._refuse(403 if token else 401, f"{who} does not have storage.objects access to the bucket.")
        else:
            return place
        return None

    def _send(self, stored: StoredObject) -> None:
        data, start, status = stored.data, self._asked.start, 200
        headers = {"X-Goog-Generation": str(stored.generation), "ETag": f'"{stored.generation}"'}
        if start and not self.gcs.take(stored.name, "norange"):
            if start >= len(data):
                self._answer(416, b"", {**headers, "Content-Range": f"bytes */{len(data)}"})
                return
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            status = 206
        else:
            start = 0
        fault = self.gcs.take(stored.name, "drop", "truncate", "stall", "corrupt")
        if fault is not None and fault.kind == "corrupt" and fault.after >= start:
            data = data[: fault.after] + bytes([data[fault.after] ^ 1]) + data[fault.after + 1 :]
        self._head(status, len(data) - start, headers)
        stop = len(data) if fault is None or fault.kind == "corrupt" else min(len(data), start + fault.after)
        for at in range(start, stop, PIECE):
            piece = data[at : min(at + PIECE, stop)]
            self.wfile.write(piece)
            self._asked.sent += len(piece)
            time.sleep(self.gcs.piece_seconds)
        if stop < len(data) and fault is not None:
            self.wfile.flush()
            self.close_connection = True
            if fault.kind == "stall":
                time.sleep(fault.seconds)
            if fault.kind == "drop":
                with contextlib.suppress(OSError):
                    self.connection.shutdown(2)

    def _json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        self._answer(status, body, {"Content-Type": "application/json", **(headers or {})})

    def _refuse(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        self._json({"error": {"code": status, "message": message}}, status, headers)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self._head(status, len(body), headers)
        self.wfile.write(body)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(length)}.items():
            self.send_header(key, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the log is ``gcs.log``."""


Route = tuple[str, re.Pattern[str], Callable[..., None]]
ROUTES: list[Route] = [
    ("POST", re.compile(r"/token"), _Handler.give_token),
    ("GET", re.compile(r"/storage/v1/b/([^/]+)/o"), _Handler.list_objects),
    ("GET", re.compile(r"/download/storage/v1/b/([^/]+)/o/([^/]+)"), _Handler.send_object),
]
"""Method, path, answer: a further kind of request is a method and a line here."""
