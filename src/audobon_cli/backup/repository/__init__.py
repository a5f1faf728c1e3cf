"""The backup repository: what lies at the destination, byte by byte. See docs/backup-format.md.

What lies at a destination is checked field by field (``documents.py``): anyone can write there, and without
encryption seal it. zstandard for speed; cryptography for AES-GCM, whose wheels every platform has.
"""
