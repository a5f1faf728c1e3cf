"""The backup repository: what lies at the destination, byte by byte. See docs/backup-format.md."""
