"""Where things are kept: files, the database, models."""
