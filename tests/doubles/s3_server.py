"""A stand-in for Amazon S3's protocol, on 127.0.0.1, with faults.

Objects with ETag and time of the last write, ranges, lists in pages, conditions of writes and deletes, uploads in
parts, CRC32C, accounts and regions as their signatures name them. Its clock shows another second after each write, so
that no test waits for one. ``ignores`` names conditions that it passes over in silence, as some servers do.
"""

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import google_crc32c

from tests.doubles.service import Asked, Reply, ServiceDouble

ACCESS_KEY, SECRET_KEY = "AKIADOUBLE", "planted-s3-secret-8a61"
REGION = "us-east-1"


@dataclass
class S3Object:
    """One object. ``written`` is the second of its last write."""

    content: bytes
    etag: str
    written: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class S3Upload:
    """One upload in parts."""

    key: str
    headers: Mapping[str, str]
    parts: dict[int, bytes] = field(default_factory=dict)


class S3Double(ServiceDouble):
    """The server; a context manager. Phases are put, get, head, list, delete, and create, part, parts, complete and
    abort of uploads."""

    def __init__(self) -> None:
        super().__init__()
        self.buckets: dict[str, dict[str, S3Object]] = {"backups": {}}
        self.uploads: dict[str, S3Upload] = {}
        self.ignores: set[str] = set()
        self.denied: set[str] = set()
        self.region = REGION
        self.page_size = 1000
        self.keeps_checksums = True
        self._second = int(time.time())

    def now(self) -> float:
        return self._second + 1

    def store(
        self, bucket: str, key: str, content: bytes, headers: Mapping[str, str] | None = None
    ) -> S3Object:
        with self.lock:
            self._second += 1
            stored = S3Object(content, hashlib.md5(content).hexdigest(), self._second, headers or {})
            self.buckets[bucket][key] = stored
        return stored

    def phase_of(self, asked: Asked) -> str:
        parts = urlsplit(asked.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        upload = {"PUT": "part", "POST": "complete", "GET": "parts", "DELETE": "abort"}
        if "uploadId" in query:
            return upload[asked.method]
        if "uploads" in query:
            return "create"
        if asked.method == "GET" and parts.path.strip("/").count("/") == 0:
            return "list"
        return asked.method.lower()

    def refused(self, status: int, asked: Asked) -> Reply:
        codes = {
            400: "RequestTimeout",
            403: "AccessDenied",
            409: "ConditionalRequestConflict",
            500: "InternalError",
            503: "SlowDown",
            507: "XMinioStorageFull",
        }
        return _error(status, codes.get(status, "Error"), "as the test wants it")

    def answer(self, asked: Asked) -> Reply:
        parts = urlsplit(asked.path)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in asked.headers.items()}
        phase = self.phase_of(asked)
        with self.lock:
            reply = self._login(headers)
            if reply is not None:
                return reply
            if bucket not in self.buckets:
                return _error(404, "NoSuchBucket", "The specified bucket does not exist")
            if phase in self.denied:
                return _error(403, "AccessDenied", "Access Denied")
            answer = getattr(self, f"_{phase}")
            reply = answer(bucket, key, query, headers, asked.body)
        assert isinstance(reply, Reply)
        return reply

    def _login(self, headers: Mapping[str, str]) -> Reply | None:
        found = re.search(r"Credential=([^/]+)/\d+/([^/]+)/s3/", headers.get("authorization", ""))
        if found is None:
            return _error(403, "AccessDenied", "Access Denied")
        if found[1] != ACCESS_KEY:
            return _error(
                403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."
            )
        if found[2] != self.region:
            words = f"The authorization header is malformed; the region '{found[2]}' is wrong"
            return _error(400, "AuthorizationHeaderMalformed", words, f"<Region>{self.region}</Region>")
        return None

    def _put(
        self, bucket: str, key: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Reply:
        refused = self._condition(bucket, key, headers, "put")
        if refused is not None:
            return refused
        crc32c = headers.get("x-amz-checksum-crc32c", "")
        if crc32c and crc32c != _crc32c(body):
            return _error(400, "BadDigest", "The CRC32C you specified did not match the calculated checksum.")
        stored = self.store(bucket, key, body, _kept(headers, self.keeps_checksums))
        return Reply(headers={"ETag": f'"{stored.etag}"'})

    def _head(
        self, bucket: str, key: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Reply:
        stored = self.buckets[bucket].get(key)
        if stored is None:
            return Reply(404)
        return Reply(body=stored.content, headers=_about(stored))

    def _get(
        self, bucket: str, key: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Reply:
        stored = self.buckets[bucket].get(key)
        if stored is None:
            return _error(404, "NoSuchKey", "The specified key does not exist.")
        if headers.get("if-match", "").strip('"') not in ("", stored.etag):
            return _error(412, "PreconditionFailed", "At least one of the pre-conditions did not hold")
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("range", ""))
        if wanted is None:
            return Reply(body=stored.content, headers=_about(stored))
        size, start = len(stored.content), int(wanted[1])
        end = min(size, int(wanted[2]) + 1 if wanted[2] else size)
        if start >= size:
            return _error(416, "InvalidRange", "The requested range is not satisfiable")
        about = {**_about(stored), "Content-Range": f"bytes {start}-{end - 1}/{size}"}
        return Reply(206, stored.content[start:end], headers=about)

    def _delete(
        self, bucket: str, key: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Reply:
        refused = self._condition(bucket, key, headers, "delete")
        if refused is None:
            self.buckets[bucket].pop(key, None)
            self._second += 1
        return refused or Reply(204)

    def _list(
        self, bucket: str, key: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Reply:
        after = query.get("continuation-token", "")
        keys = sorted(name for name in self.buckets[bucket] if name.startswith(query.get("prefix", "")))
        keys = [name for name in keys if name > after]
        page = keys[: self.page_size]
        rows = []
        for name in page:
            stored = self.buckets[bucket][name]
            written = datetime.fromtimestamp(stored.written, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            rows.append(
                f"<Contents><Key>{escape(name)}</Key><LastModified>{written}</LastModified>"
                f"<ETag>&quot;{stored.etag}&quot;</ETag><Size>{len(stored.content)}</Size></Contents>"
            )
        more = len(page) < len(keys)
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        return _xml(
            "ListBucketResult", f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{''.join(rows)}"
        )

    def _create(
        self, bucket: str, key: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Reply:
        identity = secrets.token_hex(8)
        self.uploads[identity] = S3Upload(key, _kept(headers, keeps_checksums=False))
        return _xml("InitiateMultipartUploadResult", f"<UploadId>{identity}</UploadId>")

    def _part(
        self, bucket: str, key: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Reply:
        upload = self.uploads.get(query["uploadId"])
        if upload is None:
            return _error(404, "NoSuchUpload", "The specified upload does not exist.")
        upload.parts[int(query["partNumber"])] = body
        return Reply(headers={"ETag": f'"{hashlib.md5(body).hexdigest()}"'})

    def _parts(
        self, bucket: str, key: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Reply:
        upload = self.uploads.get(query["uploadId"])
        if upload is None:
            return _error(404, "NoSuchUpload", "The specified upload does not exist.")
        rows = [
            f"<Part><PartNumber>{number}</PartNumber><ETag>&quot;{hashlib.md5(part).hexdigest()}&quot;</ETag>"
            f"<Size>{len(part)}</Size></Part>"
            for number, part in sorted(upload.parts.items())
        ]
        return _xml("ListPartsResult", f"<IsTruncated>false</IsTruncated>{''.join(rows)}")

    def _complete(
        self, bucket: str, key: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Reply:
        upload = self.uploads.get(query["uploadId"])
        if upload is None:
            return _error(404, "NoSuchUpload", "The specified upload does not exist.")
        refused = self._condition(bucket, key, headers, "put")
        if refused is not None:
            return refused
        numbers = [int(number) for number in re.findall(rb"<PartNumber>(\d+)<", body)]
        parts = [upload.parts[number] for number in numbers]
        stored = self.store(bucket, key, b"".join(parts), upload.headers)
        digests = b"".join(hashlib.md5(part).digest() for part in parts)
        stored.etag = f"{hashlib.md5(digests).hexdigest()}-{len(parts)}"
        del self.uploads[query["uploadId"]]
        return _xml("CompleteMultipartUploadResult", f"<ETag>&quot;{stored.etag}&quot;</ETag>")

    def _abort(
        self, bucket: str, key: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Reply:
        self.uploads.pop(query["uploadId"], None)
        return Reply(204)

    def _condition(self, bucket: str, key: str, headers: dict[str, str], phase: str) -> Reply | None:
        stored = self.buckets[bucket].get(key)
        failed = _error(
            412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"
        )
        if headers.get("if-none-match") == "*" and f"{phase} if-none-match" not in self.ignores and stored:
            return failed
        wanted = headers.get("if-match", "").strip('"')
        if wanted and f"{phase} if-match" not in self.ignores:
            if stored is None:
                return _error(404, "NoSuchKey", "The specified key does not exist.")
            if stored.etag != wanted:
                return failed
        return None


def s3_variables(endpoint: str) -> dict[str, str]:
    """What the environment of a program says that uses this endpoint."""
    return {
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _kept(headers: Mapping[str, str], keeps_checksums: bool) -> dict[str, str]:
    """The headers of a write that come back with the object."""
    return {
        name: value
        for name, value in headers.items()
        if name.startswith("x-amz-meta-")
        or name in ("content-type", "x-amz-storage-class")
        or (keeps_checksums and name == "x-amz-checksum-crc32c")
    }


def _about(stored: S3Object) -> dict[str, str]:
    return {
        **stored.headers,
        "ETag": f'"{stored.etag}"',
        "Last-Modified": formatdate(stored.written, usegmt=True),
    }


def _crc32c(content: bytes) -> str:
    return base64.b64encode(google_crc32c.Checksum(content).digest()).decode()


def _xml(root: str, inner: str) -> Reply:
    space = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    return Reply(
        body=f"<?xml version='1.0'?><{root} {space}>{inner}</{root}>".encode(), kind="application/xml"
    )


def _error(status: int, code: str, message: str, more: str = "") -> Reply:
    inner = f"<Code>{code}</Code><Message>{escape(message)}</Message>{more}"
    return Reply(status, f"<?xml version='1.0'?><Error>{inner}</Error>".encode(), kind="application/xml")
