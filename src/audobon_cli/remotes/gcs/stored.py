"""What lies in a bucket and is billed: live objects, old versions, and what soft delete still keeps."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from audobon_cli.remotes.gcs.connection import Answered, GcsConnection

FIELDS = (
    "items(name,size,storageClass,timeCreated,timeStorageClassUpdated,timeDeleted,softDeleteTime,hardDeleteTime),"
    "nextPageToken"
)


class ObjectState(StrEnum):
    """Whether an object can be read as it is; all are billed alike."""

    LIVE = "live"
    OLD = "old version"
    DELETED = "soft-deleted"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object, in ``storage_class`` since ``class_since``. ``deleted`` is when it was replaced or deleted, ``ends``
    when it stops to be billed, where that is known."""

    key: str
    size_bytes: int
    storage_class: str
    created: datetime
    class_since: datetime
    state: ObjectState = ObjectState.LIVE
    deleted: datetime | None = None
    ends: datetime | None = None


def stored_objects(connection: GcsConnection, prefix: str, soft_deleted: bool) -> Iterator[StoredObject]:
    """All objects under ``prefix`` with their versions; ``soft_deleted`` lists those that were deleted instead, which
    Cloud Storage never gives together. A page of a thousand at a time.

    Raises what a Remote raises, and TransientRemoteError.
    """
    which = {"soft_deleted": True} if soft_deleted else {"versions": True}
    blobs = connection.ask(
        lambda: connection.client.list_blobs(
            connection.bucket,
            prefix=prefix or None,
            fields=FIELDS,
            timeout=connection.timeout,
            retry=None,
            **which,
        )
    )
    walk = iter(blobs)
    while True:
        try:
            blob = connection.ask(lambda: next(walk, None))
        except Answered as answered:
            raise connection.explain(answered) from answered
        if blob is None:
            return
        yield _stored(blob, prefix)


def _stored(blob: Any, prefix: str) -> StoredObject:
    state = ObjectState.OLD if blob.time_deleted else ObjectState.LIVE
    if blob.soft_delete_time:
        state = ObjectState.DELETED
    return StoredObject(
        key=str(blob.name).removeprefix(prefix),
        size_bytes=int(blob.size or 0),
        storage_class=str(blob.storage_class or ""),
        created=blob.time_created,
        class_since=max(_time(blob, "timeStorageClassUpdated") or blob.time_created, blob.time_created),
        state=state,
        deleted=blob.soft_delete_time or blob.time_deleted,
        ends=blob.hard_delete_time,
    )


def _time(blob: Any, name: str) -> datetime | None:
    """A time that google-cloud-storage has no property for."""
    text = blob._properties.get(name)
    return datetime.fromisoformat(text) if isinstance(text, str) else None
