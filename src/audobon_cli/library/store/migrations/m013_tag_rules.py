"""Schema 13: rules that tag by query (store/tag_rules). One that was removed stays, not ``kept``, so that no pull
brings it back."""

NAME = "tag_rules"

SQL = """
CREATE TABLE tag_rules (
  tag TEXT NOT NULL,
  query TEXT NOT NULL,
  takes INTEGER NOT NULL CHECK (takes IN (0, 1)),
  kept INTEGER NOT NULL CHECK (kept IN (0, 1)),
  PRIMARY KEY (tag, query, takes)
) STRICT, WITHOUT ROWID;
"""
