"""A bucket of Google Cloud Storage as a remote.

Over google-cloud-storage: creating is ifGenerationMatch=0, a version is a generation. The library begins
upload sessions but cannot go on with another process's, reads bodies in 8 KiB pieces and retries in layers;
so bodies go over its session by the protocol itself, its retries are off, and ``upload_journal.py`` notes
each session before its first byte. After a lost reply the object's CRC32C and its audobon-writer tell whether
it is our own.
"""
