"""A stand-in for Google Cloud Storage's JSON API, on 127.0.0.1, with faults.

It keeps every generation of every object, serves lists in pages and bodies by ranges with their digests, takes
uploads whole, in parts and resumed, holds preconditions, retention and permissions, and gives access tokens to
service accounts as Google's token endpoint does. A request is answered by the first route that fits; each kind
of request is one method. Faults are taken from a list, first fitting first.
"""

import contextlib
import json
import re
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.doubles.gcs_objects import Bucket, GcsFault, Session, StoredObject, crc32c, md5, rfc3339
from tests.doubles.gcs_requests import TOKEN, Reset
from tests.doubles.gcs_writes import GcsWrites
from tests.doubles.hub_server import PIECE, Asked, Fault
from tests.doubles.local_server import LocalServer

__all__ = ["TOKEN", "Bucket", "GcsDouble", "GcsFault", "StoredObject"]


class GcsDouble(LocalServer):
    """The server; a context manager. ``piece_seconds`` slows every 16 KiB of a body down, in both directions; after
    each ``pace`` is called."""

    def __init__(self) -> None:
        super().__init__(_Handler, "gcs")
        self.endpoint = self.address
        self.buckets: dict[str, Bucket] = {}
        self.sessions: dict[str, Session] = {}
        self.faults: list[Fault] = []
        self.log: list[Asked] = []
        self.piece_seconds = 0.0
        self.pace: Callable[[], None] = lambda: time.sleep(self.piece_seconds)
        self.page_size = 1000
        self.account_refused = False
        self.token = TOKEN
        self.tokens_given = 0
        self.impersonable: set[str] = set()
        self._generation = 1_700_000_000_000_000

    def put(self, bucket: str, name: str, data: bytes, **more: Any) -> StoredObject:
        """Store a new generation in a bucket that is made if need be."""
        with self.lock:
            self.buckets.setdefault(bucket, Bucket())
            return self.store(bucket, name, data, **more)

    def store(self, bucket: str, name: str, data: bytes, **more: Any) -> StoredObject:
        """Store a new generation; without versioning the older one is gone."""
        with self.lock:
            self._generation += 1
            stored = StoredObject(name, data, self._generation, **more)
            place = self.buckets[bucket]
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

    def add_session(self, session: Session) -> str:
        """The id of a resumable upload."""
        identity = secrets.token_urlsafe(16)
        self.sessions[identity] = session
        return identity

    def take(self, path: str, *kinds: str, method: str = "") -> Any:
        """The next fault of one of these kinds for this path, used up by one."""
        with self.lock:
            for fault in self.faults:
                if getattr(fault, "method", "") not in ("", method):
                    continue
                if fault.kind in kinds and fault.path in path and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def body_bytes(self) -> int:
        """Bytes of objects sent so far."""
        return sum(asked.sent for asked in self.log if asked.path.startswith("/download/"))

    def is_idle(self) -> bool:
        """Whether all that was asked has been answered, or given up."""
        return all(asked.is_over for asked in self.log)

    def received_bytes(self) -> int:
        """Bytes of request bodies that came so far on the upload paths."""
        return sum(asked.received for asked in self.log if asked.path.startswith("/upload/"))


class _Handler(GcsWrites):
    """The rest of the routes, and the choice between all of them."""

    def dispatch(self) -> None:
        self.parse()
        # A client that was killed, on purpose.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            try:
                self._route()
            except Reset:
                self.reset()
        self._asked.is_over = True

    def _route(self) -> None:
        fault = self.fault("status")
        if fault is not None:
            self.read_body()
            self.refuse(fault.status, "a scripted fault", fault.headers)
            return
        if self.fault("portal"):
            self.read_body()
            self.answer(
                200, b"<html>Welcome to our hotel. Please log in.</html>", {"Content-Type": "text/html"}
            )
            return
        for method, pattern, answer in ROUTES:
            match = pattern.fullmatch(self.place)
            if match is not None and method == self.command:
                answer(self, *(unquote(part) for part in match.groups()))
                return
        self.read_body()
        self.refuse(404, "no such route")

    def give_token(self) -> None:
        """Google's token endpoint: a signed assertion for an access token."""
        asked = parse_qs(self.read_body().decode())
        if self.gcs.account_refused or asked.get("assertion", [""])[0].count(".") != 2:
            self.json({"error": "invalid_grant", "error_description": "Invalid JWT"}, 400)
        else:
            self.gcs.tokens_given += 1
            self.json({"access_token": self.gcs.token, "expires_in": 3600, "token_type": "Bearer"})

    def impersonate(self, account: str) -> None:
        """The IAM endpoint that gives tokens of another account."""
        self.read_body()
        if account in self.gcs.impersonable:
            self.gcs.tokens_given += 1
            self.json({"accessToken": self.gcs.token, "expireTime": "2100-01-01T00:00:00Z"})
        else:
            words = (
                "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
            )
            self.refuse(403, words, reason="forbidden")

    def send_bucket(self, bucket: str) -> None:
        """What the bucket is set to."""
        place = self.open_bucket(bucket, "storage.buckets.get")
        if place is not None:
            self.json(place.resource(bucket))

    def change_bucket(self, bucket: str) -> None:
        """Change some of the bucket's settings."""
        place = self.open_bucket(bucket, "storage.buckets.update")
        settings = json.loads(self.read_body())
        if place is not None:
            place.settings.update(settings)
            self.json(place.resource(bucket))

    def list_objects(self, bucket: str) -> None:
        """A page of the live objects of a prefix, by name; all versions of them, or what was deleted, in one."""
        place = self.open_bucket(bucket, "storage.objects.list")
        if place is None:
            return
        if self._is_on("versions") or self._is_on("softDeleted"):
            self.json({"kind": "storage#objects", "items": self._not_only_live(bucket, place)})
            return
        prefix, after = self.query.get("prefix", ""), self.query.get("pageToken", "")
        names = sorted(name for name in list(place.objects) if name.startswith(prefix) and name > after)
        size = min(self.gcs.page_size, int(self.query.get("maxResults", self.gcs.page_size)))
        found: Sequence[StoredObject] = [place.objects[name][-1] for name in names[:size]]
        answer: dict[str, Any] = {"kind": "storage#objects"}
        answer["items"] = [each.resource(bucket, place.retention_seconds) for each in found]
        if len(names) > size:
            answer["nextPageToken"] = names[size - 1]
        self.json(answer)

    def _is_on(self, name: str) -> bool:
        """Whether a switch is on, which Google's own library writes as Python does."""
        return self.query.get(name, "").lower() == "true"

    def _not_only_live(self, bucket: str, place: Bucket) -> list[dict[str, Any]]:
        """Resources with the times that tell what is not live from what is."""
        wanted, found = self.query.get("prefix", ""), []
        if self._is_on("softDeleted"):
            for one in place.soft_deleted:
                deleted = one.deleted or datetime.now(UTC)
                times = {"softDeleteTime": deleted, "hardDeleteTime": deleted + timedelta(days=7)}
                found.append(one.resource(bucket) | {key: rfc3339(time) for key, time in times.items()})
        else:
            for generations in place.objects.values():
                found += [generations[-1].resource(bucket)]
                for one, next_one in pairwise(generations):
                    found += [one.resource(bucket) | {"timeDeleted": rfc3339(next_one.created)}]
        return sorted((one for one in found if one["name"].startswith(wanted)), key=lambda one: one["name"])

    def send_metadata(self, bucket: str, name: str) -> None:
        """The resource of an object's live generation."""
        found = self._find(bucket, name)
        if found is not None and not self.precondition_fails(found):
            self.json(found.resource(bucket, self.gcs.buckets[bucket].retention_seconds))

    def send_object(self, bucket: str, name: str) -> None:
        """The bytes of an object, of the generation asked for."""
        found = self._find(bucket, name)
        if found is not None:
            self._send(found)

    def _find(self, bucket: str, name: str) -> StoredObject | None:
        place = self.open_bucket(bucket, "storage.objects.get")
        if place is None:
            return None
        wanted = self.query.get("generation")
        found = [o for o in place.objects.get(name, ()) if wanted in (None, str(o.generation))]
        if not found:
            self.refuse(404, f"No such object: {bucket}/{name}", reason="notFound")
            return None
        return found[-1]

    def _send(self, stored: StoredObject) -> None:
        data, status = stored.data, 200
        start, end = _span(self.headers.get("Range", ""), len(data))
        headers = {"X-Goog-Generation": str(stored.generation), "ETag": f'"{stored.generation}"'}
        headers["X-Goog-Hash"] = f"crc32c={crc32c(data)}" + (f",md5={md5(data)}" if stored.with_md5 else "")
        headers["X-Goog-Stored-Content-Length"] = str(len(data))
        if "Range" in self.headers and not self.gcs.take(stored.name, "norange"):
            if start >= len(data):
                self.answer(416, b"", {**headers, "Content-Range": f"bytes */{len(data)}"})
                return
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(data)}"
            status = 206
        else:
            start, end = 0, len(data)
        fault = self.gcs.take(stored.name, "drop", "truncate", "stall", "corrupt")
        if fault is not None and fault.kind == "corrupt" and fault.after >= start:
            data = data[: fault.after] + bytes([data[fault.after] ^ 1]) + data[fault.after + 1 :]
        self.head(status, end - start, headers)
        stop = end if fault is None or fault.kind == "corrupt" else min(end, start + fault.after)
        for at in range(start, stop, PIECE):
            piece = data[at : min(at + PIECE, stop)]
            self.wfile.write(piece)
            self._asked.sent += len(piece)
            self.gcs.pace()
        if stop < end and fault is not None:
            self.wfile.flush()
            self.close_connection = True
            if fault.kind == "stall":
                time.sleep(fault.seconds)
            if fault.kind == "drop":
                with contextlib.suppress(OSError):
                    self.connection.shutdown(2)


def _span(header: str, size: int) -> tuple[int, int]:
    """First byte and the one after the last, of a Range header or of all."""
    first, _, last = header.removeprefix("bytes=").partition("-")
    start = int(first) if first else 0
    return start, min(int(last) + 1, size) if last else size


Route = tuple[str, re.Pattern[str], Callable[..., None]]
OBJECT = r"/storage/v1/b/([^/]+)/o/([^/]+)"
UPLOADS = re.compile(r"/upload/storage/v1/b/([^/]+)/o")
ROUTES: list[Route] = [
    ("POST", re.compile(r"/token"), _Handler.give_token),
    ("POST", re.compile(r"/v1/projects/-/serviceAccounts/([^/]+):generateAccessToken"), _Handler.impersonate),
    ("GET", re.compile(r"/storage/v1/b/([^/]+)"), _Handler.send_bucket),
    ("PATCH", re.compile(r"/storage/v1/b/([^/]+)"), _Handler.change_bucket),
    ("GET", re.compile(r"/storage/v1/b/([^/]+)/o"), _Handler.list_objects),
    ("GET", re.compile(OBJECT), _Handler.send_metadata),
    ("DELETE", re.compile(OBJECT), _Handler.delete_object),
    ("GET", re.compile(f"/download{OBJECT}"), _Handler.send_object),
    ("POST", UPLOADS, _Handler.insert),
    ("PUT", UPLOADS, _Handler.continue_upload),
    ("DELETE", UPLOADS, _Handler.cancel_upload),
]
"""Method, path, answer: a further kind of request is a method and a line here."""
