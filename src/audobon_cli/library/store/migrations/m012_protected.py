"""Schema 12: assets that are protected. The trigger of the history is made anew, for this column too."""

NAME = "protected"

SQL = """
ALTER TABLE assets ADD COLUMN protected INTEGER NOT NULL DEFAULT 0 CHECK (protected IN (0, 1));

DROP TRIGGER history_asset_changed;
CREATE TRIGGER history_asset_changed AFTER UPDATE OF
  name, kind, blob, size_bytes, width, height, mode, created, prompt, model, quality, style, seed, category,
  tags, note, rating, duration_seconds, recipe, format, frames, metadata, derivation, media, protected, trashed_at
  ON assets BEGIN
  INSERT OR IGNORE INTO history_changed VALUES (new.id);
END;
"""
