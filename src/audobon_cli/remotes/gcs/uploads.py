"""Resumable uploads to Cloud Storage that survive failures and kills."""

from collections.abc import Iterator
from typing import Any

from audobon_cli.remotes.bandwidth import PIECE_BYTES, BandwidthLimit
from audobon_cli.remotes.gcs.connection import Answered, GcsConnection
from audobon_cli.remotes.gcs.errors import unreachable
from audobon_cli.remotes.retry import TransientRemoteError
from audobon_cli.remotes.upload_journal import Upload, UploadJournal

GONE = frozenset({404, 410})
FINISHED = frozenset({200, 201})
RESUME_INCOMPLETE = 308


class UploadBody:
    """Bytes as requests sends them, at a pace, without copies."""

    def __init__(self, content: memoryview, pace: BandwidthLimit) -> None:
        self._content = content
        self._pace = pace

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[memoryview]:
        """In pieces so small that even a slow line takes one within the timeout, which counts for each."""
        for start in range(0, len(self._content), PIECE_BYTES):
            piece = self._content[start : start + PIECE_BYTES]
            self._pace.take(len(piece))
            yield piece


class ResumableUploads:
    """Sends each object over a session of its own, noted in the journal before the first byte.

    google-cloud-storage begins sessions but cannot go on with one of another process, so the bytes go by the
    protocol itself: cloud.google.com/storage/docs/performing-resumable-uploads.
    """

    def __init__(self, connection: GcsConnection, journal: UploadJournal, pace: BandwidthLimit) -> None:
        self._connection = connection
        self._journal = journal
        self._pace = pace

    def create(self, blob: Any, content: memoryview) -> None:
        """Create the object ``blob`` (with storage class, checksum and metadata set) in one try.

        Raises Answered (412 if it exists) or TransientRemoteError; after the latter the same call goes on.
        """
        # Enough to tell contents apart: the server holds the whole to the session's CRC32C at the end, so that parts of
        # two contents would have to agree with it a second time.
        digest = f"{blob.crc32c} {len(content)}"
        with self._journal.upload(
            f"{self._connection.endpoint}/{blob.bucket.name}/{blob.name}", digest
        ) as upload:
            try:
                self._send(upload, blob, content)
            except Answered:
                upload.forget()
                raise
            upload.forget()

    def _send(self, upload: Upload, blob: Any, content: memoryview) -> None:
        if upload.url and self._is_finished(upload, f"bytes */{len(content)}", content[:0], len(content)):
            if self._is_there(blob):
                return
            upload.forget()  # it was finished by somebody who died, and the object has been deleted since
        if not upload.url:
            self._begin(upload, blob, len(content))
        while True:
            at = upload.received_bytes
            span = f"bytes {at}-{len(content) - 1}/{len(content)}"
            if self._is_finished(upload, span, content[at:], len(content)):
                return
            if not upload.progressed:
                raise TransientRemoteError(unreachable(self._connection.address, "an upload did not get on"))

    def _begin(self, upload: Upload, blob: Any, size_bytes: int) -> None:
        upload.received_bytes = 0
        upload.url = self._connection.ask(
            lambda: blob.create_resumable_upload_session(
                content_type="application/octet-stream",
                size=size_bytes,
                checksum=None,  # the blob names its CRC32C
                if_generation_match=0,
                timeout=self._connection.timeout,
                retry=None,
            )
        )
        self._journal.save(upload)

    def _is_there(self, blob: Any) -> bool:
        found = blob.bucket.blob(blob.name)
        try:
            self._connection.ask(lambda: found.reload(timeout=self._connection.timeout, retry=None))
        except Answered as answered:
            if answered.refusal.status in GONE:
                return False
            raise
        return bool(found.crc32c == blob.crc32c)

    def _is_finished(self, upload: Upload, span: str, rest: memoryview, size_bytes: int) -> bool:
        """Send ``rest``; whether the object is there now. Notes what the server has if not."""
        body = UploadBody(rest, self._pace) if rest else b""
        progressed, upload.progressed = upload.progressed, False
        try:
            with self._connection.send("PUT", upload.url, {"Content-Range": span}, {}, body) as response:
                response.raw.drain_conn()
                if response.status_code in FINISHED:
                    return True
                if response.status_code != RESUME_INCOMPLETE:
                    fact = f"Cloud Storage answered {response.status_code}"
                    raise TransientRemoteError(unreachable(self._connection.address, fact))
                last = response.headers.get("Range", "").rpartition("-")[2]
        except TransientRemoteError as error:
            error.progressed = progressed
            raise
        except Answered as answered:
            if answered.refusal.status in GONE:
                upload.forget()
                fact = "it forgot an upload that was begun"
                raise TransientRemoteError(
                    unreachable(self._connection.address, fact), progressed=progressed
                ) from answered
            explained = self._connection.explain(answered)
            if isinstance(explained, TransientRemoteError) and not answered.refusal.is_of_checksum:
                explained.progressed = progressed
                raise explained from answered
            raise
        upload.note_received(min(int(last) + 1, size_bytes) if last.isdecimal() else 0)
        return False
