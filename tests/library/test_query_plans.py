"""Every statement that grows with the library is answered from an index: SQLite's own plan says so."""

from collections.abc import Iterator

import pytest

from audobon_cli.library.store import sql as asset_sql
from audobon_cli.library.store.library import Library


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    library = Library.create(tmp_path_factory.mktemp("plans"))
    yield library
    library.close()


PLANS = {
    # VIRTUAL TABLE INDEX 192: rows in descending order, 64: ascending; M2: MATCH; <, >, =: by row number.
    "ADD_WORDS": ["SCAN json_each VIRTUAL TABLE INDEX 1:"],
    "BLOBS_BETWEEN": [
        "SEARCH blobs USING PRIMARY KEY (id>? AND id<?)",
        "CORRELATED SCALAR SUBQUERY 1",
        "SEARCH assets USING COVERING INDEX assets_blob (blob=?)",
        "CORRELATED SCALAR SUBQUERY 2",
        "SEARCH history_blobs USING PRIMARY KEY (blob=?)",
    ],
    "BLOB_ASSETS": ["SEARCH assets USING INDEX assets_blob (blob=?)", "USE TEMP B-TREE FOR ORDER BY"],
    "BY_ID": ["SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id=?)"],
    "BY_ID_PREFIX": ["SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id>? AND id<?)"],
    "BY_NAME": ["SEARCH assets USING INDEX assets_name (name=?)"],
    "NEWEST_OF_NAME": ["SEARCH assets USING INDEX assets_name (name=?)"],
    "NEIGHBOURS": [
        "SCAN CONSTANT ROW",
        "SCALAR SUBQUERY 1",
        "SEARCH assets USING COVERING INDEX sqlite_autoindex_assets_1 (id<?)",
        "SCALAR SUBQUERY 2",
        "SEARCH assets USING COVERING INDEX sqlite_autoindex_assets_1 (id>?)",
    ],
    "BY_NAME_FROM": ["SEARCH assets USING INDEX assets_name (name>?)"],
    "OF_RECIPE": ["SEARCH assets USING INDEX assets_recipe (recipe_digest=?)"],
    "IS_REJECTED": ["SEARCH rejections USING PRIMARY KEY (recipe_digest=?)"],
    "SAME": ["SEARCH assets USING INDEX assets_blob (blob=? AND recipe_digest=?)"],
    "BY_NUMBER": ["SEARCH assets USING INTEGER PRIMARY KEY (rowid=?)"],
    "STORED_BYTES": ["SEARCH totals USING PRIMARY KEY (name=?)"],
    "COUNT": ["SEARCH totals USING PRIMARY KEY (name=?)"],
    "FACET": ["SEARCH facets USING INDEX sqlite_autoindex_facets_1 (name=?)"],
    "FACETS_FROM": ["SEARCH facets USING INDEX sqlite_autoindex_facets_1 (name>? AND name<?)"],
    "HASH_OF": [
        "SEARCH a USING INDEX sqlite_autoindex_assets_1 (id=?)",
        "SEARCH l USING INTEGER PRIMARY KEY (rowid=?)",
    ],
    "HASH_PAGE": ["SEARCH hash_pages USING INTEGER PRIMARY KEY (rowid=?)"],
    "HITS": ["SCAN asset_search VIRTUAL TABLE INDEX 192:M2<"],
    "HITS_BETWEEN": ["SCAN asset_search VIRTUAL TABLE INDEX 0:M2><"],
    "HITS_OLDEST": ["SCAN asset_search VIRTUAL TABLE INDEX 64:M2>"],
    "HIT_NAMES": [
        "SCAN f VIRTUAL TABLE INDEX 192:M2",
        "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
        "USE TEMP B-TREE FOR DISTINCT",
    ],
    "KNOWN_WORDS": ["SCAN j VIRTUAL TABLE INDEX 1:", "SEARCH w USING PRIMARY KEY (word=?)"],
    "LARGEST_FROM": ["SEARCH assets USING INDEX assets_size (size_bytes<?)"],
    "LAST_NUMBER": ["SCAN assets"],
    "LIVING_FROM": ["SEARCH assets USING INDEX assets_living (number>?)"],
    "LOOK": ["SEARCH looks USING INTEGER PRIMARY KEY (rowid=?)"],
    "MARKS": ["SEARCH gc_marks USING PRIMARY KEY (blob>? AND blob<?)"],
    "NEWEST_NUMBERS": ["SEARCH assets USING INDEX assets_living (number<?)"],
    "NUMBER": ["SEARCH assets USING COVERING INDEX sqlite_autoindex_assets_1 (id=?)"],
    "NUMBERED": ["SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id=?)"],
    "NUMBERED_TRASHED": ["SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id=?)"],
    "NUMBERS_OF_ID": ["SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id>? AND id<?)"],
    "NUMBERS_OF_NAME": ["SEARCH assets USING INDEX assets_name (name=?)"],
    "OLDEST_FROM": ["SEARCH assets USING INDEX assets_living (number>?)"],
    "OLDEST_NUMBERS": ["SCAN assets USING INDEX assets_living"],
    "PICKED": ["SCAN j VIRTUAL TABLE INDEX 1:", "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)"],
    "PICKED_HITS": [
        "SCAN asset_search VIRTUAL TABLE INDEX 0:=M2",
        "LIST SUBQUERY 1",
        "SCAN json_each VIRTUAL TABLE INDEX 1:",
    ],
    "RATED_FROM": ["SEARCH assets USING INDEX assets_rating (rating_order<?)"],
    "RECORDED": [
        "SCAN j VIRTUAL TABLE INDEX 1:",
        "SEARCH assets EXISTS USING COVERING INDEX assets_blob (blob=?)",
    ],
    "RELATE": [
        "SEARCH s USING COVERING INDEX sqlite_autoindex_assets_1 (id=?)",
        "SEARCH t USING COVERING INDEX sqlite_autoindex_assets_1 (id=?)",
    ],
    "RELATED_NUMBERS": [
        "SEARCH t USING COVERING INDEX sqlite_autoindex_assets_1 (id=?)",
        "SEARCH r USING COVERING INDEX relations_target (target=? AND kind=?)",
    ],
    "RELATIONS_FROM": [
        "SEARCH s USING COVERING INDEX sqlite_autoindex_assets_1 (id=?)",
        "SEARCH r USING PRIMARY KEY (source=?)",
        "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)",
    ],
    "RELATIONS_TO": [
        "SEARCH t USING COVERING INDEX sqlite_autoindex_assets_1 (id=?)",
        "SEARCH r USING COVERING INDEX relations_target (target=?)",
        "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)",
    ],
    "SORT_KEYS": ["SCAN j VIRTUAL TABLE INDEX 1:", "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)"],
    "SOURCES": [
        "SEARCH t USING COVERING INDEX sqlite_autoindex_assets_1 (id=?)",
        "SEARCH r USING COVERING INDEX relations_target (target=? AND kind=?)",
        "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)",
        "USE TEMP B-TREE FOR ORDER BY",
    ],
    "TAG_ASSET": ["SEARCH tags USING COVERING INDEX sqlite_autoindex_tags_1 (name=?)"],
    "TEXTS": ["SCAN j VIRTUAL TABLE INDEX 1:", "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)"],
    "TRASHED": ["SEARCH assets USING INDEX assets_trash (trashed_at>?)"],
    "TRASHED_BY_ID": ["SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id>? AND id<?)"],
    "TRASHED_NAMED": ["SEARCH assets USING INDEX assets_trash_name (name=?)"],
    "UNRELATE": [
        "SEARCH relations USING PRIMARY KEY (source=? AND kind=? AND target=?)",
        "SCALAR SUBQUERY 1",
        "SEARCH assets USING COVERING INDEX sqlite_autoindex_assets_1 (id=?)",
        "SCALAR SUBQUERY 2",
        "SEARCH assets USING COVERING INDEX sqlite_autoindex_assets_1 (id=?)",
    ],
    "HOLDING": ["SEARCH assets USING INDEX assets_blob (blob=?)", "USE TEMP B-TREE FOR ORDER BY"],
    "LOOKS_OF_HASH": [
        "SEARCH l USING INDEX looks_dhash (dhash=?)",
        "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
    ],
    "ZERO_LOOKS": [
        "SEARCH l USING INDEX looks_dhash (dhash=?)",
        "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
        "USE TEMP B-TREE FOR ORDER BY",
    ],
    "WITHOUT_APPEARANCE": ["SCAN assets USING INDEX assets_unseen"],
    "WORDS_FROM": ["SEARCH words USING PRIMARY KEY (word>? AND word<?)"],
    "ADD_UNDO_STEP": ["SCALAR SUBQUERY 1", "SEARCH history_operations"],
    "UNDO_ASSETS": ["SEARCH undo_assets USING PRIMARY KEY (step=?)"],
    "TRASHED_WHOLE_ID": ["SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id=?)"],
    "TRASHED_AT": ["SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id=?)"],
    "NUMBERS_OF_SEED": ["SEARCH assets USING INDEX assets_seed (seed=?)"],
    "NUMBERS_OF_PROVIDER": ["SEARCH assets USING INDEX assets_provider (<expr>=?)"],
    "SAVED_SEARCH": ["SEARCH searches USING PRIMARY KEY (name=?)"],
}
READS_ALL = {
    "COUNT_BLOBS",
    "CONTRADICTIONS",
    "SAME_BLOBS",
    "HASH_PAGES",
    "OLD_UNUSED",
    "AUDIT_RECORDS",
    "LAST_AUDIT_RECORD",
    "NEWEST_AUDIT_RECORDS",
    "COUNT_OLD_USED",
    "DRAWN_FROM_PICTURES",
}
"""Of `clean`, `verify`, `duplicates`, `similar` and `parents`, which read everything of their kind anyway."""

READS_FEW = {
    "COUNT_TRASHED",
    "LAST_UNDO_STEP",
    "HAS_RULES",
    "SAVED_SEARCHES",
    "COUNT_WITHOUT_APPEARANCE",
    "MOST_USED",
    "TOTALS",
}
"""Statements over what is few: the trash, steps to undo, saved searches, what was not looked at, relations, totals."""


def _statements() -> dict[str, str]:
    return {
        name: value for name, value in vars(asset_sql).items() if name.isupper() and "SELECT" in str(value)
    }


def _argument(sql: str) -> str:
    return '"dragon"*' if "MATCH" in sql else "[1]"


@pytest.mark.parametrize("name", sorted(PLANS))
def test_the_statement_is_answered_from_its_index(library: Library, name: str) -> None:
    sql = _statements()[name]
    values = [_argument(sql)] * sql.count("?")
    if "MATCH" in sql:
        values = [values[0], *["[1]"] * (len(values) - 1)]
    with library.database.read() as statements:
        assert [row[3] for row in statements.rows(f"EXPLAIN QUERY PLAN {sql}", *values)] == PLANS[name]


def test_no_statement_is_left_out() -> None:
    assert set(PLANS) | READS_ALL | READS_FEW == set(_statements())
