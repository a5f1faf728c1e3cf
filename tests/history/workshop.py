"""A small library to try history on: assets are filed for real, and edited through the store."""

from collections.abc import Mapping
from typing import Any

from audobon_cli.domain.ids import AssetId
from audobon_cli.history.model.records import Record
from audobon_cli.history.store.asset_records import apply_records, read_records
from audobon_cli.library.add import add_asset
from audobon_cli.library.store.library import Library
from tests.library.samples import draft, picture

AUTHOR = "tester"


def add(library: Library, name: str, number: int) -> AssetId:
    """File a new picture."""
    return add_asset(library, draft(name), picture(number)).asset.id


def record(library: Library, asset: AssetId) -> Record | None:
    """An asset as it is now."""
    with library.database.read() as statements:
        return read_records(statements, [asset])[asset]


def edit(library: Library, asset: AssetId, **fields: Any) -> None:
    """Change fields of an asset."""
    known = record(library, asset)
    assert known is not None
    put(library, {asset: {**known, **fields}})


def remove(library: Library, asset: AssetId) -> None:
    """Delete an asset."""
    put(library, {asset: None})


def put(library: Library, records: Mapping[AssetId, Record | None]) -> None:
    """Make assets what the records say."""
    with library.database.transaction() as statements:
        apply_records(statements, records)


def snapshot(library: Library) -> dict[AssetId, Record]:
    """Every asset with its record."""
    with library.database.read() as statements:
        ids = [AssetId(row[0]) for row in statements.rows("SELECT id FROM assets WHERE trashed_at IS NULL")]
        return {asset: found for asset, found in read_records(statements, ids).items() if found is not None}
