"""The assets of a library: adding, finding, listing and searching them.

Everything here sees living assets only; what lies in the trash is not found.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AssetNotFound
from audobon_cli.domain.foreign.text import plain
from audobon_cli.domain.ids import ASSET_ID_ALPHABET, ASSET_ID_LENGTH, AssetId, BlobId, RecipeDigest
from audobon_cli.library.paging import Order, Paging
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.ambiguity import LATEST, MAX_CANDIDATES, ambiguous
from audobon_cli.library.store.listing import walk, walk_positions
from audobon_cli.library.store.rows import Relation, from_row
from audobon_cli.library.store.search.hits import Hits
from audobon_cli.storage.database import Database
from audobon_cli.storage.transaction import Transaction

if TYPE_CHECKING:
    from audobon_cli.library.store.positions import Positions
    from audobon_cli.library.store.search.index import Near, Search
    from audobon_cli.library.store.search.query import AllOf

MIN_PREFIX_LENGTH = 4
SHORT_ID_LENGTH = 7
"""Of the shortest ids that are shown; more where another begins alike."""
MAX_NEAR_NAMES = 3
NEAR_NAME_POOL = 500
MAX_PICKED = 25_000
"""Of the assets with one name, beginning of an id or relation a page is made of at most so many."""

ID_PREFIX = re.compile(f"[{ASSET_ID_ALPHABET}]{{{MIN_PREFIX_LENGTH},{ASSET_ID_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class AssetPage:
    """Some assets out of ``total``; ``after`` is the cursor of the next page, None on the last.

    ``near`` are those that do not hold the words asked for, but words of like meaning; ``total`` does not
    count them.
    ``total_is_exact`` is false when a search stopped counting at SEARCH_CAP.
    """

    assets: tuple[Asset, ...]
    total: int
    after: str | None = None
    total_is_exact: bool = True
    near: frozenset[AssetId] = frozenset()


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

    def short_ids(self, ids: Iterable[AssetId]) -> dict[AssetId, str]:
        """How each of ``ids`` begins, as long as it takes to tell it from all others, those in the trash too; at
        least SHORT_ID_LENGTH characters. Two look-ups each."""
        short = {}
        with self._database.read() as statements:
            for one in ids:
                near = statements.row(sql.NEIGHBOURS, one, one) or ()
                alike = max((_alike(one, other) for other in near if other), default=0)
                short[one] = one[: max(alike + 1, SHORT_ID_LENGTH)]
        return short

    def resolve(self, reference: str) -> Asset:
        """The asset that ``reference`` means: a whole id, the beginning of one (4 characters), or a name; the newest
        of a name that ends in ``@latest``.

        Raises AssetNotFound, with near names in the details, or AssetAmbiguous, with the candidates:
        also when one asset's id and another's name both fit, because guessing could hit the wrong one.
        """
        reference = plain(reference)
        if reference.endswith(LATEST):
            return self._latest(reference)
        lowered = reference.lower()
        rows: dict[str, tuple[object, ...]] = {}
        with self._database.read() as statements:
            if ID_PREFIX.fullmatch(lowered):
                found = statements.rows(sql.BY_ID_PREFIX, lowered, lowered + sql.BEYOND, MAX_CANDIDATES + 1)
                if len(lowered) == ASSET_ID_LENGTH and found:
                    return from_row(found[0])
                rows.update((row[0], row) for row in found)
            rows.update((row[0], row) for row in statements.rows(sql.BY_NAME, reference, MAX_CANDIDATES + 1))
            if not rows:
                raise self._not_found(reference)
        assets = [from_row(row) for row in rows.values()]
        if len(assets) > 1:
            raise ambiguous(reference, assets)
        return assets[0]

    def is_called(self, name: str) -> bool:
        """Whether a living asset has this name."""
        with self._database.read() as statements:
            return bool(statements.rows(sql.BY_NAME, name, 1))

    def _latest(self, reference: str) -> Asset:
        with self._database.read() as statements:
            row = statements.row(sql.NEWEST_OF_NAME, reference.removesuffix(LATEST))
        if row is None:
            raise self._not_found(reference)
        return from_row(row)

    def find(self, query: "AllOf", paging: Paging, near: "Near | None" = None) -> AssetPage:
        """One page of the assets that answer ``query``; ``near`` adds those of like meaning, by relevance.

        Paging is stable: assets that are added meanwhile appear on no later page, and none is skipped
        or repeated. Raises QueryInvalid, InvalidInput for what is no cursor, and what `resolve` raises
        for the assets that relations are asked for.
        """
        paging = replace(paging, limit=max(paging.limit, 0))
        with self._database.read() as statements:
            search = self._search(statements, query, near, MAX_PICKED)
            if search.wants_all:
                return self._page_of_all(statements, paging)
            return _page(statements, search.page(paging))

    def every(self, paging: Paging) -> AssetPage:
        """One page of all assets; see `find`. Spares importing what answers queries."""
        with self._database.read() as statements:
            return self._page_of_all(statements, replace(paging, limit=max(paging.limit, 0)))

    def positions(self, query: "AllOf | None", order: Order, step: int) -> "Positions":
        """Where pages of ``step`` begin in what answers ``query`` (None: all assets) word for word, in the order in
        which `find` gives it. Raises InvalidInput for a step that is too small or too large, and as `find` does."""
        from audobon_cli.library.store.positions import check_step

        check_step(step)
        with self._database.read() as statements:
            search = None if query is None else self._search(statements, query, None, MAX_PICKED)
            if search is None or search.wants_all:
                return walk_positions(statements, Order.NEWEST if order is Order.RELEVANCE else order, step)
            return search.positions(order, step)

    def _page_of_all(self, statements: Transaction, paging: Paging) -> AssetPage:
        if paging.order is Order.RELEVANCE:
            paging = replace(paging, order=Order.NEWEST)
        return _page(statements, walk(statements, paging, self._count(statements)))

    def all(self, query: "AllOf") -> tuple[Asset, ...]:
        """Every asset that answers ``query`` word for word, without a cap, oldest first.

        Memory and time grow with the number found. Raises as `find` does.
        """
        with self._database.read() as statements:
            numbers = self._search(statements, query, None, None).all()
            rows = [statements.row(sql.BY_NUMBER, number) for number in numbers]
        return tuple(from_row(row) for row in rows if row is not None)

    def list(self, limit: int = 50, after: str | None = None) -> AssetPage:
        """The newest assets; see `find`."""
        return self.every(Paging(Order.NEWEST, limit, after))

    def search(self, text: str, limit: int = 50) -> AssetPage:
        """The assets that answer the query ``text``, best first; see `find`. Blank text lists the newest."""
        from audobon_cli.library.store.search.query import parse_query

        return self.find(parse_query(text), Paging(Order.RELEVANCE, limit))

    def matching(self, text: str) -> tuple[Asset, ...]:
        """All assets that answer the query ``text``; see `all`."""
        from audobon_cli.library.store.search.query import parse_query

        return self.all(parse_query(text))

    def _search(
        self, statements: Transaction, query: "AllOf", near: "Near | None", most: int | None
    ) -> "Search":
        from audobon_cli.library.store.search.picking import search

        return search(statements, query, lambda reference: self.resolve(reference).id, near, most)

    def recorded(self, blobs: Iterable[BlobId]) -> set[BlobId]:
        """Those of ``blobs`` that an asset has, be it in the trash."""
        with self._database.read() as statements:
            return {BlobId(row[0]) for row in statements.rows(sql.RECORDED, json.dumps([*blobs]))}

    def find_same(self, blob: BlobId, recipe: RecipeDigest | None) -> Asset | None:
        """The oldest asset with this very blob and recipe (None: without one), or None."""
        with self._database.read() as statements:
            row = statements.row(sql.SAME, blob, recipe)
        return from_row(row) if row is not None else None

    def holding(self, blob: BlobId) -> Asset | None:
        """The oldest living asset with this very blob, one that says how it was made before others; or None."""
        with self._database.read() as statements:
            row = statements.row(sql.HOLDING, blob)
        return from_row(row) if row is not None else None

    def drawn_from_pictures(self) -> tuple[Asset, ...]:
        """The living assets whose recipes name pictures that they were drawn from, oldest first; reads all recipes."""
        with self._database.read() as statements:
            return tuple(map(from_row, statements.rows(sql.DRAWN_FROM_PICTURES)))

    def find_same_bytes(self, blob: BlobId, origin: RecipeDigest | None) -> Asset | None:
        """As find_same; else any with this blob, unless ``origin`` tells more than that does."""
        same = self.find_same(blob, origin)
        if same is not None:
            return same
        other = self.holding(blob)
        explained = other is not None and (other.recipe is not None or other.derivation is not None)
        return other if explained or origin is None else None

    def of_recipe(self, recipe: RecipeDigest) -> Asset | None:
        """The oldest asset that was made by exactly this recipe, or None."""
        with self._database.read() as statements:
            row = statements.row(sql.OF_RECIPE, recipe)
        return from_row(row) if row is not None else None

    def reject(self, transaction: Transaction, recipe: RecipeDigest) -> None:
        """Note that the picture of ``recipe`` is not worth keeping."""
        transaction.run(sql.REJECT, recipe)

    def is_rejected(self, recipe: RecipeDigest) -> bool:
        """Whether the picture of ``recipe`` was found not to be worth keeping."""
        with self._database.read() as statements:
            return statements.row(sql.IS_REJECTED, recipe) is not None

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
            rows = statements.rows(sql.BLOBS_BETWEEN, shard, shard + sql.BEYOND)
        return {BlobId(blob): bool(used) for blob, used in rows}

    def problems(self) -> tuple[str, ...]:
        """Where the records contradict each other; empty when they do not."""
        with self._database.read() as statements:
            return tuple(row[0] for query in sql.CONTRADICTIONS for row in statements.rows(query))

    def _count(self, statements: Transaction) -> int:
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
            from audobon_cli.library.store.search.fts import beginnings
            from audobon_cli.library.store.search.tokenizer import words

            expression = beginnings(words(reference))
            if not expression:
                return ()
            names = [row[0] for row in statements.rows(sql.HIT_NAMES, expression, NEAR_NAME_POOL)]
        import difflib

        return tuple(difflib.get_close_matches(reference, names, n=MAX_NEAR_NAMES))


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next(
        (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(one)
    )


def _page(statements: Transaction, hits: Hits) -> AssetPage:
    rows = {number: statements.row(sql.BY_NUMBER, number) for number in hits.numbers}
    assets = {number: from_row(row) for number, row in rows.items() if row is not None}
    by_meaning = frozenset(assets[number].id for number in hits.near)
    return AssetPage(tuple(assets.values()), hits.total, hits.after, hits.total_is_exact, by_meaning)
