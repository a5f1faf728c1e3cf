"""The library on disk: files by hash, the database, assets."""
