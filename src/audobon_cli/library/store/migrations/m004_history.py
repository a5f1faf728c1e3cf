"""The library's history, in the same database, so that a change and its record are one transaction.

``history_changed`` names the assets that may differ from the last commit. Triggers fill it, so that no code
path can change an asset unnoticed.
"""

NAME = "history"

SQL = """
CREATE TABLE history_objects (
  hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
  content BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE history_commits (
  id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 64),
  content BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE history_blobs (
  blob TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE history_refs (
  name TEXT NOT NULL PRIMARY KEY,
  commit_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE history_state (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO history_state VALUES ('branch', 'main');

CREATE TABLE history_operations (
  number INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  command TEXT NOT NULL,
  undo TEXT NOT NULL
) STRICT;

CREATE TABLE history_changed (
  asset TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO history_changed SELECT id FROM assets WHERE trashed_at IS NULL;

CREATE TRIGGER history_asset_added AFTER INSERT ON assets BEGIN
  INSERT OR IGNORE INTO history_changed VALUES (new.id);
END;
CREATE TRIGGER history_asset_removed AFTER DELETE ON assets BEGIN
  INSERT OR IGNORE INTO history_changed VALUES (old.id);
END;
CREATE TRIGGER history_asset_changed AFTER UPDATE OF
  name, kind, blob, size_bytes, width, height, mode, created, prompt, model, quality, style, seed, category,
  tags, note, rating, duration_seconds, recipe, format, frames, metadata, derivation, trashed_at ON assets BEGIN
  INSERT OR IGNORE INTO history_changed VALUES (new.id);
END;
CREATE TRIGGER history_target_trashed AFTER UPDATE OF trashed_at ON assets BEGIN
  INSERT OR IGNORE INTO history_changed
  SELECT s.id FROM relations r CROSS JOIN assets s ON s.number = r.source WHERE r.target = new.number;
END;
CREATE TRIGGER history_relation_added AFTER INSERT ON relations BEGIN
  INSERT OR IGNORE INTO history_changed SELECT id FROM assets WHERE number = new.source;
END;
CREATE TRIGGER history_relation_removed AFTER DELETE ON relations BEGIN
  INSERT OR IGNORE INTO history_changed SELECT id FROM assets WHERE number = old.source;
END;
"""
