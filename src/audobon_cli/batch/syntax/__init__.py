"""Batch files: many pictures asked for in one file. The grammar alone; nothing here reads a file.

Bytes become rows (a prompt, and flags as words of a command line) and problems with line numbers.
"""
