"""Sounds as files for games: formats, what engines need beside them, lists, and sprite sheets of sounds."""
