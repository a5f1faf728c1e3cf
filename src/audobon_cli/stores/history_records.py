"""The library's assets as history's records, and back: the one place where the two meet."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.history.records import Record
from audobon_cli.domain.ids import AssetId
from audobon_cli.stores import asset_sql
from audobon_cli.stores.asset_rows import (
    COLUMN_NAMES,
    Relation,
    RelationKind,
    from_row,
    tags_json,
    to_row,
)
from audobon_cli.stores.database import Statements

CONTENT_COLUMNS = (
    "size_bytes", "width", "height", "mode", "created", "prompt", "model", "quality", "style", "seed",
    "duration_seconds", "recipe",
)  # fmt: skip
"""Columns that describe the bytes; a record holds them under ``content``."""

OWN_COLUMNS = ("name", "kind", "blob", "category", "note", "rating")

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
_UPDATE = (
    "UPDATE assets SET "
    + ", ".join(f"{name} = ?" for name in COLUMN_NAMES)
    + ", recipe_digest = ?, trashed_at = NULL WHERE id = ?"
)
_CHUNK = 500


def read_records(statements: Statements, assets: Iterable[AssetId]) -> dict[AssetId, Record | None]:
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


def apply_records(statements: Statements, records: Mapping[AssetId, Record | None]) -> None:
    """Make the library's assets what ``records`` say: within a transaction, all or none.

    Blobs must be there. An asset in the trash that a record brings back leaves the trash.
    """
    for asset, record in records.items():
        if record is None:
            statements.run("DELETE FROM assets WHERE id = ? AND trashed_at IS NULL", asset)
        else:
            _write(statements, _asset(asset, record))
    for asset, record in records.items():
        if record is not None:
            _relate(statements, asset, record)


def sources_of(statements: Statements, targets: Iterable[AssetId]) -> Iterator[AssetId]:
    """The assets with a relation to one of ``targets``."""
    for (source,) in statements.rows(_SOURCES, json.dumps(list(targets))):
        yield AssetId(source)


def _record(values: dict[str, Any], relations: list[list[str]]) -> Record:
    record: dict[str, Any] = {name: values[name] for name in OWN_COLUMNS}
    record["tags"] = sorted(json.loads(values["tags"]))
    record["relations"] = sorted(relations)
    content = {name: values[name] for name in CONTENT_COLUMNS}
    record["content"] = {name: value for name, value in content.items() if value not in (None, "")}
    return {name: value for name, value in record.items() if value not in (None, "", [], {})}


def _asset(asset: AssetId, record: Record) -> Asset:
    content = record.get("content", {})
    values: dict[str, Any] = {
        "id": asset, "prompt": "", "model": "", "quality": "", "style": "", "seed": None, "recipe": None,
        "duration_seconds": 0.0, "category": "", "note": "", "rating": None,
    }  # fmt: skip
    values |= {name: record[name] for name in OWN_COLUMNS if name in record} | content
    values["tags"] = json.dumps(record.get("tags", []), ensure_ascii=False)
    return from_row(tuple(values[name] for name in COLUMN_NAMES))


def _write(statements: Statements, asset: Asset) -> None:
    row = to_row(asset)
    statements.run(asset_sql.ADD_BLOB, asset.blob, asset.size_bytes, row[COLUMN_NAMES.index("created")])
    if not statements.run(_UPDATE, *row, asset.id):
        statements.run(asset_sql.INSERT, *row)
    number = _number(statements, asset.id)
    statements.run("DELETE FROM asset_tags WHERE asset = ?", number)
    for tag in asset.tags:
        statements.run(asset_sql.ADD_TAG, tag)
        statements.run(asset_sql.TAG_ASSET, number, tag)
    words = statements.tokens(" ".join((asset.name, asset.prompt, tags_json(asset), asset.note)))
    statements.run(asset_sql.ADD_WORDS, json.dumps(words, ensure_ascii=False))


def _relate(statements: Statements, asset: AssetId, record: Record) -> None:
    number = _number(statements, asset)
    wanted = {(str(kind), str(target)) for kind, target in record.get("relations", ())}
    rows = statements.rows(
        "SELECT r.kind, t.id FROM relations r CROSS JOIN assets t ON t.number = r.target"
        " WHERE r.source = ? AND t.trashed_at IS NULL",
        number,
    )
    present = {(kind, target) for kind, target in rows}
    for kind, target in present - wanted:
        statements.run(
            "DELETE FROM relations WHERE source = ? AND kind = ? AND target = (SELECT number FROM assets WHERE id = ?)",
            number, kind, target,
        )  # fmt: skip
    for kind, target in sorted(wanted - present):
        relation = Relation(asset, RelationKind(kind), AssetId(target))
        statements.run(asset_sql.RELATE, relation.kind.value, relation.source, relation.target)


def _number(statements: Statements, asset: AssetId) -> int:
    row = statements.row("SELECT number FROM assets WHERE id = ?", asset)
    assert row is not None
    return int(row[0])
