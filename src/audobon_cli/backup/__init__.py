"""Backups: what the commands of `audobon backup` do."""
