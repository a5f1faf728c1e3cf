"""Backups: frozen data and pure rules."""
