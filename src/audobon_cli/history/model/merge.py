"""Three-way merge of assets, field by field."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.ids import AssetId
from audobon_cli.history.model.records import CONTENT_FIELDS, SCALAR_FIELDS, SET_FIELDS, Record


class Side(StrEnum):
    """Whose version to take where both sides changed the same."""

    OURS = "ours"
    THEIRS = "theirs"


class ConflictKind(StrEnum):
    """Why two changes cannot both be had."""

    CONTENT = "content"
    """Both sides have other bytes."""
    FIELD = "field"
    """Both sides gave one field another value."""
    DELETED = "deleted"
    """One side deleted what the other changed."""
    CREATED = "created"
    """Both sides made an asset of this id, and they differ in bytes."""


@dataclass(frozen=True, slots=True)
class Versions:
    """One asset as the common ancestor and both sides have it; None where it is not."""

    base: Record | None
    ours: Record | None
    theirs: Record | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """An asset that a person must decide. ``fields`` are those in question; empty when the asset is."""

    asset: AssetId
    kind: ConflictKind
    fields: tuple[str, ...]
    versions: Versions


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of one asset: its record (None: gone), or the conflict that leaves it open.

    With a conflict, ``record`` is ours with everything of theirs that is not in question.
    """

    record: Record | None
    conflict: Conflict | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """A decision about one conflict: a side, single fields set by hand, or both kept as two assets."""

    side: Side = Side.OURS
    fields: Mapping[str, Any] | None = None
    both: bool = False


def merge_asset(asset: AssetId, versions: Versions) -> Merged:
    """Merge one asset.

    A change on one side is taken. Sets are merged member by member. Other bytes, another value of the same
    field, and deletion against change, each on both sides, are conflicts.
    """
    base, ours, theirs = versions.base, versions.ours, versions.theirs
    if ours == theirs or theirs == base:
        return Merged(ours)
    if ours == base:
        return Merged(theirs)
    if ours is None or theirs is None:
        conflict = Conflict(asset, ConflictKind.DELETED, (), versions)
        return Merged(ours if ours is not None else theirs, conflict)
    return _merge_fields(asset, versions, base or {}, ours, theirs)


def resolve(conflict: Conflict, merged: Record | None, resolution: Resolution) -> Record | None:
    """The record that a decision gives an asset; ``merged`` is what `merge_asset` made of it.

    ``both`` is decided by the caller, who makes the second asset: here it is the same as OURS.
    """
    versions = conflict.versions
    chosen = versions.theirs if resolution.side is Side.THEIRS else versions.ours
    if conflict.kind is ConflictKind.DELETED:
        record = chosen
    else:
        source = chosen or {}
        record = {**(merged or {}), **{field: source.get(field) for field in conflict.fields}}
    if record is not None and resolution.fields:
        record = {**record, **resolution.fields}
    return record


def _merge_fields(asset: AssetId, versions: Versions, base: Record, ours: Record, theirs: Record) -> Merged:
    merged: dict[str, Any] = dict(ours)
    disputed: list[str] = []
    for field in SET_FIELDS:
        merged[field] = _merge_set(base.get(field, []), ours.get(field, []), theirs.get(field, []))
    for field in SCALAR_FIELDS:
        if _disputed(base, ours, theirs, (field,)):
            disputed.append(field)
        elif ours.get(field) == base.get(field):
            merged[field] = theirs.get(field)
    if _disputed(base, ours, theirs, CONTENT_FIELDS):
        disputed += CONTENT_FIELDS
    elif all(ours.get(field) == base.get(field) for field in CONTENT_FIELDS):
        merged |= {field: theirs.get(field) for field in CONTENT_FIELDS}
    if not disputed:
        return Merged(merged)
    other_bytes = ours.get("blob") != theirs.get("blob") and "blob" in disputed
    kind = ConflictKind.FIELD
    if other_bytes:
        kind = ConflictKind.CREATED if versions.base is None else ConflictKind.CONTENT
    return Merged(merged, Conflict(asset, kind, tuple(disputed), versions))


def _disputed(base: Record, ours: Record, theirs: Record, fields: tuple[str, ...]) -> bool:
    """Whether both sides changed ``fields``, taken together, and not to the same."""
    old, own, other = ([record.get(field) for field in fields] for record in (base, ours, theirs))
    return own not in (old, other) and other != old


def _merge_set(base: list[Any], ours: list[Any], theirs: list[Any]) -> list[Any]:
    """Members of ours and theirs, without those that either side took away, sorted."""
    keyed = [
        {json.dumps(member, ensure_ascii=False): member for member in side} for side in (base, ours, theirs)
    ]
    old, own, other = keyed
    kept = {
        key: member
        for key, member in {**own, **other}.items()
        if (key in own and key in other) or key not in old
    }
    return [kept[key] for key in sorted(kept)]
