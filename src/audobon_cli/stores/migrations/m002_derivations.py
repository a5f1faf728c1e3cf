"""Schema 2: how assets were made out of others, and what was measured of them.

``record`` is a derivation's canonical JSON, which names the parents in their order; the relations
``derived-from`` say the same without order, for finding children. ``gates`` is a JSON object of
numbers.
"""

NAME = "derivations"

SQL = """
CREATE TABLE derivations (
  asset INTEGER PRIMARY KEY REFERENCES assets (number) ON DELETE CASCADE,
  record TEXT NOT NULL
) STRICT;

CREATE TABLE measures (
  asset INTEGER PRIMARY KEY REFERENCES assets (number) ON DELETE CASCADE,
  gates TEXT NOT NULL,
  measured_at INTEGER NOT NULL
) STRICT;
"""
