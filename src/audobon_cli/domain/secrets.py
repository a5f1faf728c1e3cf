"""Keys that must never be written anywhere: they show themselves as ``***``, and texts are cleaned of them."""

import re
from typing import Any

MASK = "***"
SHORTEST = 6
"""Shorter values are not looked for in texts: they would blank out ordinary words."""

_known: set[str] = set()


class Secret:
    """A key. Only ``reveal`` gives its value; printing, logging and formatting show the mask.

    Each one made is remembered for the life of the process, so that ``redact`` can clean what others write.
    """

    __slots__ = ("_value", "origin")

    def __init__(self, value: str, origin: str) -> None:
        """``origin`` says where it was found, for people: the name of a variable, or ``keyring``."""
        self._value = value
        self.origin = origin
        if len(value) >= SHORTEST:
            _known.add(value)

    def reveal(self) -> str:
        """The value itself: for the request that needs it, and nothing else."""
        return self._value

    def __repr__(self) -> str:
        return MASK


_USER = re.compile(r"(?<![\w+.-])([A-Za-z][A-Za-z0-9+.-]{1,15}://)[^\s/?#'\"<>@]{1,2000}@")
"""Name and password in front of a host (RFC 3986, 3.2.1)."""

_QUERY = re.compile(r"(?<=[\w/.~%-])\?[A-Za-z0-9_.~%-]{1,200}=[^\s'\"<>),;]*")
"""A query behind a path (RFC 3986, 3.4): it may grant access, as signed addresses of storage do."""


def redact(text: str) -> str:
    """``text`` with the mask in place of every key of this process, and of what addresses say beside a host and a
    path. Services and libraries like to quote both in errors."""
    text = _QUERY.sub(f"?{MASK}", _USER.sub(rf"\1{MASK}@", text))
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text


def redacted(value: Any) -> Any:
    """``value``, JSON-ready, with every text in it as `redact` gives it."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: redacted(one) for name, one in value.items()}
    return [redacted(one) for one in value] if isinstance(value, list | tuple) else value
