"""Batch files: many pictures asked for in one file. The grammar alone; nothing here reads a file."""
