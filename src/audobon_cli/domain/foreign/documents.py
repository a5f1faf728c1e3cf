"""TOML and JSON that somebody else wrote: bounded before memory or time is spent; ValueError for all that is odd.

The parsers of the standard library raise RecursionError for deep nesting, ValueError for long numbers, and take
numbers that no field can hold; callers would have to know each. What they read goes through here.
"""

import io
import json
import math
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from audobon_cli.domain.foreign.text import decode_file, without_mark

MOST_BYTES = 16 * 2**20
"""Settings, recipes, workflows and tables of frames are a thousand times smaller; parsed, text takes some ten times
its size."""

MOST_PICTURE_BYTES = 192 * 2**20
"""Pictures and sounds that are named for what is in them: 48 million pixels of four bytes, before any compression."""

MOST_ANSWER_BYTES = 512 * 2**20
"""Answers of services hold pictures as text."""

HEAD_BYTES = 4096
"""By so many bytes at its beginning a file is told for what it is."""

LARGE_BYTES = 2**20
"""A file of fewer bytes is read sooner than its beginning is looked at."""

Beginning = Callable[[int], bytes]
"""The first bytes of a file, as many as are asked for, or as it has."""

Look = Callable[[Beginning, int | None], str]
"""Why a file with this beginning and of so many bytes (None: nobody knows) is not to be read; "" if it is."""

MOST_DEPTH = 64
"""Arrays and tables within each other. The deepest that is written by hand has fewer than ten; Python's own limit
depends on how deep the program stands already."""

MOST_DIGITS = 400
"""Digits in a row: floats have at most 309 before the point; longer whole numbers are read in quadratic time."""

MOST_KEY_PARTS = 16
"""Dots in a key of TOML: each opens a table, and a long one is read in quadratic time."""

MOST_NUMBER = 2**64 - 1
"""Seeds go up to it; sizes and counts stay below 2^63 (see `whole_number`)."""

_MOST_IN_A_CALL = 2**31 - 2**12
"""Systems read no more in one call."""

_LONG_NUMBER = re.compile(rf"[0-9_]{{{MOST_DIGITS + 1}}}")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?'
    r"|\'\'\'(?:[^\']|\'(?!\'\'))*+(?:\'\'\')?"
    r'|"(?:[^"\\\n]|\\.)*+"?'
    r"|\'[^\'\n]*+\'?"
    r"|#[^\n]*+",
    re.DOTALL,
)
"""Strings and comments, ended or not: what matches always needs no second look, however long it is."""

_DOTTED = re.compile(rf"(?<![\w\"\-])(?:[\w\"\-]++[ \t]*+\.[ \t]*+){{{MOST_KEY_PARTS}}}")


def read_bounded(path: Path, most: int = MOST_BYTES) -> bytes:
    """The file's bytes. Raises ValueError for one that is larger or no file, OSError."""
    # What has no size of its own (a pipe, a device) would be waited for, or never end.
    if path.exists() and not path.is_file():
        raise ValueError("it is not a file")
    return read_named(path, most)


def read_named(path: Path, most: int, most_of_file: int | None = None, look: Look | None = None) -> bytes:
    """The bytes of what the user named, which may be a pipe (``/dev/stdin``, ``<(command)``).

    ``look`` is asked before more than the beginning is read, of a regular file only if it is large; what it says is
    raised as ValueError. Raises ValueError, too, for more than ``most`` bytes, or ``most_of_file`` if it is given and
    this is a regular file; OSError."""
    # Without a buffer, as all is read at once: making one takes as long as reading a small picture.
    with open(path, "rb", buffering=0) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            with io.BufferedReader(file) as stream:
                return _read_pipe(stream, most, look)
        size = status.st_size
        if look is not None and size > LARGE_BYTES:
            _refuse_if(look(lambda count: _first_bytes(file, count), size))
            file.seek(0)
        if size > (most if most_of_file is None else most_of_file):
            raise ValueError(_larger(most if most_of_file is None else most_of_file))
        if size > _MOST_IN_A_CALL:
            return file.readall()  # into one piece of memory; two that are joined take twice as much
        data = file.read(size + 1)
        return data if len(data) == size else data + file.readall()  # somebody is writing


def read_stream(stream: BinaryIO, most: int, of: int | None = None) -> bytes:
    """All that ``stream`` still gives. Raises ValueError for more than ``most`` bytes (told is ``of``, if some were
    read before), OSError."""
    data = stream.read(most + 1)
    if len(data) > most:
        raise ValueError(_larger(most if of is None else of))
    return data


def _read_pipe(stream: BinaryIO, most: int, look: Look | None) -> bytes:
    if look is None:
        return read_stream(stream, most)
    head = stream.read(HEAD_BYTES)
    _refuse_if(look(lambda count: head[:count], None))
    return head + read_stream(stream, most - len(head), most)


def _first_bytes(file: io.FileIO, count: int) -> bytes:
    file.seek(0)
    return file.read(count)


def _refuse_if(why: str) -> None:
    if why:
        raise ValueError(why)


def _larger(most: int) -> str:
    return f"it is larger than {most // 2**20} MiB"


def parse_toml(content: str | bytes) -> dict[str, Any]:
    """The tables of a TOML text. Raises ValueError (UnicodeDecodeError and TOMLDecodeError are kinds of it)."""
    import tomllib

    text = _text(content)
    bare = _STRING.sub('""', text)
    if _DOTTED.search(bare):
        raise ValueError(f"a key has more than {MOST_KEY_PARTS} parts")
    _check_written(text, bare)
    try:
        found = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    _check_numbers(found)
    return found


class KeyTwice(ValueError):
    """A JSON object has a key that occurs twice, where parsers keep the last; the text is the key."""


def _unlike(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise KeyTwice(key)
        found[key] = value
    return found


def parse_json(
    content: str | bytes, most: int = MOST_BYTES, lenient: bool = False, unlike: bool = False
) -> Any:
    """The value of a JSON text of at most ``most`` bytes. NaN and infinities are refused, as are whole numbers beyond
    64 bits; ``lenient`` makes None of the former and takes the latter, as programs and servers write both. With
    ``unlike`` a key that occurs twice in an object is refused, by KeyTwice.

    Raises ValueError.
    """
    text = _text(content, most)
    _check_written(text, _STRING.sub('""', text))
    try:
        if lenient:
            return json.loads(text, parse_constant=lambda name: None, parse_float=_finite)
        found = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unlike if unlike else None)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    _check_numbers(found)
    return found


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def parse_json_object(content: str | bytes, most: int = MOST_BYTES, lenient: bool = False) -> dict[str, Any]:
    """The object of a JSON text, see parse_json. Raises ValueError for any other value."""
    found = parse_json(content, most, lenient)
    if not isinstance(found, dict):
        raise ValueError("it is not an object")
    return found


def whole_number(value: object, least: int = 0, most: int = 2**63 - 1) -> int:
    """``value`` if it is a whole number within bounds. Raises ValueError."""
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{shortened(value)} is no whole number from {least} to {most}")
    return value


def shortened(value: object, characters: int = 60) -> str:
    """``value`` as a message shows it: foreign values may be of any length."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of more digits than Python turns into text
        return "a number of thousands of digits"
    return text if len(text) <= characters else f"{text[:characters]}..."


def _text(content: str | bytes, most: int = MOST_BYTES) -> str:
    if len(content) > most:
        raise ValueError(f"it is larger than {most // 2**20} MiB")
    return without_mark(content) if isinstance(content, str) else decode_file(content)


def _check_written(text: str, bare: str) -> None:
    """What is written outside of strings and comments (``bare``): not too deep, no number too long."""
    if _LONG_NUMBER.search(bare):
        raise ValueError(f"a number has more than {MOST_DIGITS} digits")
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", bare):
        depth += 1 if bracket in "[{" else -1
        if depth > MOST_DEPTH:
            raise ValueError(f"it is nested more than {MOST_DEPTH} deep")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _check_numbers(found: object) -> None:
    """No whole number beyond 64 bits and no infinity that a long number became; dates and texts pass."""
    pending = [found]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, int) and abs(value) > MOST_NUMBER:
            raise ValueError("a whole number is beyond 64 bits")
        elif isinstance(value, float) and not math.isfinite(value):
            raise ValueError("a number is not finite")
