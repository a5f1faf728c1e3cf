"""Texts from outside: the one place where bytes become text, and where text is made safe to keep and to show."""

import codecs
import contextlib
import re
import unicodedata
from functools import partial

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


def name_of_file(name: str) -> str:
    """The name of a file as a text: in UTF-8, composed as people type it (disks of Macs take accents apart), without
    what is not seen. It may be empty then."""
    if not name.isascii():
        name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    if name.isprintable():
        return name
    return "".join(one for one in name if one.isprintable() or one in _SEEN)


_SEEN = "\u200d"
"""What joins the parts of emoji."""

MARK = "\ufeff"
"""The byte order mark, which editors on Windows write before a text; it is no part of it."""

_MARKS = (
    # Those of UTF-32 first: the little-endian one begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SAMPLE_CHARACTERS = 4096
"""So many characters of a text without a mark are looked at to find its byte order."""


def without_mark(text: str) -> str:
    """``text`` without the byte order mark before it: what is left of one in a text that was decoded elsewhere."""
    return text.lstrip(MARK)


def decode_file(data: bytes) -> str:
    """The text of a file: in UTF-16 or UTF-32 if it begins with their mark, else in UTF-8; without the mark.

    Raises UnicodeDecodeError.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return without_mark(data[len(mark) :].decode(encoding))
    return data.decode("utf-8")


def decode_lenient(data: bytes) -> str:
    """The text of ``data``, whose encoding nobody told or nobody kept to: as decode_file, else Windows' Latin-1.

    Writers put UTF-8 where a format asks for ASCII or Latin-1 far more often than Latin-1 is valid UTF-8 by chance.
    What Latin-1 has as controls, which no text holds, Windows-1252 has as quotation marks and dashes.
    """
    for decode in (decode_file, partial(bytes.decode, encoding="cp1252")):
        with contextlib.suppress(UnicodeDecodeError):
            return decode(data)
    return data.decode("latin-1")


def decode_utf16(data: bytes, usual: str = "utf-16-be") -> str:
    """The text of ``data``, which is said to be UTF-16: by its mark, else in the byte order that makes sense of it.

    ``usual`` is taken where both do. UTF-8 that was only called UTF-16 is told by its having no NUL.
    """
    if any(data.startswith(mark) for mark, _ in _MARKS):
        return decode_lenient(data)
    if b"\0" not in data:
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode("utf-8")
            if not any(unicodedata.category(one) in _NO_TEXT and one not in _LINE_ENDS for one in text):
                return text
    whole = data[: len(data) // 2 * 2]
    orders = sorted(("utf-16-be", "utf-16-le"), key=lambda order: (_oddness(whole, order), order != usual))
    return without_mark(whole.decode(orders[0], "replace"))


def _oddness(data: bytes, encoding: str) -> tuple[int, int]:
    """How little sense ``data`` makes in ``encoding``: characters that no text has, then how many pages of Unicode
    its characters are from (a text keeps to few: the high bytes are alike, the low ones are not)."""
    text = data[: 2 * SAMPLE_CHARACTERS].decode(encoding, "replace")
    odd = sum(
        character == "\ufffd"
        or (unicodedata.category(character) in _NO_TEXT and character not in _LINE_ENDS + "\0")
        for character in text
    )
    return odd, len({ord(character) >> 8 for character in text})


_NO_TEXT = frozenset({"Cn", "Co", "Cs", "Cc"})
_LINE_ENDS = "\t\n\r"
