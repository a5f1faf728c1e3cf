"""Schema 14: the folders that assets were exported to, noted from now on; see store/uses.py. By id, so that an asset
that another commit takes away and brings back keeps them."""

NAME = "exports"

SQL = """
CREATE TABLE exports (
  asset TEXT NOT NULL,
  folder TEXT NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (asset, folder)
) STRICT, WITHOUT ROWID;
"""
