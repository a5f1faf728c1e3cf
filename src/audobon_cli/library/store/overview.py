"""Looking over a library: likeness, counts, the trash, what gc has marked."""

import json
from collections.abc import Sequence
from datetime import datetime

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.foreign.text import plain
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.ambiguity import MAX_CANDIDATES
from audobon_cli.library.store.assets import ID_PREFIX
from audobon_cli.library.store.rows import RelationKind, from_row, moment
from audobon_cli.library.store.search.perceptual_hashes import nearest, pairs
from audobon_cli.media.types import NO_APPEARANCE, Appearance
from audobon_cli.storage.database import Database

Colours = tuple[tuple[int, int, int], ...]
"""Of Appearance.colors."""


def _colours(written: str) -> Colours:
    return tuple((red, green, blue) for red, green, blue in json.loads(written))


class AssetSurvey:
    """Over the assets in ``database``. Every method may raise what Database raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_numbers(self, numbers: Sequence[int]) -> tuple[Asset, ...]:
        """The living assets with these row numbers, in their order."""
        with self._database.read() as statements:
            rows = [statements.row(sql.BY_NUMBER, number) for number in numbers]
        return tuple(from_row(row) for row in rows if row is not None)

    def without_appearance(self, limit: int) -> tuple[Asset, ...]:
        """The oldest living assets whose pixels were not looked at yet, or whose hash is that of nothing though they
        have colours: so plain pictures were kept before 29 November 2026."""
        with self._database.read() as statements:
            rows = statements.rows(sql.WITHOUT_APPEARANCE, limit) or statements.rows(sql.ZERO_LOOKS, limit)
            return tuple(from_row(row) for row in rows)

    def count_without_appearance(self) -> int:
        """How many living assets were not looked at yet."""
        with self._database.read() as statements:
            row = statements.row(sql.COUNT_WITHOUT_APPEARANCE)
        return int(row[0]) if row else 0

    def hash_of(self, asset: AssetId) -> tuple[int, int]:
        """The row number of an asset, and the hash of its look (unsigned; 0 for none)."""
        with self._database.read() as statements:
            row = statements.row(sql.HASH_OF, asset)
        return (int(row[0]), int(row[1]) % (1 << 64)) if row is not None else (0, 0)

    def look_of(self, number: int) -> Appearance:
        """The look of the asset with this row number."""
        with self._database.read() as statements:
            row = statements.row(sql.LOOK, number)
        return Appearance(int(row[0]) % (1 << 64), _colours(row[1])) if row is not None else NO_APPEARANCE

    def colours_by_hash(self, dhash: int) -> list[tuple[int, Colours]]:
        """The row numbers of the living assets with the hash ``dhash``, and their chief colours."""
        signed = dhash - (1 << 64) if dhash >> 63 else dhash
        with self._database.read() as statements:
            return [(int(row[0]), _colours(row[1])) for row in statements.rows(sql.LOOKS_OF_HASH, signed)]

    def near_hashes(self, dhash: int, bits: int, limit: int) -> list[tuple[int, int]]:
        """Row numbers of living assets whose hash differs in at most ``bits`` bits, with how many: nearest first."""
        with self._database.read() as statements:
            return nearest(statements, dhash, bits, limit)

    def hash_pairs(self, bits: int) -> list[tuple[int, int]]:
        """Pairs of row numbers of living assets whose hashes differ in at most ``bits`` (0 to 3) bits.

        Of many alike only so many pairs come as join them all. About 3 s for a million assets.
        """
        with self._database.read() as statements:
            return pairs(statements, bits)

    def same_blobs(self) -> list[list[int]]:
        """The row numbers of living assets with the same bytes, group by group. Reads the whole index."""
        with self._database.read() as statements:
            return [json.loads(row[0]) for row in statements.rows(sql.SAME_BLOBS)]

    def facets(self, field: str) -> list[tuple[str, int, int]]:
        """The values of ``field`` that living assets have, each with the number of assets and their bytes."""
        with self._database.read() as statements:
            rows = statements.rows(sql.FACETS_FROM, f"{field}:", f"{field};")
        return [(row[1][len(field) + 1 :], row[2], row[3]) for row in rows if row[2] > 0]

    def gc_marks(self, shard: str) -> dict[BlobId, int]:
        """When each stored file that begins with ``shard`` was first found unused, in microseconds."""
        with self._database.read() as statements:
            return {BlobId(row[0]): row[1] for row in statements.rows(sql.MARKS, shard, shard + sql.BEYOND)}

    def trashed(self, limit: int) -> tuple[tuple[Asset, datetime], ...]:
        """What lies in the trash and since when, the last thrown away first."""
        with self._database.read() as statements:
            rows = statements.rows(sql.TRASHED, limit)
        return tuple((from_row(row[1:]), moment(row[0])) for row in rows)

    def find_trashed(self, reference: str) -> tuple[Asset, ...]:
        """The assets in the trash with this id, beginning of an id (4 characters) or name."""
        reference = plain(reference)
        lowered = reference.lower()
        with self._database.read() as statements:
            rows = statements.rows(sql.TRASHED_NAMED, reference, MAX_CANDIDATES + 1)
            if ID_PREFIX.fullmatch(lowered):
                rows += statements.rows(sql.TRASHED_BY_ID, lowered, lowered + sql.BEYOND, MAX_CANDIDATES + 1)
        return tuple({row[0]: from_row(row) for row in rows}.values())

    def count_trashed(self) -> int:
        """How many assets lie in the trash."""
        with self._database.read() as statements:
            row = statements.row(sql.COUNT_TRASHED)
        return int(row[0]) if row else 0

    def unused_since(
        self, before: int, unrated: bool, kinds: Sequence[str], limit: int
    ) -> tuple[tuple[Asset, ...], int]:
        """Living assets of ``kinds`` from before a moment (microseconds), the oldest first, that nothing uses; and how
        many of that age something uses. With ``unrated`` only those without a rating."""
        asked = (before, unrated, json.dumps(list(kinds)))
        with self._database.read() as statements:
            rows = statements.rows(sql.OLD_UNUSED, *asked, limit)
            kept = statements.row(sql.COUNT_OLD_USED, *asked)
        return tuple(map(from_row, rows)), int(kept[0]) if kept else 0

    def stored(self) -> tuple[int, int]:
        """How many stored files the database names, and their bytes together."""
        with self._database.read() as statements:
            totals = {name: value for name, value in statements.rows(sql.TOTALS)}
        return totals["blobs"], totals["blob_bytes"]

    def most_used(self, limit: int) -> tuple[tuple[str, str, int], ...]:
        """Id, name and number of derived assets of those that most derive from."""
        with self._database.read() as statements:
            rows = statements.rows(sql.MOST_USED, RelationKind.DERIVED_FROM, limit)
        return tuple((row[0], row[1], row[2]) for row in rows)
