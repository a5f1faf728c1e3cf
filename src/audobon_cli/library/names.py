"""Names in a library, for completion: read from its database alone, which is neither made, upgraded nor locked."""

from pathlib import Path

from audobon_cli.library.store.location import DATABASE_NAME
from audobon_cli.storage.sqlite import rows_read_only

LAST = "\U0010ffff"
"""Behind every text that begins alike."""

_NAMES = """
SELECT name, id FROM assets WHERE trashed_at IS NULL AND name >= ? AND name < ? ORDER BY name LIMIT ?
"""
_IDS = "SELECT name, id FROM assets WHERE trashed_at IS NULL AND id >= ? AND id < ? ORDER BY id LIMIT ?"
_NEWEST = "SELECT name, id FROM assets WHERE trashed_at IS NULL ORDER BY created DESC LIMIT ?"
_TRASHED = """
SELECT name, id FROM assets WHERE trashed_at IS NOT NULL AND name >= ? AND name < ? ORDER BY name LIMIT ?
"""
_TAGS = "SELECT name FROM tags WHERE name >= ? AND name < ? ORDER BY name LIMIT ?"
_CATEGORIES = """
SELECT DISTINCT category FROM assets WHERE trashed_at IS NULL AND category >= ? AND category < ? ORDER BY 1 LIMIT ?
"""
_REFS = "SELECT name FROM history_refs ORDER BY name"


def asset_names(library: Path, beginning: str, limit: int) -> list[tuple[str, str]]:
    """Names of assets that begin so, with ids; of all the newest ones. Else ids that begin so, with names."""
    if not beginning:
        return _pairs(library, _NEWEST, limit)
    named = _pairs(library, _NAMES, beginning, beginning + LAST, limit)
    return named or [(key, name) for name, key in _pairs(library, _IDS, beginning, beginning + LAST, limit)]


def trashed_names(library: Path, beginning: str, limit: int) -> list[tuple[str, str]]:
    """Names of assets in the trash that begin so, with ids."""
    return _pairs(library, _TRASHED, beginning, beginning + LAST, limit)


def tag_names(library: Path, beginning: str, limit: int) -> list[str]:
    """Tags that begin so."""
    return _column(library, _TAGS, beginning, beginning + LAST, limit)


def category_names(library: Path, beginning: str, limit: int) -> list[str]:
    """Categories that begin so."""
    return [name for name in _column(library, _CATEGORIES, beginning, beginning + LAST, limit) if name]


def ref_names(library: Path) -> list[str]:
    """Branches, tags and stashes of the history, with what their names begin with (``branch/main``)."""
    return _column(library, _REFS)


def _pairs(library: Path, sql: str, *values: object) -> list[tuple[str, str]]:
    return [(str(row[0]), str(row[1])) for row in rows_read_only(library / DATABASE_NAME, sql, values)]


def _column(library: Path, sql: str, *values: object) -> list[str]:
    return [str(row[0]) for row in rows_read_only(library / DATABASE_NAME, sql, values)]
