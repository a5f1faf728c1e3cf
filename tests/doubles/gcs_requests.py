"""One HTTP request to the double of Cloud Storage: its parts, who may ask, and the forms of an answer."""

import contextlib
import json
import socket
import struct
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.doubles.gcs_objects import Bucket, GcsFault, StoredObject
from tests.doubles.hub_server import PIECE, Asked

if TYPE_CHECKING:
    from tests.doubles.gcs_server import GcsDouble

TOKEN = "ya29.PLANTEDGOOGLETOKEN"


class Reset(Exception):
    """Break the connection off with a reset (RST), in place of an answer."""


class GcsRequest(BaseHTTPRequestHandler):
    """What all kinds of request have in common."""

    gcs: "GcsDouble"
    protocol_version = "HTTP/1.1"
    timeout = 60

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def dispatch(self) -> None:
        """Answer the request."""
        raise NotImplementedError

    def do_GET(self) -> None:
        self.dispatch()

    def do_POST(self) -> None:
        self.dispatch()

    def do_PUT(self) -> None:
        self.dispatch()

    def do_PATCH(self) -> None:
        self.dispatch()

    def do_DELETE(self) -> None:
        self.dispatch()

    def read_body(self, most_bytes: int | None = None) -> bytes:
        """The body, or its first bytes; of a known length or in chunks."""
        return b"".join(self.read_pieces(most_bytes))

    def read_pieces(self, most_bytes: int | None = None) -> Iterator[bytes]:
        """The body as it comes."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            yield from self._chunks()
            return
        length = int(self.headers.get("Content-Length") or 0)
        wanted = length if most_bytes is None else min(length, most_bytes)
        while wanted > 0 and (piece := self.rfile.read1(min(wanted, PIECE))):
            self._asked.received += len(piece)
            wanted -= len(piece)
            yield piece
            self.gcs.pace()

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            self._asked.received += size
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def parse(self) -> None:
        """Take the request apart, and note it."""
        start = self.headers.get("Range", "").removeprefix("bytes=").partition("-")[0]
        authorization = self.headers.get("Authorization", "")
        self._asked = Asked(self.command, self.path, int(start or 0), authorization)
        self.gcs.log.append(self._asked)
        parts = urlsplit(self.path)
        self.place = parts.path
        self.query = {key: values[-1] for key, values in parse_qs(parts.query).items()}

    def fault(self, *kinds: str) -> GcsFault | None:
        """The next fault of one of these kinds for this request, used up by one."""
        return self.gcs.take(unquote(self.path), *kinds, method=self.command)

    def open_bucket(self, name: str, permission: str) -> Bucket | None:
        """The bucket, if the caller may do this; answers with the refusal that Cloud Storage has else."""
        place = self.gcs.buckets.get(name)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and token != self.gcs.token:
            self.refuse(401, "Invalid Credentials", reason="authError")
        elif place is None:
            self.refuse(404, "The specified bucket does not exist.", reason="notFound")
        elif place.requester_pays and not (token and self.query.get("userProject")):
            self.refuse(
                400, "Bucket is a requester pays bucket but no user project provided.", reason="required"
            )
        elif (
            place.readers == "nobody"
            or (place.readers == "account" and not token)
            or permission in place.denied
        ):
            who = "someone@example.com" if token else "Anonymous caller"
            words = f"{who} does not have {permission} access to the Google Cloud Storage bucket."
            self.refuse(403 if token or place.readers == "all" else 401, words, reason="forbidden")
        else:
            return place
        return None

    def precondition_fails(self, live: StoredObject | None) -> bool:
        """Whether a condition on generation or metageneration fails; answers with 412 then."""
        checks = (
            ("Generation", live.generation if live else 0),
            ("Metageneration", live.metageneration if live else 0),
        )
        for name, found in checks:
            wanted, unwanted = self.query.get(f"if{name}Match"), self.query.get(f"if{name}NotMatch")
            if wanted not in (None, str(found)) or unwanted == str(found):
                words = "At least one of the pre-conditions you specified did not hold."
                self.refuse(412, words, reason="conditionNotMet")
                return True
        return False

    def is_kept(self, bucket: str, place: Bucket, live: StoredObject) -> bool:
        """Whether a hold or retention rule forbids to replace or delete it; answers with 403 then."""
        until = live.kept_until(place.retention_seconds)
        name = f"Object '{bucket}/{live.name}'"
        if live.temporary_hold:
            words = f"{name} is under active Temporary hold and cannot be deleted, overwritten or archived."
            self.refuse(403, words, reason="objectUnderActiveHold")
        elif until:
            words = (
                f"{name} is subject to bucket's retention policy or object retention and cannot be deleted"
            )
            self.refuse(
                403, f"{words} or overwritten until {until.isoformat()}", reason="retentionPolicyNotMet"
            )
        return bool(live.temporary_hold or until)

    def json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Answer with JSON."""
        self.answer(
            status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})}
        )

    def refuse(
        self, status: int, message: str, headers: dict[str, str] | None = None, reason: str = ""
    ) -> None:
        """Answer with an error, in Cloud Storage's form."""
        error = {"code": status, "message": message, "errors": [{"message": message, "reason": reason}]}
        self.json({"error": error}, status, headers)

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Answer, unless the reply is to be lost."""
        fault = self.fault("lose", "hang")
        if fault is not None:
            fault.over.wait(fault.seconds)
            raise Reset
        self.head(status, len(body), headers)
        self.wfile.write(body)

    def head(self, status: int, length: int, headers: dict[str, str]) -> None:
        """Status and headers."""
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(length)}.items():
            self.send_header(key, value)
        self.end_headers()

    def reset(self) -> None:
        """Break off with RST: whatever lies unread in either direction is lost."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *_: object) -> None:
        """Nothing: the log is ``gcs.log``."""
