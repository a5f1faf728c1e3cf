"""Texts from outside, made safe to keep and to show."""

import re

_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What a terminal obeys rather than shows: the controls of ISO 6429 but for tab and line feed, Unicode's marks that
turn the direction of writing (UAX 9), its separators of lines, and halves of surrogate pairs, which no encoding of a
terminal has."""


def visible(text: str) -> str:
    """``text`` with what is not seen written as Python would escape it: no terminal obeys it."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def visible_line(text: str) -> str:
    """The same in one line: for names and paths, which may hold line feeds."""
    return visible(text).replace("\n", "\\n")


def plain(text: str) -> str:
    """``text`` without what SQLite cannot take: NUL ends its strings, surrogates are not UTF-8."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
