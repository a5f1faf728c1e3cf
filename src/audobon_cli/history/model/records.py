"""An asset's record as history keeps it: canonical JSON, named by its hash."""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NewType

from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.domain.serialization import canonical_json

ObjectHash = NewType("ObjectHash", bytes)
"""SHA-256 of an object's canonical bytes: 32 bytes."""

Record = Mapping[str, Any]
"""All that history knows of one asset, JSON-ready. Fields that have their empty value are left out."""

CONTENT_FIELDS = ("blob", "content")
"""What the bytes are and how they came to be; changes and conflicts together, because the parts describe one thing."""

SET_FIELDS = ("tags", "relations")
"""Fields that are sets: lists without order or repetition, merged member by member."""

SCALAR_FIELDS = ("name", "kind", "category", "note", "rating", "metadata", "protected")
"""Fields that have one value each."""


class RecordChange(StrEnum):
    """What happened to an asset between two states."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    """Another category, and nothing else."""
    CHANGED = "changed"


def canonical(value: object) -> bytes:
    """The bytes of canonical_json: UTF-8."""
    return canonical_json(value).encode()


def record_bytes(record: Record) -> bytes:
    """The canonical bytes of a record: sets sorted, empty fields left out."""
    kept = {key: _sorted(key, value) for key, value in record.items() if value not in (None, "", [], {})}
    return canonical(kept)


def record_from(content: bytes) -> Record:
    """The inverse of `record_bytes`."""
    record: dict[str, Any] = json.loads(content)
    return record


def object_hash(content: bytes) -> ObjectHash:
    """The name of an object."""
    return ObjectHash(hashlib.sha256(content).digest())


def blob_of(record: Record) -> BlobId:
    """The blob that a record names."""
    return BlobId(record["blob"])


def changed_fields(before: Record, after: Record) -> tuple[str, ...]:
    """The names of the fields in which two records differ, in alphabetical order.

    Of the fields under ``content`` each that differs is named by itself, as ``content.prompt``.
    """
    names = []
    for field in sorted({*before, *after}):
        old, new = before.get(field), after.get(field)
        if old == new:
            continue
        if field == "content":
            inner_old, inner_new = old or {}, new or {}
            names += [
                f"content.{name}"
                for name in sorted({*inner_old, *inner_new})
                if inner_old.get(name) != inner_new.get(name)
            ]
        else:
            names.append(field)
    return tuple(names)


def classify(before: Record | None, after: Record | None) -> RecordChange:
    """What happened to an asset. At least one of the two is a record, and they differ."""
    if before is None:
        return RecordChange.ADDED
    if after is None:
        return RecordChange.REMOVED
    return RecordChange.MOVED if changed_fields(before, after) == ("category",) else RecordChange.CHANGED


def relation_targets(record: Record) -> frozenset[AssetId]:
    """The assets that a record's relations name."""
    return frozenset(AssetId(target) for _, target in record.get("relations", ()))


def _sorted(field: str, value: Any) -> Any:
    if field not in SET_FIELDS:
        return value
    distinct = {json.dumps(member, ensure_ascii=False): member for member in value}
    return [distinct[key] for key in sorted(distinct)]
