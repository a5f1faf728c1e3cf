"""The library on disk: files by hash, the database, assets.

``objects/ab/cdef…`` holds each file under its SHA-256, read-only. New files are written under temporary
names, synced, renamed, and their folders synced, in batches. ``audobon.db`` is SQLite (see
storage/database.py); history's and the queue's tables lie in it too, so that a change, its record and a job's
state can be one transaction.

``location.py`` says where a library lies: ``.audobon/`` in a project's folder, found upward as git finds its
own, else the user's own in the platform's data folder. Network file systems are refused: SQLite's locks
cannot be trusted there.

Every change goes through ``Library.change()``: records, text index, facets, counts and hashes are written
together.
"""
