"""What is written where the terminal's or the pipe's encoding does not know every character."""

import sys
from io import TextIOWrapper
from os import environ

STEERING = ("PYTHONIOENCODING", "PYTHONUTF8")


def tolerate_code_pages() -> None:
    """Where stdout or stderr is not in UTF-8, write what it has no character for as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and not _is_utf8(stream):
            stream.reconfigure(errors="backslashreplace")


def write_utf8() -> None:
    """Write UTF-8 to files and pipes, whatever the code page; who set an encoding for Python keeps it.

    A console takes every character already: Python writes to it in UTF-16.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and not stream.isatty() and not any(map(environ.get, STEERING)):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    tolerate_code_pages()


def _is_utf8(stream: TextIOWrapper) -> bool:
    return stream.encoding.lower().replace("-", "").replace("_", "") == "utf8"
