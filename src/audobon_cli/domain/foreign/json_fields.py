"""Reading JSON that somebody else may have written: every field is what it should be, or ValueError says so."""

import json
from typing import Any

MOST_NUMBER = 2**63 - 1
DIGEST_BYTES = 32


def read_document(content: bytes) -> dict[str, Any]:
    """The JSON object in ``content``."""
    try:
        found = json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return as_document(found)


def as_document(found: object) -> dict[str, Any]:
    """``found`` if it is a JSON object."""
    if not isinstance(found, dict):
        raise ValueError("it is not an object")
    return found


def text(data: dict[str, Any], name: str) -> str:
    """A text that can be written as UTF-8."""
    return _as_text(data.get(name), name)


def whole_number(data: dict[str, Any], name: str, least: int = 0) -> int:
    """A whole number that fits 63 bits."""
    found = data.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= MOST_NUMBER:
        raise ValueError(f"{name} is no whole number from {least} on")
    return found


def flag(data: dict[str, Any], name: str) -> bool:
    """True or false."""
    found = data.get(name)
    if not isinstance(found, bool):
        raise ValueError(f"{name} is neither true nor false")
    return found


def hexadecimal(data: dict[str, Any], name: str, length: int = DIGEST_BYTES) -> str:
    """``length`` bytes as hex digits."""
    return _as_hexadecimal(data.get(name), name, length)


def objects(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of JSON objects."""
    return [as_document(each) for each in _as_list(data, name)]


def texts(data: dict[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(_as_text(each, name) for each in _as_list(data, name))


def digests(data: dict[str, Any], name: str) -> tuple[str, ...]:
    """A list of SHA-256 digests as hex digits."""
    return tuple(_as_hexadecimal(each, name, DIGEST_BYTES) for each in _as_list(data, name))


def _as_list(data: dict[str, Any], name: str) -> list[Any]:
    found = data.get(name)
    if not isinstance(found, list):
        raise ValueError(f"{name} is no list")
    return found


def _as_text(found: object, name: str) -> str:
    if not isinstance(found, str):
        raise ValueError(f"{name} is no text")
    found.encode()  # UnicodeEncodeError, which is a ValueError, for half of a surrogate pair
    return found


def _as_hexadecimal(found: object, name: str, length: int) -> str:
    # bytes.fromhex alone lets spaces through.
    if not isinstance(found, str) or len(found) != 2 * length or len(bytes.fromhex(found)) != length:
        raise ValueError(f"{name} is not {length} bytes in hex digits")
    return found
