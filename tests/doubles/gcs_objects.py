"""What the double of Cloud Storage keeps: buckets, generations of objects, upload sessions, faults."""

import base64
import hashlib
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import google_crc32c

from tests.doubles.hub_server import Fault


@dataclass
class GcsFault(Fault):
    """Faults of Cloud Storage. To the kinds of Fault (for which ``path`` is part of a request's path) it adds:

    ``receive`` (read ``after`` bytes of the request's body, keep them as the server does, then reset),
    ``freeze`` (the same, but say nothing for ``seconds`` before), ``lose`` (do it, then reset in place of the
    reply), ``hang`` (the same after ``seconds``, or once ``over`` is set), ``corrupt_upload`` (flip a bit of byte
    ``after`` of what came), ``portal`` (a hotel's login page in its place). ``method`` narrows any of them down.
    """

    method: str = ""
    over: threading.Event = field(default_factory=threading.Event, compare=False)


@dataclass(frozen=True)
class StoredObject:
    """One generation of an object."""

    name: str
    data: bytes
    generation: int
    metageneration: int = 1
    content_encoding: str = ""
    with_md5: bool = True
    storage_class: str = "STANDARD"
    kms_key: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    temporary_hold: bool = False
    retain_until: datetime | None = None
    said_bytes: int | None = None
    class_since: datetime | None = None
    deleted: datetime | None = None

    def resource(self, bucket: str, retention_seconds: int = 0) -> dict[str, Any]:
        """As the JSON API describes it. Composed objects have no md5Hash."""
        found: dict[str, Any] = {
            "kind": "storage#object",
            "id": f"{bucket}/{self.name}/{self.generation}",
            "name": self.name,
            "bucket": bucket,
            "size": str(len(self.data) if self.said_bytes is None else self.said_bytes),
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "crc32c": crc32c(self.data),
            "etag": f"etag-{self.generation}",
            "storageClass": self.storage_class,
            "timeCreated": rfc3339(self.created),
            "timeStorageClassUpdated": rfc3339(self.class_since or self.created),
            "updated": rfc3339(self.created),
        }
        optional = {
            "md5Hash": md5(self.data) if self.with_md5 else "",
            "contentEncoding": self.content_encoding,
            "kmsKeyName": f"{self.kms_key}/cryptoKeyVersions/1" if self.kms_key else "",
            "metadata": self.metadata,
            "temporaryHold": self.temporary_hold,
        }
        until = self.kept_until(retention_seconds)
        if retention_seconds and until:
            optional["retentionExpirationTime"] = rfc3339(until)
        if self.retain_until:
            optional["retention"] = {"mode": "Locked", "retainUntilTime": rfc3339(self.retain_until)}
        return found | {key: value for key, value in optional.items() if value}

    def kept_until(self, retention_seconds: int) -> datetime | None:
        """When the last rule that keeps it ends, if it has not ended yet."""
        times = [self.retain_until] if self.retain_until else []
        if retention_seconds:
            times.append(self.created + timedelta(seconds=retention_seconds))
        return max((time for time in times if time > datetime.now(UTC)), default=None)


@dataclass
class Bucket:
    """``readers`` and ``writers``: all (anybody), account (with TOKEN) or nobody. ``objects``: generations,
    oldest first. ``denied`` are permissions that nobody has; ``settings`` is the rest of the bucket's resource."""

    readers: str = "all"
    requester_pays: bool = False
    versioning: bool = False
    objects: dict[str, list[StoredObject]] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    retention_seconds: int = 0
    storage_class: str = "STANDARD"
    kms_denied: bool = False
    soft_deleted: list[StoredObject] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    def resource(self, name: str) -> dict[str, Any]:
        """As the JSON API describes it."""
        found: dict[str, Any] = {
            "kind": "storage#bucket",
            "name": name,
            "location": "EU",
            "locationType": "multi-region",
            "storageClass": self.storage_class,
            "metageneration": "1",
            "softDeletePolicy": {"retentionDurationSeconds": "604800"},
            "iamConfiguration": {
                "uniformBucketLevelAccess": {"enabled": True},
                "publicAccessPrevention": "enforced",
            },
        }
        if self.retention_seconds:
            found["retentionPolicy"] = {"retentionPeriod": str(self.retention_seconds), "isLocked": True}
        if self.requester_pays:
            found["billing"] = {"requesterPays": True}
        return found | self.settings


@dataclass
class Session:
    """A resumable upload: what was asked for at its beginning, and what came so far."""

    bucket: str
    query: dict[str, str]
    resource: dict[str, Any]
    size_bytes: int | None
    received: bytearray = field(default_factory=bytearray)
    finished: StoredObject | None = None
    is_cancelled: bool = False


def crc32c(data: bytes) -> str:
    """As Cloud Storage writes it."""
    return base64.b64encode(google_crc32c.Checksum(data).digest()).decode()


def md5(data: bytes) -> str:
    """As Cloud Storage writes it."""
    return base64.b64encode(hashlib.md5(data).digest()).decode()


def rfc3339(time: datetime) -> str:
    """As Cloud Storage writes times."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
