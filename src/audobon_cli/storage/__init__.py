"""Files, locks and databases that survive a kill and a power cut.

SQLite comes through apsw, in WAL mode with synchronous=FULL (with NORMAL a power cut loses acknowledged
commits), BEGIN IMMEDIATE, and a flock around writers. Each migration of a schema is one transaction with its
record, after a backup of the database. Nothing else in the program knows which SQLite is underneath.
"""
