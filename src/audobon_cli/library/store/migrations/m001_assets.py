"""Schema 1: assets, their files, tags and relations, and the full-text index.

Times are integer microseconds since 1970 in UTC. ``assets.tags`` is the JSON list of an asset's tags,
for reading and for the text index; ``asset_tags`` is the same in rows, for finding by tag. Both are
written together by the asset store, and `verify` compares them.

The text index holds living assets only (its content is a view), so that a search never wades through
the trash; three triggers keep it so, and ``totals`` with it, because counting a million rows takes longer
than showing fifty.

``words`` holds every word that ever was in the index, as its tokenizer writes it. With it the beginning
of a word becomes the few words that begin so: FTS5 walks those in order, whereas a prefix longer than
its prefix indexes makes it gather and sort every hit first (0.1 s for a word in 95 % of a million rows).
"""

NAME = "assets"

SQL = """
CREATE TABLE blobs (
  id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 64),
  size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE assets (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  blob TEXT NOT NULL REFERENCES blobs (id),
  size_bytes INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  mode TEXT NOT NULL,
  created INTEGER NOT NULL,
  prompt TEXT NOT NULL,
  model TEXT NOT NULL,
  quality TEXT NOT NULL,
  style TEXT NOT NULL,
  seed INTEGER,
  category TEXT NOT NULL,
  tags TEXT NOT NULL DEFAULT '[]',
  note TEXT NOT NULL,
  rating INTEGER,
  duration_seconds REAL NOT NULL,
  recipe_digest TEXT,
  trashed_at INTEGER,
  recipe TEXT
) STRICT;
CREATE INDEX assets_newest ON assets (created) WHERE trashed_at IS NULL;
CREATE INDEX assets_name ON assets (name) WHERE trashed_at IS NULL;
CREATE INDEX assets_blob ON assets (blob, recipe_digest);

CREATE TABLE tags (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE asset_tags (
  asset INTEGER NOT NULL REFERENCES assets (number) ON DELETE CASCADE,
  tag INTEGER NOT NULL REFERENCES tags (number),
  PRIMARY KEY (asset, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_tags_tag ON asset_tags (tag, asset);

CREATE TABLE relations (
  source INTEGER NOT NULL REFERENCES assets (number) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  target INTEGER NOT NULL REFERENCES assets (number) ON DELETE CASCADE,
  PRIMARY KEY (source, kind, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX relations_target ON relations (target, kind, source);

CREATE VIEW asset_words AS
  SELECT number, name, prompt, tags, note FROM assets WHERE trashed_at IS NULL;

CREATE VIRTUAL TABLE asset_search USING fts5 (
  name, prompt, tags, note,
  content = 'asset_words', content_rowid = 'number',
  prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE VIRTUAL TABLE asset_terms USING fts5vocab ('asset_search', 'row');

CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE totals (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO totals VALUES ('assets', 0);

CREATE TRIGGER asset_search_insert AFTER INSERT ON assets WHEN new.trashed_at IS NULL BEGIN
  INSERT INTO asset_search (rowid, name, prompt, tags, note)
  VALUES (new.number, new.name, new.prompt, new.tags, new.note);
  UPDATE totals SET value = value + 1 WHERE name = 'assets';
END;
CREATE TRIGGER asset_search_delete AFTER DELETE ON assets WHEN old.trashed_at IS NULL BEGIN
  INSERT INTO asset_search (asset_search, rowid, name, prompt, tags, note)
  VALUES ('delete', old.number, old.name, old.prompt, old.tags, old.note);
  UPDATE totals SET value = value - 1 WHERE name = 'assets';
END;
CREATE TRIGGER asset_search_update AFTER UPDATE OF name, prompt, tags, note, trashed_at ON assets BEGIN
  INSERT INTO asset_search (asset_search, rowid, name, prompt, tags, note)
  SELECT 'delete', old.number, old.name, old.prompt, old.tags, old.note WHERE old.trashed_at IS NULL;
  INSERT INTO asset_search (rowid, name, prompt, tags, note)
  SELECT new.number, new.name, new.prompt, new.tags, new.note WHERE new.trashed_at IS NULL;
  UPDATE totals SET value = value + (new.trashed_at IS NULL) - (old.trashed_at IS NULL)
  WHERE name = 'assets' AND (new.trashed_at IS NULL) <> (old.trashed_at IS NULL);
END;
"""
