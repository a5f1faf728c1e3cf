"""Writing to the double of Cloud Storage: uploads of all three kinds, and deleting."""

import json
import re
import time
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.doubles.gcs_objects import Bucket, Session, StoredObject, crc32c, md5
from tests.doubles.gcs_requests import GcsRequest, Reset

QUANTUM = 256 * 1024
"""Of an upload that breaks off the server keeps a multiple of this."""


class GcsWrites(GcsRequest):
    """Routes that change something."""

    def insert(self, bucket: str) -> None:
        """Begin a resumable upload, or take a whole one."""
        place = self.open_bucket(bucket, "storage.objects.create")
        kind = self.query.get("uploadType")
        if kind == "resumable":
            self._begin(bucket, place)
            return
        if self._broken_body():
            return
        body = self.read_body()
        if place is None:
            return
        if kind == "multipart":
            resource, data = _parts(self.headers["Content-Type"], body)
        else:
            resource, data = {}, body
        stored = self._create(bucket, place, self.query, resource, data)
        if stored is not None:
            self.json(stored.resource(bucket, place.retention_seconds))

    def _broken_body(self) -> bool:
        fault = self.fault("receive", "freeze")
        if fault is not None:
            self.read_body(fault.after)
            time.sleep(fault.seconds)
            raise Reset
        return False

    def _begin(self, bucket: str, place: Bucket | None) -> None:
        resource = json.loads(self.read_body() or b"{}")
        if place is None:
            return
        name = self.query.get("name") or resource["name"]
        live = place.objects.get(name, [None])[-1]
        if self.precondition_fails(live):
            return
        if place.kms_denied:
            self._refuse_key()
            return
        size = self.headers.get("X-Upload-Content-Length")
        session = Session(bucket, dict(self.query), resource, int(size) if size else None)
        identity = self.gcs.add_session(session)
        location = (
            f"{self.gcs.endpoint}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={identity}"
        )
        self.json({}, headers={"Location": location, "X-GUploader-UploadID": identity})

    def continue_upload(self, bucket: str) -> None:
        """Bytes of a resumable upload, or the question how many there are."""
        session = self.gcs.sessions.get(self.query.get("upload_id", ""))
        span = re.fullmatch(
            r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)", self.headers.get("Content-Range", "bytes */*")
        )
        if session is None or session.is_cancelled or span is None:
            self.read_body()
            self.refuse(404 if session is None else 499, "Upload not found.")
            return
        if session.finished is not None:
            self.read_body()
            self.json(session.finished.resource(bucket))
            return
        if span[3] != "*":
            session.size_bytes = int(span[3])
        start = len(session.received) if span[1] is None else int(span[1])
        fault = self.fault("receive", "freeze") if span[1] is not None else None
        if start > len(session.received):
            self.read_body()
            self.refuse(400, "Invalid request: bytes are missing.", reason="invalid")
            return
        for piece in self.read_pieces(fault.after if fault else None):
            with self.gcs.lock:  # what the server has already stands
                session.received += piece[max(0, len(session.received) - start) :]
            start += len(piece)
        if fault is not None or self._asked.received < int(self.headers.get("Content-Length") or 0):
            time.sleep(fault.seconds if fault else 0)
            raise Reset
        with self.gcs.lock:
            if session.size_bytes is not None and len(session.received) >= session.size_bytes:
                self._finish(session)
                return
        kept = len(session.received) // QUANTUM * QUANTUM
        self.answer(308, b"", {"Range": f"bytes=0-{kept - 1}"} if kept else {})

    def cancel_upload(self, bucket: str) -> None:
        """Give a resumable upload up."""
        session = self.gcs.sessions.get(self.query.get("upload_id", ""))
        if session is not None:
            session.is_cancelled = True
        self.answer(499, b"", {})

    def _finish(self, session: Session) -> None:
        if session.finished is not None:
            self.json(session.finished.resource(session.bucket))
            return
        place = self.gcs.buckets.get(session.bucket)
        if place is None:
            self.refuse(404, "The specified bucket does not exist.", reason="notFound")
            return
        made = self._create(session.bucket, place, session.query, session.resource, bytes(session.received))
        if made is None:
            session.is_cancelled = True
            return
        session.finished = made
        self.json(made.resource(session.bucket, place.retention_seconds))

    def _create(
        self, bucket: str, place: Bucket, query: dict[str, str], resource: dict[str, Any], data: bytes
    ) -> StoredObject | None:
        """Store it if conditions and checksums hold; None after a refusal."""
        name = query.get("name") or resource["name"]
        corrupt = self.fault("corrupt_upload")
        if corrupt is not None:
            data = data[: corrupt.after] + bytes([data[corrupt.after] ^ 1]) + data[corrupt.after + 1 :]
        for field, found in (("crc32c", crc32c(data)), ("md5Hash", md5(data))):
            if resource.get(field, found) != found:
                words = f'Provided {field} "{resource[field]}" doesn\'t match calculated {field} "{found}".'
                self.refuse(400, words, reason="invalid")
                return None
        kms_key = query.get("kmsKeyName", "")
        if place.kms_denied:
            self._refuse_key()
            return None
        self.query = query
        with self.gcs.lock:
            live = place.objects.get(name, [None])[-1]
            if self.precondition_fails(live) or (live is not None and self.is_kept(bucket, place, live)):
                return None
            return self.gcs.store(
                bucket,
                name,
                data,
                storage_class=resource.get("storageClass", place.storage_class),
                kms_key=kms_key or str(place.settings.get("encryption", {}).get("defaultKmsKeyName", "")),
                metadata=resource.get("metadata", {}),
            )

    def _refuse_key(self) -> None:
        words = "Permission denied on Cloud KMS key. Please ensure that your Cloud Storage service account has been"
        self.refuse(403, f"{words} authorized to use this key.", reason="forbidden")

    def delete_object(self, bucket: str, name: str) -> None:
        """Delete the live generation; it is soft-deleted, as buckets do by themselves."""
        place = self.open_bucket(bucket, "storage.objects.delete")
        if place is None:
            return
        with self.gcs.lock:
            live = place.objects.get(name, [None])[-1]
            if live is None:
                self.refuse(404, f"No such object: {bucket}/{name}", reason="notFound")
                return
            if self.precondition_fails(live) or self.is_kept(bucket, place, live):
                return
            place.soft_deleted.append(live)
            del place.objects[name]
        self.answer(204, b"", {})


def _parts(content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """The resource and the content of a multipart upload."""
    boundary = content_type.partition("boundary=")[2].strip("\"'; ").encode()
    _, resource, media, _ = (
        body.split(b"--" + boundary, 3) if body.count(boundary) == 3 else _split(body, boundary)
    )
    head, _, data = media.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    BytesParser(policy=HTTP).parsebytes(head)
    return json.loads(resource.partition(b"\r\n\r\n")[2]), data.removesuffix(b"\r\n")


def _split(body: bytes, boundary: bytes) -> list[bytes]:
    raise ValueError(f"{body.count(boundary)} boundaries in a multipart upload")
