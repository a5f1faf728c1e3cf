"""Schema 6: assets of other media than images, in the same table.

``assets.media`` is the JSON of what is known of a content (see domain.media.media_dict). It is NULL for images, whose
facts are in the columns width, height, mode and frames; those hold 0, 0, '' and 1 for what is no image. The
trigger of the history is made anew, for this column too.
"""

NAME = "media"

SQL = """
ALTER TABLE assets ADD COLUMN media TEXT;

DROP TRIGGER history_asset_changed;
CREATE TRIGGER history_asset_changed AFTER UPDATE OF
  name, kind, blob, size_bytes, width, height, mode, created, prompt, model, quality, style, seed, category,
  tags, note, rating, duration_seconds, recipe, format, frames, metadata, derivation, media, trashed_at ON assets BEGIN
  INSERT OR IGNORE INTO history_changed VALUES (new.id);
END;
"""
