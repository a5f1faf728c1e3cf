"""A prefix in a bucket of S3, or of a server that speaks its protocol, as a remote."""

import hashlib
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from audobon_cli.domain.errors import RemoteRefused
from audobon_cli.remotes.bandwidth import Paces
from audobon_cli.remotes.base import ObjectStat
from audobon_cli.remotes.doubtful_writes import DoubtfulWrites
from audobon_cli.remotes.keys import check_key, is_key, object_missing, read_nothing
from audobon_cli.remotes.options import S3Options
from audobon_cli.remotes.retry import RemoteRetries
from audobon_cli.remotes.s3.conditions import Conditions
from audobon_cli.remotes.s3.connection import S3Answered, S3Connection
from audobon_cli.remotes.s3.downloads import S3Downloads
from audobon_cli.remotes.s3.errors import elsewhere
from audobon_cli.remotes.s3.uploads import S3Uploads, put
from audobon_cli.remotes.upload_journal import UploadJournal
from audobon_cli.transfer.checksums import crc32c_base64

SMALL_BYTES = 1 << 20
"""Up to this an object is never given a class that costs for early deletion."""
NOT_FOUND = 404
TICK_SECONDS, MOST_TICKS = 0.25, 12
"""How long is waited, and how often, for the server's clock to show another second."""


class S3Remote:
    """See Remote; each call is one try, and raises TransientRemoteError where another may help (see RetryingRemote).

    An object's version is its ETag with the second of its last write. CRC32C is sent with every object, and checked of
    every object that is read whole. Writes carry a name of this instance (``audobon-writer``), by which it knows its
    own object when the reply to the write was lost.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str,
        options: S3Options,
        retries: RemoteRetries,
        paces: Paces,
        journal: UploadJournal,
    ) -> None:
        self.address = f"s3://{bucket}/{prefix}".rstrip("/")
        self.options = options
        self.connection = S3Connection(bucket, self.address, options, retries, paces.upload)
        self._prefix = f"{prefix}/" if prefix else ""
        self.conditions = Conditions(self.connection, self._prefix)
        self._uploads = S3Uploads(self.connection, journal)
        self._downloads = S3Downloads(self.connection, self._prefix, paces.download)
        self._writer = secrets.token_hex(8)
        self._doubtful = DoubtfulWrites()
        self._bucket_seen = False

    def put(self, key: str, content: bytes | memoryview) -> bool:
        """See Remote.put."""
        check_key(key)
        whole = bytes(content)
        arguments = self._arguments(key, whole)
        with self._doubtful.noting(key, arguments["ChecksumCRC32C"]) as tried_before:
            try:
                self._uploads.create(arguments, whole, tried_before)
            except S3Answered as answered:
                if answered.refusal.is_precondition:
                    return tried_before and self._is_own(self._head(key), arguments)
                raise self.connection.explain(answered) from answered
        return True

    def compare_and_swap(self, key: str, content: bytes | memoryview, version: str | None) -> str | None:
        """See Remote.compare_and_swap. Raises RemoteRefused where the server does not honour conditions."""
        check_key(key)
        whole = bytes(content)
        arguments = self._arguments(key, whole)
        condition = {"IfNoneMatch": "*"}
        if version is not None:
            self.conditions.require_match()
        with self._doubtful.noting(key, arguments["ChecksumCRC32C"]) as tried_before:
            if version is not None:
                found = self._newer_second(key, whole)
                if found is None or _version(found) != version:
                    return (
                        _version(found) if found and tried_before and self._is_own(found, arguments) else None
                    )
                condition = {"IfMatch": str(found["ETag"])}
            try:
                put(self.connection, arguments, whole, **condition)
            except S3Answered as answered:
                if answered.refusal.is_precondition or answered.refusal.is_missing_object:
                    found = self._head(key) if tried_before else None
                    return _version(found) if found and self._is_own(found, arguments) else None
                if answered.refusal.is_of_retention:
                    raise self._kept(key, answered) from answered
                raise self.connection.explain(answered) from answered
            found = self._head(key)
        # Another write may have followed already: then no version that is there is that of this one.
        return _version(found) if found and self._is_own(found, arguments) else "replaced"

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See Remote.get; checksums are looked at where the whole object is asked for."""
        check_key(key)
        if length == 0:
            found = self.stat(key)
            return read_nothing(self.address, key, start, None if found is None else found.size_bytes)
        try:
            return self._downloads.read(key, start, length)
        except S3Answered as answered:
            if answered.refusal.is_missing_object:
                raise object_missing(self.address, key) from answered
            raise self.connection.explain(answered) from answered

    def stat(self, key: str) -> ObjectStat | None:
        """See Remote.stat."""
        check_key(key)
        found = self._head(key)
        return None if found is None else _stat(key, int(found["ContentLength"]), found)

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """See Remote.list; asks for a page of a thousand at a time."""
        more: dict[str, Any] = {}
        while True:
            try:
                page = self.connection.ask("list_objects_v2", Prefix=self._prefix + prefix, **more)
            except S3Answered as answered:
                raise self.connection.explain(answered) from answered
            if "IsTruncated" not in page:
                raise elsewhere(self.address)
            self._bucket_seen = True
            for found in page.get("Contents", ()):
                key = str(found["Key"]).removeprefix(self._prefix)
                if is_key(key):
                    yield _stat(key, int(found["Size"]), found)
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def delete(self, key: str, version: str | None = None) -> bool:
        """See Remote.delete. What a lock or a hold keeps is RemoteRefused.

        Between the look at the version and the deletion stands the ETag alone, on servers that heed it.
        """
        check_key(key)
        found = self._head(key)
        if found is None or version not in (None, _version(found)):
            return False
        condition = {} if version is None else {"IfMatch": str(found["ETag"])}
        try:
            self.connection.ask("delete_object", Key=self._prefix + key, **condition)
        except S3Answered as answered:
            if answered.refusal.is_precondition or answered.refusal.is_missing_object:
                return False
            if answered.refusal.is_of_retention:
                raise self._kept(key, answered) from answered
            raise self.connection.explain(answered) from answered
        return True

    def close(self) -> None:
        """See Remote.close."""
        self.connection.close()

    def _arguments(self, key: str, content: bytes) -> dict[str, Any]:
        """Those of PutObject, without content and condition."""
        crc32c = crc32c_base64(content)
        arguments: dict[str, Any] = {
            "Key": self._prefix + key,
            "ContentType": "application/octet-stream",
            "ChecksumCRC32C": crc32c,
            "Metadata": {"audobon-writer": f"{self._writer} {crc32c}"},
        }
        if self.options.storage_class and len(content) > SMALL_BYTES:
            arguments["StorageClass"] = self.options.storage_class
        if self.options.kms_key:
            arguments |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.options.kms_key}
        return arguments

    def _head(self, key: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self.connection.ask("head_object", Key=self._prefix + key)
        except S3Answered as answered:
            if answered.refusal.status == NOT_FOUND:
                if not self._bucket_seen:  # an answer to HEAD does not tell whether the bucket is meant
                    next(self.list("."), None)  # no key begins so; all that matters is the bucket
                return None
            raise self.connection.explain(answered) from answered
        if "ETag" not in found:
            raise elsewhere(self.address)
        return found

    def _newer_second(self, key: str, content: bytes) -> dict[str, Any] | None:
        """What is there, at a moment when writing ``content`` makes another version of it.

        Equal content has the same ETag, so that the second must be another one.
        """
        own = hashlib.md5(content, usedforsecurity=False).hexdigest()
        for _ in range(MOST_TICKS):
            found = self._head(key)
            if found is None or str(found["ETag"]).strip('"') != own or _has_passed(found):
                break
            time.sleep(TICK_SECONDS)
        return found

    def _is_own(self, found: dict[str, Any] | None, arguments: dict[str, Any]) -> bool:
        """Whether this instance wrote what is there, with the content that was sent just now."""
        return found is not None and found.get("Metadata", {}) == arguments["Metadata"]

    def _kept(self, key: str, answered: S3Answered) -> RemoteRefused:
        return RemoteRefused(
            f"{key} in {self.address} may not be deleted or replaced: an object lock or a legal hold keeps it.",
            hint=f"`aws s3api get-object-retention --bucket {self.connection.bucket} --key {self._prefix}{key}` shows "
            "until when; run the same command again then",
            address=self.address,
            key=key,
            reason=answered.refusal.message,
        )


def _modified(found: dict[str, Any]) -> datetime:
    """In whole seconds: HTTP's headers, by which one object is asked for, have no more."""
    time_of_write: datetime = found["LastModified"]
    return time_of_write.astimezone(UTC).replace(microsecond=0)


def _version(found: dict[str, Any]) -> str:
    return f"{str(found['ETag']).strip(chr(34))}@{_modified(found).timestamp():.0f}"


def _stat(key: str, size_bytes: int, found: dict[str, Any]) -> ObjectStat:
    return ObjectStat(key, size_bytes, _modified(found), _version(found))


def _has_passed(found: dict[str, Any]) -> bool:
    """Whether the server's clock, as its answer tells it, is past the second of the last write."""
    date = found["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    try:
        return parsedate_to_datetime(date).astimezone(UTC) > _modified(found)
    except ValueError:
        return True
