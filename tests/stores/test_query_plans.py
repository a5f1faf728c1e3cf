"""Every statement that grows with the library is answered from an index: SQLite's own plan says so."""

import pytest

from audobon_cli.stores import asset_sql
from audobon_cli.stores.library import Library

BY_KEY = "SEARCH assets USING INTEGER PRIMARY KEY (rowid=?)"
IN_TEXT_INDEX = "SCAN {} VIRTUAL TABLE INDEX 192:M4"  # 192: rows in descending order; M4: MATCH

PLANS = {
    "BY_ID": ["SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id=?)"],
    "BY_ID_PREFIX": ["SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id>? AND id<?)"],
    "BY_NAME": ["SEARCH assets USING INDEX assets_name (name=?)"],
    "BY_NUMBER": [BY_KEY],
    "SAME": ["SEARCH assets USING INDEX assets_blob (blob=? AND recipe_digest=?)"],
    "OF_RECIPE": ["SEARCH assets USING INDEX assets_recipe (recipe_digest=?)"],
    "IS_REJECTED": ["SEARCH rejections USING PRIMARY KEY (recipe_digest=?)"],
    "NEWEST": ["SCAN assets USING INDEX assets_newest"],
    "NEWEST_AFTER": ["SEARCH assets USING INDEX assets_newest (created<?)"],
    "OLDEST_NUMBERS": ["SCAN assets USING INDEX assets_newest"],
    "COUNT": ["SEARCH totals USING PRIMARY KEY (name=?)"],
    "HITS": [IN_TEXT_INDEX.format("asset_search")],
    "TEXTS": ["SCAN j VIRTUAL TABLE INDEX 1:", "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)"],
    "WORDS_FROM": ["SEARCH words USING PRIMARY KEY (word>? AND word<?)"],
    "HIT_NAMES": [
        IN_TEXT_INDEX.format("f"),
        "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
        "USE TEMP B-TREE FOR DISTINCT",  # of at most 500 names
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
    "BLOB_ASSETS": [
        "SEARCH assets USING INDEX assets_blob (blob=?)",
        "USE TEMP B-TREE FOR ORDER BY",  # of the few assets that share one blob
    ],
    "BLOBS_BETWEEN": [
        "SEARCH blobs USING PRIMARY KEY (id>? AND id<?)",
        "CORRELATED SCALAR SUBQUERY 1",
        "SEARCH assets USING COVERING INDEX assets_blob (blob=?)",
    ],
    "TAG_ASSET": ["SEARCH tags USING COVERING INDEX sqlite_autoindex_tags_1 (name=?)"],
    "RELATE": [
        "SEARCH s USING COVERING INDEX sqlite_autoindex_assets_1 (id=?)",
        "SEARCH t USING COVERING INDEX sqlite_autoindex_assets_1 (id=?)",
    ],
    "ADD_WORDS": ["SCAN json_each VIRTUAL TABLE INDEX 1:"],
}
READS_ALL = {"COUNT_BLOBS", "CONTRADICTIONS"}
"""Statements of `verify`, which reads everything anyway."""


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
    with library.database.read() as statements:
        assert [row[3] for row in statements.rows(f"EXPLAIN QUERY PLAN {sql}", *values)] == PLANS[name]


def test_no_statement_is_left_out() -> None:
    assert set(PLANS) | READS_ALL == set(_statements())
