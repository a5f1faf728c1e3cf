"""A folder of a Google Cloud Storage bucket as a remote."""

import io
import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from audobon_cli.domain.errors import RemoteRefused
from audobon_cli.remotes.bandwidth import Paces
from audobon_cli.remotes.base import ObjectStat
from audobon_cli.remotes.doubtful_writes import DoubtfulWrites
from audobon_cli.remotes.gcs.bucket import keeping_until
from audobon_cli.remotes.gcs.connection import Answered, GcsConnection
from audobon_cli.remotes.gcs.downloads import Downloads
from audobon_cli.remotes.gcs.uploads import ResumableUploads
from audobon_cli.remotes.keys import check_key, is_key, object_missing, read_nothing
from audobon_cli.remotes.options import GcsOptions
from audobon_cli.remotes.retry import RemoteRetries
from audobon_cli.remotes.upload_journal import UploadJournal
from audobon_cli.transfer.checksums import crc32c_base64

SMALL_BYTES = 1 << 20
"""Up to this an object is sent in one request, and is never given a class that costs for early deletion."""
FIELDS = "items(name,size,timeCreated,generation),nextPageToken"
PRECONDITION_FAILED = 412
NOT_FOUND = 404


class GcsRemote:
    """See Remote; each call is one try, and raises TransientRemoteError where another may help (see RetryingRemote).

    Create-only and compare-and-swap are preconditions on the object's generation, which is its version. CRC32C is
    sent with every object, and checked of every object that is read whole. Writes carry a name of this instance
    (``audobon-writer``), by which it knows its own object when the reply to the write was lost.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str,
        options: GcsOptions,
        retries: RemoteRetries,
        paces: Paces,
        journal: UploadJournal,
    ) -> None:
        self.address = f"gs://{bucket}/{prefix}".rstrip("/")
        self.connection = GcsConnection(bucket, self.address, options, retries)
        self.options = options
        self.prefix = prefix
        self._prefix = f"{prefix}/" if prefix else ""
        self._pace = paces.upload
        self._uploads = ResumableUploads(self.connection, journal, paces.upload)
        self._downloads = Downloads(self.connection, paces.download)
        self._writer = secrets.token_hex(8)
        self._doubtful = DoubtfulWrites()

    def put(self, key: str, content: bytes | memoryview) -> bool:
        """See Remote.put."""
        check_key(key)
        view = memoryview(content).cast("B")
        blob = self._new_blob(key, content)
        with self._doubtful.noting(key, str(blob.crc32c)) as tried_before:
            try:
                if len(view) > SMALL_BYTES:
                    self._uploads.create(blob, view)
                else:
                    self._send_small(blob, view, 0)
            except Answered as answered:
                if answered.refusal.status == PRECONDITION_FAILED:
                    return tried_before and self._own_version(key, blob) is not None
                raise self.connection.explain(answered) from answered
            return True

    def compare_and_swap(self, key: str, content: bytes | memoryview, version: str | None) -> str | None:
        """See Remote.compare_and_swap."""
        check_key(key)
        view = memoryview(content).cast("B")
        blob = self._new_blob(key, content)
        if not _can_be(version):
            return None
        blob.storage_class = "STANDARD"  # what is swapped is short-lived
        with self._doubtful.noting(key, str(blob.crc32c)) as tried_before:
            try:
                self._send_small(blob, view, int(version or 0))
            except Answered as answered:
                if answered.refusal.status == PRECONDITION_FAILED:
                    return self._own_version(key, blob) if tried_before else None
                if answered.refusal.status == NOT_FOUND:
                    self._check_bucket(answered)
                    return None
                if answered.refusal.is_of_retention:
                    raise self._kept(key, answered) from answered
                raise self.connection.explain(answered) from answered
            return str(blob.generation or "")

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See Remote.get; CRC32C is checked where the whole object is asked for."""
        check_key(key)
        if length == 0:
            found = self.stat(key)
            return read_nothing(self.address, key, start, None if found is None else found.size_bytes)
        name = quote(self._prefix + key, safe="")
        url = f"{self.connection.endpoint}/download/storage/v1/b/{self.connection.bucket_name}/o/{name}"
        try:
            return self._downloads.read(key, url, start, length)
        except Answered as answered:
            if answered.refusal.status == NOT_FOUND:
                self._check_bucket(answered)
                raise object_missing(self.address, key) from answered
            raise self.connection.explain(answered) from answered

    def stat(self, key: str) -> ObjectStat | None:
        """See Remote.stat."""
        check_key(key)
        blob = self._reloaded(key)
        return None if blob is None else _stat(key, blob)

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """See Remote.list; asks for a page of a thousand at a time."""
        blobs = self.connection.ask(
            lambda: self.connection.client.list_blobs(
                self.connection.bucket,
                prefix=(self._prefix + prefix) or None,
                fields=FIELDS,
                timeout=self.connection.timeout,
                retry=None,
            )
        )
        walk = iter(blobs)
        while True:
            try:
                blob = self.connection.ask(lambda: next(walk, None))
            except Answered as answered:
                raise self.connection.explain(answered) from answered
            if blob is None:
                return
            key = str(blob.name).removeprefix(self._prefix)
            if is_key(key):
                yield _stat(key, blob)

    def delete(self, key: str, version: str | None = None) -> bool:
        """See Remote.delete. What a hold or a retention rule keeps is RemoteRefused, ``until`` in its details."""
        check_key(key)
        if not _can_be(version):
            return False
        try:
            self.connection.ask(
                lambda: self.connection.bucket.delete_blob(
                    self._prefix + key,
                    if_generation_match=int(version) if version else None,
                    timeout=self.connection.timeout,
                    retry=None,
                )
            )
        except Answered as answered:
            if answered.refusal.status == PRECONDITION_FAILED:
                return False
            if answered.refusal.status == NOT_FOUND:
                self._check_bucket(answered)
                return False
            if answered.refusal.is_of_retention:
                raise self._kept(key, answered) from answered
            raise self.connection.explain(answered) from answered
        return True

    def close(self) -> None:
        """See Remote.close."""
        self.connection.close()

    def _new_blob(self, key: str, content: bytes | memoryview) -> Any:
        bucket = self.connection.ask(lambda: self.connection.bucket)
        blob = bucket.blob(self._prefix + key, kms_key_name=self.options.kms_key or None)
        blob.crc32c = crc32c_base64(content)
        blob.metadata = {"audobon-writer": self._writer}
        if self.options.storage_class:
            blob.storage_class = self.options.storage_class if len(content) > SMALL_BYTES else "STANDARD"
        return blob

    def _send_small(self, blob: Any, content: memoryview, generation: int) -> None:
        self._pace.take(len(content))
        self.connection.ask(
            lambda: blob.upload_from_file(
                io.BytesIO(content),
                size=len(content),
                content_type="application/octet-stream",
                if_generation_match=generation,
                checksum="crc32c",
                timeout=self.connection.timeout,
                retry=None,
            )
        )

    def _own_version(self, key: str, sent: Any) -> str | None:
        """The version of the object if this instance wrote it, with the content that was sent just now."""
        found = self._reloaded(key)
        if found is None or found.crc32c != sent.crc32c:
            return None
        is_own = (found.metadata or {}).get("audobon-writer") == self._writer
        return str(found.generation) if is_own else None

    def _reloaded(self, key: str) -> Any | None:
        blob = self.connection.ask(lambda: self.connection.bucket.blob(self._prefix + key))
        try:
            self.connection.ask(lambda: blob.reload(timeout=self.connection.timeout, retry=None))
        except Answered as answered:
            if answered.refusal.status == NOT_FOUND:
                self._check_bucket(answered)
                return None
            raise self.connection.explain(answered) from answered
        return blob

    def _check_bucket(self, answered: Answered) -> None:
        """Raise RemoteMissing if an answer of 404 was meant for the bucket."""
        if not answered.refusal.is_of_object:
            next(self.list("."), None)  # no key begins so; all that matters is the bucket

    def _kept(self, key: str, answered: Answered) -> RemoteRefused:
        until = keeping_until(self._reloaded(key))
        when = f" until {until.date()}" if isinstance(until, datetime) else ""
        return RemoteRefused(
            f"{key} in {self.address} may not be deleted or replaced{when}: a retention rule or a hold keeps it.",
            hint="run the same command again after that day"
            if when
            else f"`gcloud storage objects describe {self.address}/{key}` shows the hold",
            address=self.address,
            key=key,
            until=until.isoformat() if until else None,
            reason=answered.refusal.message,
        )


def _can_be(version: str | None) -> bool:
    """Whether a version can be one of this remote: a generation."""
    return version is None or version.isdecimal()


def _stat(key: str, blob: Any) -> ObjectStat:
    return ObjectStat(key, int(blob.size or 0), blob.time_created, str(blob.generation or ""))
