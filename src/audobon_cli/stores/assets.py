"""The assets of a library: adding, finding, listing and searching them.

Everything here sees living assets only; what lies in the trash is not found.
"""

import difflib
import re
from dataclasses import dataclass

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AssetAmbiguous, AssetNotFound, InvalidInput
from audobon_cli.domain.ids import ASSET_ID_ALPHABET, ASSET_ID_LENGTH, AssetId, BlobId, RecipeDigest
from audobon_cli.stores import asset_sql as sql
from audobon_cli.stores.asset_rows import Relation, from_row
from audobon_cli.stores.asset_search import best_first, newest_hits
from audobon_cli.stores.database import Database, Statements
from audobon_cli.stores.search_text import beginnings, plain
from audobon_cli.stores.search_words import words

MIN_PREFIX_LENGTH = 4
MAX_CANDIDATES = 10
MAX_NEAR_NAMES = 3
NEAR_NAME_POOL = 500
SEARCH_CAP = 1000
"""Of a search with more hits than this the newest so many are ranked; older ones are not looked at."""

_ID_PREFIX = re.compile(f"[{ASSET_ID_ALPHABET}]{{{MIN_PREFIX_LENGTH},{ASSET_ID_LENGTH}}}")
_CURSOR = re.compile(r"[0-9]{1,18}")
_BEYOND = "{"  # sorts after every character of an id: what lies between P and P + this begins with P


@dataclass(frozen=True, slots=True)
class AssetPage:
    """Some assets out of ``total``; ``after`` is the cursor of the next page, None on the last.

    ``total_is_exact`` is false when a search stopped counting at SEARCH_CAP.
    """

    assets: tuple[Asset, ...]
    total: int
    after: str | None = None
    total_is_exact: bool = True


class AssetStore:
    """The assets in ``database``. Every method may raise what Database raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, asset: AssetId) -> Asset:
        """The asset with exactly this id. Raises AssetNotFound."""
        with self._database.read() as statements:
            row = statements.row(sql.BY_ID, asset)
        if row is None:
            raise self._not_found(asset)
        return from_row(row)

    def resolve(self, reference: str) -> Asset:
        """The asset that ``reference`` means: a whole id, the beginning of one (4 characters), or a name.

        Raises AssetNotFound, with near names in the details, or AssetAmbiguous, with the candidates:
        also when one asset's id and another's name both fit, because guessing could hit the wrong one.
        """
        reference = plain(reference)
        lowered = reference.lower()
        rows: dict[str, tuple[object, ...]] = {}
        with self._database.read() as statements:
            if _ID_PREFIX.fullmatch(lowered):
                found = statements.rows(sql.BY_ID_PREFIX, lowered, lowered + _BEYOND, MAX_CANDIDATES + 1)
                if len(lowered) == ASSET_ID_LENGTH and found:
                    return from_row(found[0])
                rows.update((row[0], row) for row in found)
            rows.update((row[0], row) for row in statements.rows(sql.BY_NAME, reference, MAX_CANDIDATES + 1))
            if not rows:
                raise self._not_found(reference)
        assets = [from_row(row) for row in rows.values()]
        if len(assets) > 1:
            raise _ambiguous(reference, assets)
        return assets[0]

    def list(self, limit: int = 50, after: str | None = None) -> AssetPage:
        """Assets from the newest on, at most ``limit``, behind the cursor ``after`` of an earlier page.

        Paging is stable: assets that are added meanwhile appear on no later page, and none is skipped
        or repeated. Raises InvalidInput for what is not a cursor.
        """
        limit = max(limit, 0)
        with self._database.read() as statements:
            total = self._count(statements)
            if after is None:
                rows = statements.rows(sql.NEWEST, limit + 1)
            else:
                rows = statements.rows(sql.NEWEST_AFTER, _parse_cursor(after), limit + 1)
        shown = rows[:limit]
        more = len(rows) > limit and shown
        cursor = str(shown[-1][0]) if more else None
        return AssetPage(tuple(from_row(row[1:]) for row in shown), total, cursor)

    def search(self, text: str, limit: int = 50) -> AssetPage:
        """Assets with every word of ``text`` at the beginning of a word of name, prompt, tags or note.

        Best first (see `relevance`); blank text lists the newest. No text is an error. A search with
        more than SEARCH_CAP hits ranks the newest SEARCH_CAP of them and says so.
        """
        if not text.strip():
            return self.list(limit)
        limit = max(limit, 0)
        with self._database.read() as statements:
            wanted = words(text)
            hits = newest_hits(statements, wanted, SEARCH_CAP + 1)
            best = best_first(statements, wanted, hits[:SEARCH_CAP])[:limit]
            rows = [statements.row(sql.BY_NUMBER, number) for number in best]
        assets = tuple(from_row(row) for row in rows if row is not None)
        return AssetPage(assets, min(len(hits), SEARCH_CAP), total_is_exact=len(hits) <= SEARCH_CAP)

    def matching(self, text: str) -> tuple[Asset, ...]:
        """All assets that ``search`` would find, without its cap, oldest first; every asset for no text.

        Memory and time grow with the number found.
        """
        with self._database.read() as statements:
            if text.strip():
                numbers = newest_hits(statements, words(text))[::-1]
            else:
                numbers = [number for (number,) in statements.rows(sql.OLDEST_NUMBERS)]
            rows = [statements.row(sql.BY_NUMBER, number) for number in numbers]
        return tuple(from_row(row) for row in rows if row is not None)

    def find_same(self, blob: BlobId, recipe: RecipeDigest | None) -> Asset | None:
        """The oldest asset with this very blob and recipe (None: without one), or None."""
        with self._database.read() as statements:
            row = statements.row(sql.SAME, blob, recipe)
        return from_row(row) if row is not None else None

    def count(self) -> int:
        """How many assets there are."""
        with self._database.read() as statements:
            return self._count(statements)

    def count_blobs(self) -> int:
        """How many blobs the database names."""
        with self._database.read() as statements:
            row = statements.row(sql.COUNT_BLOBS)
        return int(row[0]) if row else 0

    def relations(self, asset: AssetId) -> tuple[Relation, ...]:
        """The relations from and to ``asset``."""
        with self._database.read() as statements:
            rows = statements.rows(sql.RELATIONS_FROM, asset) + statements.rows(sql.RELATIONS_TO, asset)
        return tuple(Relation(AssetId(row[0]), row[1], AssetId(row[2])) for row in rows)

    def related_to(self, target: AssetId, kind: str) -> tuple[Asset, ...]:
        """The living assets that are ``kind`` of ``target``, oldest first."""
        with self._database.read() as statements:
            rows = statements.rows(sql.SOURCES, target, kind)
        return tuple(from_row(row) for row in rows)

    def of_blob(self, blob: BlobId) -> tuple[AssetId, ...]:
        """The assets whose bytes are ``blob``, those in the trash too."""
        with self._database.read() as statements:
            return tuple(AssetId(row[0]) for row in statements.rows(sql.BLOB_ASSETS, blob))

    def blobs_in_shard(self, shard: str) -> dict[BlobId, bool]:
        """The blobs named by the database that begin with ``shard``, and whether an asset uses each."""
        with self._database.read() as statements:
            rows = statements.rows(sql.BLOBS_BETWEEN, shard, shard + _BEYOND)
        return {BlobId(blob): bool(used) for blob, used in rows}

    def problems(self) -> tuple[str, ...]:
        """Where the records contradict each other; empty when they do not."""
        with self._database.read() as statements:
            return tuple(row[0] for query in sql.CONTRADICTIONS for row in statements.rows(query))

    def _count(self, statements: Statements) -> int:
        row = statements.row(sql.COUNT)
        return int(row[0]) if row else 0

    def _not_found(self, reference: str) -> AssetNotFound:
        near = self._near_names(reference)
        hint = f"did you mean {', '.join(near)}?" if near else "list them with `audobon assets list`"
        return AssetNotFound(
            f"No asset is called {reference!r}, and none has an id that begins so.",
            hint=hint,
            reference=reference,
            near_names=[*near],
        )

    def _near_names(self, reference: str) -> tuple[str, ...]:
        """Names like ``reference`` among the newest that share the first letters of a word with it."""
        with self._database.read() as statements:
            expression = beginnings(words(reference))
            if not expression:
                return ()
            names = [row[0] for row in statements.rows(sql.HIT_NAMES, expression, NEAR_NAME_POOL)]
        return tuple(difflib.get_close_matches(reference, names, n=MAX_NEAR_NAMES))


def _ambiguous(reference: str, assets: list[Asset]) -> AssetAmbiguous:
    shown = assets[:MAX_CANDIDATES]
    count = f"{len(shown)} assets" if len(assets) <= MAX_CANDIDATES else f"More than {MAX_CANDIDATES} assets"
    return AssetAmbiguous(
        f"{count} go by {reference!r}.",
        hint=f"name one by its id, such as {shown[0].id}; `audobon assets list` shows them",
        reference=reference,
        candidates=[
            {"id": asset.id, "name": asset.name, "created": asset.created.isoformat()} for asset in shown
        ],
    )


def _parse_cursor(text: str) -> int:
    if _CURSOR.fullmatch(text) is None:
        raise InvalidInput(
            f"{text!r} is not a page cursor.", hint="give the `after` of an earlier page of the same list"
        )
    return int(text)
