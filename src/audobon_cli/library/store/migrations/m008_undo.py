"""Schema 8: what `audobon undo` takes back, saved searches, and indexes for seeds and providers in queries.

A step of ``undo_steps`` is one command that arranged or trashed assets: ``operation`` is the newest row of
``history_operations`` at that time, which says what came first. ``undo_assets`` has what was changed of each asset,
before and after, as JSON. Steps go when they are taken back, and the oldest ones when there are many.
"""

NAME = "undo"

PROVIDER = "CASE WHEN json_valid(recipe) THEN json_extract(recipe, '$.receipt.provider') END"

SQL = f"""
CREATE TABLE undo_steps (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  what TEXT NOT NULL,
  assets INTEGER NOT NULL,
  operation INTEGER NOT NULL
) STRICT;

CREATE TABLE undo_assets (
  step INTEGER NOT NULL REFERENCES undo_steps (number) ON DELETE CASCADE,
  asset TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  PRIMARY KEY (step, asset)
) STRICT, WITHOUT ROWID;

CREATE TABLE searches (name TEXT NOT NULL PRIMARY KEY, query TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE INDEX assets_seed ON assets (seed) WHERE trashed_at IS NULL AND seed IS NOT NULL;
CREATE INDEX assets_provider ON assets ({PROVIDER}) WHERE trashed_at IS NULL AND {PROVIDER} IS NOT NULL;
"""
