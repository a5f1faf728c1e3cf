"""Which keys a remote takes, and how they sort."""

import re

from audobon_cli.domain.errors import RemoteObjectMissing, RemoteObjectShort

# No part begins with a dot: names of the remote's own (unfinished files, locks) do, and never meet a key.
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*", re.ASCII)


def is_key(text: str) -> bool:
    """Whether ``text`` can name an object."""
    return _KEY.fullmatch(text) is not None


def check_key(key: str) -> None:
    """Raise ValueError, a bug of the caller, unless ``key`` is one."""
    if not is_key(key):
        raise ValueError(f"not a key of a remote: {key!r}")


def object_missing(address: str, key: str) -> RemoteObjectMissing:
    """The error for an object that should be there."""
    return RemoteObjectMissing(
        f"{key} is missing in {address}.",
        hint="run `audobon backup verify` to see what it touches, then `audobon backup repair`",
        address=address,
        key=key,
    )


def read_nothing(address: str, key: str, start: int, size_bytes: int | None) -> bytes:
    """No bytes, read at ``start`` of an object of ``size_bytes`` (None: there is none), as no request can ask for them.
    Raises RemoteObjectMissing, RemoteObjectShort."""
    if size_bytes is None:
        raise object_missing(address, key)
    if start > size_bytes:
        raise object_short(address, key, start, size_bytes)
    return b""


def object_short(address: str, key: str, wanted_bytes: int, size_bytes: int) -> RemoteObjectShort:
    """The error for an object of ``size_bytes`` that should reach to ``wanted_bytes``."""
    return RemoteObjectShort(
        f"{key} in {address} ends after {size_bytes} bytes; {wanted_bytes} were expected.",
        hint="run `audobon backup verify` to see what it touches, then `audobon backup repair`",
        address=address,
        key=key,
        size_bytes=size_bytes,
    )


def cut(content: bytes, address: str, key: str, start: int, length: int | None) -> bytes:
    """What Remote.get returns of an object whose whole content is at hand. Raises RemoteObjectShort."""
    end = len(content) if length is None else start + length
    if max(start, end) > len(content):
        raise object_short(address, key, max(start, end), len(content))
    return content[start:end]
