"""The library's assets as history's records, and back: the one place where the two meet."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.ids import AssetId
from audobon_cli.history.model.records import Record
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.rows import COLUMN_NAMES, Relation, from_row
from audobon_cli.library.store.writer import AssetChanges
from audobon_cli.storage.transaction import Transaction

CONTENT_COLUMNS = (
    "size_bytes", "width", "height", "mode", "created", "prompt", "model", "quality", "style", "seed",
    "duration_seconds", "recipe", "format", "frames", "derivation", "media",
)  # fmt: skip
"""Columns that describe the bytes; a record holds them under ``content``."""

OWN_COLUMNS = ("name", "kind", "blob", "category", "note", "rating")

_EMPTY: dict[str, Any] = {
    "name": "", "prompt": "", "model": "", "quality": "", "style": "", "seed": None, "recipe": None,
    "derivation": None, "media": None, "mode": "", "duration_seconds": 0.0, "category": "", "note": "", "rating": None,
    "protected": False,
}  # fmt: skip
"""What columns hold that a record leaves out."""

_ROWS = (
    f"SELECT {', '.join(f'a.{name}' for name in COLUMN_NAMES)} FROM json_each(?) j"
    " CROSS JOIN assets a ON a.id = j.value WHERE a.trashed_at IS NULL"
)
_RELATIONS = (
    "SELECT s.id, r.kind, t.id FROM json_each(?) j CROSS JOIN assets s ON s.id = j.value"
    " CROSS JOIN relations r ON r.source = s.number CROSS JOIN assets t ON t.number = r.target"
    " WHERE t.trashed_at IS NULL"
)
_SOURCES = (
    "SELECT s.id FROM json_each(?) j CROSS JOIN assets t ON t.id = j.value"
    " CROSS JOIN relations r ON r.target = t.number CROSS JOIN assets s ON s.number = r.source"
)
_CHUNK = 500


def read_records(statements: Transaction, assets: Iterable[AssetId]) -> dict[AssetId, Record | None]:
    """The records of assets as the library has them now; None for those that are gone or in the trash."""
    wanted = list(assets)
    found: dict[AssetId, Record | None] = dict.fromkeys(wanted)
    for start in range(0, len(wanted), _CHUNK):
        ids = json.dumps(wanted[start : start + _CHUNK])
        relations: dict[AssetId, list[list[str]]] = {}
        for source, kind, target in statements.rows(_RELATIONS, ids):
            relations.setdefault(AssetId(source), []).append([kind, target])
        for row in statements.rows(_ROWS, ids):
            values = dict(zip(COLUMN_NAMES, row, strict=True))
            asset = AssetId(values["id"])
            found[asset] = _record(values, relations.get(asset, []))
    return found


def apply_records(statements: Transaction, records: Mapping[AssetId, Record | None]) -> None:
    """Make the library's assets what ``records`` say: within a transaction, all or none.

    Blobs must be there. An asset in the trash that a record brings back leaves the trash; relations to assets
    that are not there are left out.
    """
    changes = AssetChanges(statements, over_protection=True)  # what a commit has is not lost
    for asset, record in records.items():
        if record is not None:
            _write(statements, changes, record_asset(asset, record))
        elif statements.row(sql.NUMBERED, asset) is not None:
            changes.trash(asset, 0)
            changes.purge(asset)
    for asset, record in records.items():
        if record is not None:
            _relate(statements, changes, asset, record)
    changes.finish()


def sources_of(statements: Transaction, targets: Iterable[AssetId]) -> Iterator[AssetId]:
    """The assets with a relation to one of ``targets``."""
    for (source,) in statements.rows(_SOURCES, json.dumps(list(targets))):
        yield AssetId(source)


def _record(values: dict[str, Any], relations: list[list[str]]) -> Record:
    record: dict[str, Any] = {name: values[name] for name in OWN_COLUMNS}
    record["tags"] = sorted(json.loads(values["tags"]))
    record["relations"] = sorted(relations)
    record["protected"] = True if values["protected"] else None
    record["metadata"] = json.loads(values["metadata"])
    content = {name: values[name] for name in CONTENT_COLUMNS}
    record["content"] = {name: value for name, value in content.items() if value not in (None, "")}
    return {name: value for name, value in record.items() if value not in (None, "", [], {})}


def record_asset(asset: AssetId, record: Record) -> Asset:
    """The asset that a record describes. Raises LibraryCorrupt, KeyError for fields that are missing."""
    values = {
        **_EMPTY,
        **{name: record[name] for name in OWN_COLUMNS if name in record},
        **record.get("content", {}),
        "id": asset,
        "protected": record.get("protected") is True,
        "tags": json.dumps(record.get("tags", []), ensure_ascii=False),
        "metadata": json.dumps(record.get("metadata", {}), ensure_ascii=False),
    }
    return from_row(tuple(values[name] for name in COLUMN_NAMES))


def _write(statements: Transaction, changes: AssetChanges, asset: Asset) -> None:
    if statements.row(sql.NUMBER, asset.id) is None:
        changes.add(asset)
        return
    if statements.row(sql.NUMBERED, asset.id) is None:
        changes.restore(asset.id)
    changes.update(asset)


def _relate(statements: Transaction, changes: AssetChanges, asset: AssetId, record: Record) -> None:
    wanted = {(str(kind), AssetId(target)) for kind, target in record.get("relations", ())}
    rows = statements.rows(_RELATIONS, json.dumps([asset]))
    present = {(str(kind), AssetId(target)) for _, kind, target in rows}
    for kind, target in present - wanted:
        changes.unlink(Relation(asset, kind, target))
    for kind, target in sorted(wanted - present):
        if statements.row(sql.NUMBER, target) is not None:
            changes.link(Relation(asset, kind, target))
