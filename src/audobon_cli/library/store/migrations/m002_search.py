"""Schema 2: formats, metadata and derivations; one text index of words and facets; looks; marks for gc.

``asset_search`` is contentless: its rows are written by library/store/writer.py with the words that
library/store/search/tokenizer.py makes of the texts (so that Chinese and emoji are words too), and with facets:
what an asset is (``kind:sprite``, ``tag:boss``, ``rating:4`` ...), each as one character of Unicode's
private use areas by its number in ``facets``. A query over words and facets is thereby one merge of
sorted lists, whatever it asks, and a facet of one character adds nothing to the prefix indexes.

``facets.uses`` and ``facets.bytes`` count living assets. ``looks`` holds what the pixels say (hash for
likeness, colours); ``assets.seen`` tells whether they were looked at. ``hash_pages`` are the hashes
again, 1,024 assets to a row by number, 8 bytes each, for scans. ``gc_marks`` notes when a stored file
was first found unused.
"""

NAME = "search"

SQL = """
DROP TRIGGER asset_search_insert;
DROP TRIGGER asset_search_delete;
DROP TRIGGER asset_search_update;
DROP TABLE asset_terms;
DROP TABLE asset_search;
DROP VIEW asset_words;
DELETE FROM words;

ALTER TABLE assets ADD COLUMN format TEXT NOT NULL DEFAULT 'png';
ALTER TABLE assets ADD COLUMN frames INTEGER NOT NULL DEFAULT 1;
ALTER TABLE assets ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE assets ADD COLUMN derivation TEXT;
ALTER TABLE assets ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;

DROP INDEX assets_newest;
DROP INDEX assets_name;
CREATE INDEX assets_living ON assets (number) WHERE trashed_at IS NULL;
CREATE INDEX assets_name ON assets (name, number) WHERE trashed_at IS NULL;
CREATE INDEX assets_size ON assets (size_bytes, number) WHERE trashed_at IS NULL;
ALTER TABLE assets ADD COLUMN rating_order INTEGER GENERATED ALWAYS AS (ifnull(rating, -1)) VIRTUAL;
CREATE INDEX assets_rating ON assets (rating_order, number) WHERE trashed_at IS NULL;
CREATE INDEX assets_unseen ON assets (number) WHERE seen = 0 AND trashed_at IS NULL;
CREATE INDEX assets_trash_name ON assets (name) WHERE trashed_at IS NOT NULL;
CREATE INDEX assets_trash ON assets (trashed_at, number) WHERE trashed_at IS NOT NULL;

CREATE TABLE facets (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  uses INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE VIRTUAL TABLE asset_search USING fts5 (
  words, facets,
  content = '', contentless_delete = 1, prefix = '2 3',
  tokenize = 'ascii'
);
CREATE VIRTUAL TABLE asset_terms USING fts5vocab ('asset_search', 'row');

CREATE TABLE looks (
  asset INTEGER PRIMARY KEY REFERENCES assets (number) ON DELETE CASCADE,
  dhash INTEGER NOT NULL,
  colors TEXT NOT NULL
) STRICT;
CREATE INDEX looks_dhash ON looks (dhash);
CREATE TABLE hash_pages (page INTEGER PRIMARY KEY, hashes BLOB NOT NULL) STRICT;

CREATE TABLE gc_marks (blob TEXT NOT NULL PRIMARY KEY, marked_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

INSERT INTO totals SELECT 'blobs', count(*) FROM blobs;
INSERT INTO totals SELECT 'blob_bytes', ifnull(sum(size_bytes), 0) FROM blobs;
CREATE TRIGGER blobs_inserted AFTER INSERT ON blobs BEGIN
  UPDATE totals SET value = value + 1 WHERE name = 'blobs';
  UPDATE totals SET value = value + new.size_bytes WHERE name = 'blob_bytes';
END;
CREATE TRIGGER blobs_deleted AFTER DELETE ON blobs BEGIN
  UPDATE totals SET value = value - 1 WHERE name = 'blobs';
  UPDATE totals SET value = value - old.size_bytes WHERE name = 'blob_bytes';
END;
CREATE TRIGGER assets_inserted AFTER INSERT ON assets WHEN new.trashed_at IS NULL BEGIN
  UPDATE totals SET value = value + 1 WHERE name = 'assets';
END;
CREATE TRIGGER assets_deleted AFTER DELETE ON assets WHEN old.trashed_at IS NULL BEGIN
  UPDATE totals SET value = value - 1 WHERE name = 'assets';
END;
CREATE TRIGGER assets_trashed AFTER UPDATE OF trashed_at ON assets
  WHEN (new.trashed_at IS NULL) <> (old.trashed_at IS NULL) BEGIN
  UPDATE totals SET value = value + (new.trashed_at IS NULL) - (old.trashed_at IS NULL)
  WHERE name = 'assets';
END;
"""
