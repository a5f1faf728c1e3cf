"""Libraries whose database, stored files and small pictures are encrypted at rest.

One master key opens everything; it lies wrapped in key slots, a file each in ``keys/``, which is also what tells that
a library is encrypted. From it the keys of the database, of stored files, of their names and of what is kept beside
them are derived, so that changing a passphrase rewrites one slot. docs/encryption.md says what that protects, what it
does not, and every format byte by byte.
"""
