"""How assets were made out of others, what was measured of them, and putting other content into one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from audobon_cli.domain.derivation import Derivation, derivation_from_json
from audobon_cli.domain.errors import LibraryCorrupt
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.stores import derivation_sql as sql
from audobon_cli.stores.asset_rows import microseconds
from audobon_cli.stores.asset_sql import ADD_BLOB
from audobon_cli.stores.database import Database, Statements


@dataclass(frozen=True, slots=True)
class Content:
    """The part of an asset that its file decides; ``mode`` is Pillow's, sizes are pixels."""

    blob: BlobId
    size_bytes: int
    width: int
    height: int
    mode: str = "RGBA"


class DerivationStore:
    """The derivations and measures in ``database``. Every method may raise what Database raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, transaction: Statements, asset: AssetId, derivation: Derivation) -> None:
        """Record how ``asset`` was made, within ``transaction``; its relations are the caller's."""
        transaction.run(sql.ADD, derivation.to_json(), asset)

    def get(self, asset: AssetId) -> Derivation | None:
        """How ``asset`` was made; None for what was not made out of others. Raises LibraryCorrupt."""
        with self._database.read() as statements:
            row = statements.row(sql.GET, asset)
        if row is None:
            return None
        try:
            return derivation_from_json(row[0])
        except ValueError as error:
            raise LibraryCorrupt(
                f"The derivation of asset {asset} in the library's database is damaged: {error}.",
                hint="run `audobon assets verify`",
                asset=asset,
            ) from error

    def children(self, asset: AssetId) -> tuple[AssetId, ...]:
        """The living assets that were made out of ``asset`` and can be made again, oldest first."""
        with self._database.read() as statements:
            return tuple(AssetId(row[0]) for row in statements.rows(sql.CHILDREN, asset))

    def find_same(self, blob: BlobId, derivation: Derivation) -> AssetId | None:
        """The oldest living asset of these bytes that was made this way, or None."""
        with self._database.read() as statements:
            row = statements.row(sql.SAME, blob, derivation.to_json())
        return AssetId(row[0]) if row is not None else None

    def replace_content(
        self, transaction: Statements, asset: AssetId, content: Content, derivation: Derivation | None
    ) -> None:
        """Give ``asset`` other bytes, which must be durable already, made as ``derivation`` says (None: by
        nothing known). Its recipe, which made the old ones, goes; so do its measures."""
        transaction.run(ADD_BLOB, content.blob, content.size_bytes, microseconds(datetime.now(UTC)))
        values = (content.blob, content.size_bytes, content.width, content.height, content.mode)
        transaction.run(sql.REPLACE, *values, asset)
        transaction.run(sql.FORGET_MEASURES, asset)
        transaction.run(sql.FORGET, asset)
        if derivation is not None:
            self.add(transaction, asset, derivation)

    def trash(self, transaction: Statements, asset: AssetId) -> None:
        """Put ``asset`` into the trash."""
        transaction.run(sql.TRASH, microseconds(datetime.now(UTC)), asset)

    def measure(self, transaction: Statements, asset: AssetId, gates: Mapping[str, float]) -> None:
        """Record what was measured of ``asset``; what was recorded of the same gates before is replaced."""
        now = microseconds(datetime.now(UTC))
        transaction.run(sql.MEASURE, json.dumps(gates, sort_keys=True), now, asset)

    def measures(self, asset: AssetId) -> dict[str, float]:
        """What was last measured of ``asset`` as it is now; empty when nothing was."""
        with self._database.read() as statements:
            row = statements.row(sql.MEASURES, asset)
        return dict(json.loads(row[0])) if row is not None else {}
