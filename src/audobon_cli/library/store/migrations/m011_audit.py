"""Schema 11: the audit log, empty until the setting ``audit_log`` asks for it. ``body`` is JSON, ``mac`` authenticates
it and the record before it; see library/audit."""

NAME = "audit"

SQL = """
CREATE TABLE audit_records (
  number INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  mac BLOB NOT NULL CHECK (length(mac) = 32)
) STRICT;
"""
