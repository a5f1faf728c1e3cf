"""Names for files that people keep, safe on every file system and in every shell."""

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Formatter

from audobon_cli.domain.errors import InvalidInput

MAX_NAME_BYTES = 255
"""What ext4, APFS and NTFS take for one name (bytes in UTF-8; NTFS counts UTF-16 units, which are fewer)."""

_FORBIDDEN = re.compile(r'[/\\:*?"<>|]')
_RESERVED = re.compile(r"(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Marks that turn the direction of text: with them `gnp.exe` can be shown as `exe.png`."""


def safe_file_name(stem: str, suffix: str = "", fallback: str = "asset") -> str:
    """``stem`` + ``suffix`` as the name of one file, never a path; letters of every script are kept.

    Separators and what Windows forbids become ``_``; control characters, direction marks and dots or
    dashes at the beginning go; names reserved on Windows get a ``_``; at most 255 bytes of UTF-8,
    shortened before ``suffix``. Never empty.
    """
    text = unicodedata.normalize("NFC", stem.encode("utf-8", "replace").decode("utf-8"))
    text = "".join(_printable(character) for character in text)
    text = _FORBIDDEN.sub("_", text)
    text = _trim(re.sub(r"\s+", " ", text)) or fallback
    if _RESERVED.fullmatch(text.split(".")[0].rstrip(" ")):
        text = f"_{text}"
    return _shorten(text, MAX_NAME_BYTES - len(suffix.encode())) + suffix


def check_names(path: Path) -> None:
    """Raise InvalidInput if a file or folder in ``path`` has a name longer than file systems take."""
    for name in path.parts:
        if len(os.fsencode(name)) > MAX_NAME_BYTES:
            raise InvalidInput(
                f"The name {name[:40]}... has more than the {MAX_NAME_BYTES} bytes that a file's name may have.",
                hint="shorten it; letters beyond ASCII take two to four bytes each",
            )


def numbered(stem: str, suffix: str, number: int) -> str:
    """The name of the ``number``-th file of one stem: ``dragon.png``, ``dragon-2.png``, ..."""
    return safe_file_name(stem, suffix if number == 1 else f"-{number}{suffix}")


def same_file_key(name: str) -> str:
    """Equal for names that some file system (macOS, Windows) takes for the same file."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def file_names(names: Sequence[str], suffix: str) -> list[str]:
    """A file's name that ends in ``suffix`` for each of ``names``, no two alike on any file system."""
    taken: set[str] = set()
    found = []
    for name in names:
        candidate, number = safe_file_name(name, suffix), 1
        while same_file_key(candidate) in taken:
            number += 1
            candidate = safe_file_name(name, f"-{number}{suffix}")
        taken.add(same_file_key(candidate))
        found.append(candidate)
    return found


def check_template(template: str, fields: frozenset[str]) -> None:
    """Raise InvalidInput unless ``template`` is plain text and ``{field}`` of ``fields``, without folders."""
    known = ", ".join(f"{{{field}}}" for field in sorted(fields))
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise InvalidInput(
            f"The name template {template!r} is malformed: {error}.", hint=f"use {known}"
        ) from error
    for text, field, format_spec, conversion in parts:
        if "/" in text or "\\" in text:
            raise InvalidInput(
                f"The name template {template!r} has a folder in it.", hint="name the folder separately"
            )
        if field is not None and (field not in fields or format_spec or conversion):
            raise InvalidInput(f"The name template {template!r} has an unknown field.", hint=f"use {known}")


def fill_template(template: str, values: Mapping[str, str]) -> str:
    """A checked ``template`` with ``values`` put in. Braces inside values mean nothing."""
    filled = []
    for text, field, _, _ in Formatter().parse(template):
        filled.append(text)
        if field is not None:
            filled.append(values[field])
    return "".join(filled)


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Zl", "Zp", "Zs") or character in "\t\n\r":
        return " "
    return "" if category in ("Cc", "Cs") or character in _OVERRIDES else character


def _trim(text: str) -> str:
    return text.lstrip(" .-").rstrip(" .")


def _shorten(text: str, limit: int) -> str:
    """The longest beginning of at most ``limit`` bytes that does not break a character from its marks."""
    if len(text.encode()) <= limit:
        return text
    end = len(text.encode()[:limit].decode("utf-8", "ignore"))
    while end > 1 and (unicodedata.combining(text[end]) or "\u200d" in text[end - 1 : end + 1]):
        end -= 1
    return text[:end].rstrip(" .")
