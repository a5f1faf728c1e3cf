"""The statements of the asset store.

Those that scale with the library are answered from an index; tests/library/test_query_plans.py holds
every one of them to that.
"""

from audobon_cli.library.store.migrations.m008_undo import PROVIDER
from audobon_cli.library.store.rows import COLUMN_NAMES, COLUMNS

BEYOND = "{"
"""Sorts after every character of an id: what lies between P and P + this begins with P."""


def _old_assets(what: str, used: str) -> str:
    """Of living assets from before a moment, perhaps only those without a rating, of some kinds: those that something
    uses, or with ``used`` "NOT" those that nothing does."""
    return (
        f"SELECT {what} FROM assets a WHERE a.trashed_at IS NULL AND a.created < ? AND (a.rating IS NULL OR NOT ?)"
        f" AND a.kind IN (SELECT value FROM json_each(?)) AND {used} (a.note <> '' OR a.protected"
        " OR EXISTS (SELECT 1 FROM relations WHERE target = a.number)"
        " OR EXISTS (SELECT 1 FROM relations WHERE source = a.number AND kind = 'part-of-sheet')"
        " OR EXISTS (SELECT 1 FROM history_blobs WHERE blob = a.blob))"
    )


INSERT = (
    f"INSERT INTO assets ({COLUMNS}, recipe_digest) VALUES (" + ", ".join("?" * (len(COLUMN_NAMES) + 1)) + ")"
)
ADD_BLOB = "INSERT INTO blobs (id, size_bytes, created) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
ADD_TAG = "INSERT INTO tags (name) VALUES (?) ON CONFLICT DO NOTHING"
TAG_ASSET = "INSERT INTO asset_tags (asset, tag) SELECT ?, number FROM tags WHERE name = ?"
UNTAG_ALL = "DELETE FROM asset_tags WHERE asset = ?"
RELATE = (
    "INSERT INTO relations (source, kind, target) SELECT s.number, ?, t.number FROM assets s, assets t"
    " WHERE s.id = ? AND t.id = ? ON CONFLICT DO NOTHING"
)
UNRELATE = (
    "DELETE FROM relations WHERE kind = ? AND source = (SELECT number FROM assets WHERE id = ?)"
    " AND target = (SELECT number FROM assets WHERE id = ?)"
)
UPDATE = (
    "UPDATE assets SET "
    + ", ".join(f"{name} = ?" for name in (*COLUMN_NAMES, "recipe_digest"))
    + " WHERE number = ?"
)
TRASH = "UPDATE assets SET trashed_at = ? WHERE number = ?"
DELETE = "DELETE FROM assets WHERE number = ?"
SEEN = "UPDATE assets SET seen = 1 WHERE number = ?"
UNSEE = "UPDATE assets SET seen = 0 WHERE number = ?"
FORGET_LOOK = "DELETE FROM looks WHERE asset = ?"
INDEX = "INSERT INTO asset_search (rowid, words, facets) VALUES (?, ?, ?)"
UNINDEX = "DELETE FROM asset_search WHERE rowid = ?"
FACET = "SELECT number, uses FROM facets WHERE name = ?"
ADD_FACET = "INSERT INTO facets (name) VALUES (?)"
COUNT_FACETS = (
    "UPDATE facets SET uses = uses + (j.value ->> 1), bytes = bytes + (j.value ->> 2)"
    " FROM json_each(?) j WHERE facets.name = j.value ->> 0"
)
FACETS_FROM = "SELECT number, name, uses, bytes FROM facets WHERE name >= ? AND name < ? ORDER BY name"
ADD_LOOK = "INSERT OR REPLACE INTO looks (asset, dhash, colors) VALUES (?, ?, ?)"
LOOK = "SELECT dhash, colors FROM looks WHERE asset = ?"
HASH_PAGE = "SELECT hashes FROM hash_pages WHERE page = ?"
WRITE_HASH_PAGE = "INSERT OR REPLACE INTO hash_pages (page, hashes) VALUES (?, ?)"
HASH_PAGES = "SELECT page, hashes FROM hash_pages ORDER BY page"

NUMBER = "SELECT number FROM assets WHERE id = ?"
NUMBERED = f"SELECT number, {COLUMNS} FROM assets WHERE id = ? AND trashed_at IS NULL"
NUMBERED_TRASHED = f"SELECT number, {COLUMNS} FROM assets WHERE id = ? AND trashed_at IS NOT NULL"
BY_ID = f"SELECT {COLUMNS} FROM assets WHERE id = ? AND trashed_at IS NULL"
NEIGHBOURS = "SELECT (SELECT max(id) FROM assets WHERE id < ?), (SELECT min(id) FROM assets WHERE id > ?)"
BY_ID_PREFIX = f"SELECT {COLUMNS} FROM assets WHERE id >= ? AND id < ? AND trashed_at IS NULL LIMIT ?"
BY_NAME = f"SELECT {COLUMNS} FROM assets WHERE name = ? AND trashed_at IS NULL LIMIT ?"
NEWEST_OF_NAME = (
    f"SELECT {COLUMNS} FROM assets WHERE name = ? AND trashed_at IS NULL ORDER BY number DESC LIMIT 1"
)
BY_NUMBER = f"SELECT {COLUMNS} FROM assets WHERE number = ?"
SAME = (
    f"SELECT {COLUMNS} FROM assets WHERE blob = ? AND recipe_digest IS ? AND trashed_at IS NULL"
    " ORDER BY number LIMIT 1"
)
HOLDING = (
    f"SELECT {COLUMNS} FROM assets WHERE blob = ? AND trashed_at IS NULL"
    " ORDER BY recipe_digest IS NULL, number LIMIT 1"
)
DRAWN_FROM_PICTURES = (
    f"SELECT {COLUMNS} FROM assets WHERE trashed_at IS NULL"
    """ AND (recipe LIKE '%"init_image":%' OR recipe LIKE '%"picture":%' OR recipe LIKE '%"pictures":%')"""
    " ORDER BY number"
)
RECORDED = "SELECT j.value FROM json_each(?) j WHERE EXISTS (SELECT 1 FROM assets WHERE blob = j.value)"
OF_RECIPE = (
    f"SELECT {COLUMNS} FROM assets WHERE recipe_digest = ? AND trashed_at IS NULL"
    " AND recipe_digest IS NOT NULL ORDER BY number LIMIT 1"
)
REJECT = "INSERT INTO rejections (recipe_digest) VALUES (?) ON CONFLICT DO NOTHING"
IS_REJECTED = "SELECT 1 FROM rejections WHERE recipe_digest = ?"
BY_NAME_FROM = (
    "SELECT number FROM assets WHERE trashed_at IS NULL AND (name, number) > (?, ?)"
    " ORDER BY name, number LIMIT ?"
)
LARGEST_FROM = (
    "SELECT number FROM assets WHERE trashed_at IS NULL AND (size_bytes, number) < (?, ?)"
    " ORDER BY size_bytes DESC, number DESC LIMIT ?"
)
RATED_FROM = (
    "SELECT number FROM assets WHERE trashed_at IS NULL AND (rating_order, number) < (?, ?)"
    " ORDER BY rating_order DESC, number DESC LIMIT ?"
)
NUMBERS_OF_NAME = "SELECT number FROM assets WHERE name = ? AND trashed_at IS NULL LIMIT ?"
NUMBERS_OF_ID = "SELECT number FROM assets WHERE id >= ? AND id < ? AND trashed_at IS NULL LIMIT ?"
NUMBERS_OF_SEED = "SELECT number FROM assets WHERE seed = ? AND trashed_at IS NULL LIMIT ?"
NUMBERS_OF_PROVIDER = (
    f"SELECT number FROM assets WHERE {PROVIDER} = ? AND {PROVIDER} IS NOT NULL"
    " AND trashed_at IS NULL LIMIT ?"
)
FORGET_EXPORTS = "DELETE FROM exports WHERE asset = ?"
HAS_RULES = "SELECT 1 FROM tag_rules WHERE kept LIMIT 1"
SAVE_SEARCH = "INSERT OR REPLACE INTO searches (name, query) VALUES (?, ?)"
SAVED_SEARCH = "SELECT query FROM searches WHERE name = ?"
SAVED_SEARCHES = "SELECT name, query FROM searches ORDER BY name"
ADD_UNDO_STEP = (
    "INSERT INTO undo_steps (time, what, assets, operation)"
    " VALUES (?, ?, ?, (SELECT coalesce(max(number), 0) FROM history_operations))"
)
ADD_UNDO_ASSET = "INSERT INTO undo_assets (step, asset, before, after) VALUES (?, ?, ?, ?)"
DROP_UNDO_STEP = "DELETE FROM undo_steps WHERE number = ?"
DROP_OLD_UNDO_STEPS = "DELETE FROM undo_steps WHERE number <= ?"
LAST_UNDO_STEP = "SELECT number, time, what, assets, operation FROM undo_steps ORDER BY number DESC LIMIT 1"
UNDO_ASSETS = "SELECT asset, before, after FROM undo_assets WHERE step = ? ORDER BY asset"
TRASHED_WHOLE_ID = f"SELECT {COLUMNS} FROM assets WHERE id = ? AND trashed_at IS NOT NULL"
TRASHED_AT = "SELECT trashed_at FROM assets WHERE id = ?"
RELATED_NUMBERS = (
    "SELECT r.source FROM assets t CROSS JOIN relations r ON r.target = t.number"
    " WHERE t.id = ? AND r.kind = ? LIMIT ?"
)
LIVING_FROM = (
    f"SELECT number, {COLUMNS} FROM assets WHERE trashed_at IS NULL AND number > ? ORDER BY number LIMIT ?"
)
OLDEST_NUMBERS = "SELECT number FROM assets WHERE trashed_at IS NULL ORDER BY number"
COUNT = "SELECT value FROM totals WHERE name = 'assets'"
OLD_UNUSED = _old_assets(COLUMNS, "NOT") + " ORDER BY a.number LIMIT ?"
COUNT_OLD_USED = _old_assets("count(*)", "")
LAST_AUDIT_RECORD = "SELECT number, body, mac FROM audit_records ORDER BY number DESC LIMIT 1"
ADD_AUDIT_RECORD = "INSERT INTO audit_records (number, body, mac) VALUES (?, ?, ?)"
AUDIT_RECORDS = "SELECT number, body, mac FROM audit_records ORDER BY number"
NEWEST_AUDIT_RECORDS = "SELECT number, body FROM audit_records ORDER BY number DESC LIMIT ?"
STORED_BYTES = "SELECT value FROM totals WHERE name = 'blob_bytes'"
COUNT_BLOBS = "SELECT count(*) FROM blobs"

HITS = "SELECT rowid FROM asset_search WHERE asset_search MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?"
HITS_BETWEEN = "SELECT rowid FROM asset_search WHERE asset_search MATCH ? AND rowid BETWEEN ? AND ?"
HITS_OLDEST = "SELECT rowid FROM asset_search WHERE asset_search MATCH ? AND rowid > ? ORDER BY rowid LIMIT ?"
NEWEST_NUMBERS = (
    "SELECT number FROM assets WHERE trashed_at IS NULL AND number < ? ORDER BY number DESC LIMIT ?"
)
OLDEST_FROM = "SELECT number FROM assets WHERE trashed_at IS NULL AND number > ? ORDER BY number LIMIT ?"
PICKED = (
    "SELECT a.number FROM json_each(?) j CROSS JOIN assets a ON a.number = j.value WHERE a.trashed_at IS NULL"
)
PICKED_HITS = (
    "SELECT rowid FROM asset_search WHERE asset_search MATCH ? AND rowid IN (SELECT value FROM json_each(?))"
)
LAST_NUMBER = "SELECT number FROM assets ORDER BY number DESC LIMIT 1"
SORT_KEYS = (
    "SELECT a.number, a.name, a.size_bytes, a.rating_order FROM json_each(?) j"
    " CROSS JOIN assets a ON a.number = j.value"
)
KNOWN_WORDS = "SELECT w.word FROM json_each(?) j CROSS JOIN words w ON w.word = j.value"
TEXTS = (
    "SELECT a.number, a.name, a.prompt, a.tags, a.note FROM json_each(?) j"
    " CROSS JOIN assets a ON a.number = j.value"
)
WORDS_FROM = "SELECT word FROM words WHERE word >= ? AND word < ? ORDER BY word LIMIT ?"
ADD_WORDS = "INSERT INTO words (word) SELECT value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING"
HIT_NAMES = (
    "SELECT DISTINCT a.name FROM asset_search f CROSS JOIN assets a ON a.number = f.rowid"
    " WHERE f.asset_search MATCH ? AND a.trashed_at IS NULL ORDER BY f.rowid DESC LIMIT ?"
)

RELATIONS_FROM = (
    "SELECT s.id, r.kind, t.id FROM assets s CROSS JOIN relations r ON r.source = s.number"
    " CROSS JOIN assets t ON t.number = r.target WHERE s.id = ? AND t.trashed_at IS NULL"
)
RELATIONS_TO = (
    "SELECT s.id, r.kind, t.id FROM assets t CROSS JOIN relations r ON r.target = t.number"
    " CROSS JOIN assets s ON s.number = r.source WHERE t.id = ? AND s.trashed_at IS NULL"
)
SOURCES = (
    f"SELECT {', '.join(f's.{name}' for name in COLUMN_NAMES)}"
    " FROM assets t CROSS JOIN relations r ON r.target = t.number"
    " CROSS JOIN assets s ON s.number = r.source"
    " WHERE t.id = ? AND r.kind = ? AND s.trashed_at IS NULL ORDER BY s.number"
)
BLOB_ASSETS = "SELECT id FROM assets WHERE blob = ? ORDER BY number"
BLOBS_BETWEEN = (
    "SELECT id, EXISTS (SELECT 1 FROM assets WHERE blob = blobs.id)"
    " OR EXISTS (SELECT 1 FROM history_blobs WHERE blob = blobs.id) FROM blobs"
    " WHERE id >= ? AND id < ? ORDER BY id"
)
TRASHED = (
    f"SELECT trashed_at, {COLUMNS} FROM assets WHERE trashed_at IS NOT NULL"
    " ORDER BY trashed_at DESC, number DESC LIMIT ?"
)
TRASHED_NAMED = f"SELECT {COLUMNS} FROM assets WHERE name = ? AND trashed_at IS NOT NULL LIMIT ?"
TRASHED_BY_ID = f"SELECT {COLUMNS} FROM assets WHERE id >= ? AND id < ? AND trashed_at IS NOT NULL LIMIT ?"
MARKS = "SELECT blob, marked_at FROM gc_marks WHERE blob >= ? AND blob < ?"
UNMARK = "DELETE FROM gc_marks WHERE blob >= ? AND blob < ?"
MARK = "INSERT INTO gc_marks (blob, marked_at) VALUES (?, ?)"
FORGET_BLOB = "DELETE FROM blobs WHERE id = ?"
WITHOUT_APPEARANCE = (
    f"SELECT {COLUMNS} FROM assets WHERE seen = 0 AND trashed_at IS NULL ORDER BY number LIMIT ?"
)
ZERO_LOOKS = (
    f"SELECT {COLUMNS} FROM looks l CROSS JOIN assets a ON a.number = l.asset"
    " WHERE l.dhash = 0 AND l.colors <> '[]' AND a.trashed_at IS NULL ORDER BY a.number LIMIT ?"
)
LOOKS_OF_HASH = (
    "SELECT l.asset, l.colors FROM looks l CROSS JOIN assets a ON a.number = l.asset"
    " WHERE l.dhash = ? AND a.trashed_at IS NULL"
)
COUNT_WITHOUT_APPEARANCE = "SELECT count(*) FROM assets WHERE seen = 0 AND trashed_at IS NULL"
HASH_OF = (
    "SELECT a.number, l.dhash FROM assets a CROSS JOIN looks l ON l.asset = a.number"
    " WHERE a.id = ? AND a.trashed_at IS NULL"
)
SAME_BLOBS = (
    "SELECT json_group_array(number) FROM assets WHERE trashed_at IS NULL"
    " GROUP BY blob HAVING count(*) > 1 ORDER BY min(number)"
)
COUNT_TRASHED = "SELECT count(*) FROM assets WHERE trashed_at IS NOT NULL"
TOTALS = "SELECT name, value FROM totals"
MOST_USED = (
    "SELECT t.id, t.name, r.uses FROM (SELECT target, count(*) AS uses FROM relations WHERE kind = ?"
    " GROUP BY target ORDER BY uses DESC LIMIT ?) r CROSS JOIN assets t ON t.number = r.target"
    " WHERE t.trashed_at IS NULL ORDER BY r.uses DESC, t.number"
)
# What must agree; each row is one contradiction, for `verify`.
CONTRADICTIONS = (
    "SELECT 'asset ' || id || ' has its tags recorded in two ways' FROM assets"
    " WHERE json_array_length(tags) <> (SELECT count(*) FROM asset_tags WHERE asset = number)",
    "SELECT 'the word ' || term || ' of the text index cannot be searched for' FROM asset_terms"
    " WHERE term < char(0xf0000) AND term NOT IN (SELECT word FROM words) LIMIT 10",
    "SELECT 'asset ' || id || ' is not in the text index' FROM assets"
    " WHERE trashed_at IS NULL AND number NOT IN (SELECT id FROM asset_search_docsize) LIMIT 10",
    "SELECT 'the text index names asset number ' || id || ', which is not there' FROM asset_search_docsize"
    " WHERE id NOT IN (SELECT number FROM assets WHERE trashed_at IS NULL) LIMIT 10",
    "SELECT 'the number of assets is recorded as ' || value || ' and is ' || live FROM totals,"
    " (SELECT count(*) AS live FROM assets WHERE trashed_at IS NULL) WHERE name = 'assets' AND value <> live",
)
