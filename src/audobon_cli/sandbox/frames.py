"""What the two processes say to each other: frames of JSON and bytes, and nothing that could bring code along."""

import json
import struct
from collections.abc import Iterable, Sequence
from typing import IO, Any

Buffer = bytes | bytearray | memoryview

HEAD = struct.Struct(">IQ")
"""Lengths of the JSON text and of the bytes that follow it."""
MOST_TEXT = 64 * 2**20
BLOCK = 2**20


class FrameDamaged(ValueError):
    """What came is no frame, or of more bytes than are taken."""


class FrameEnded(FrameDamaged):
    """What came is the beginning of a frame, and nothing comes any more."""


def write_frame(stream: IO[bytes], facts: object, contents: Sequence[Buffer] = ()) -> None:
    """Send ``facts`` (JSON-ready) and ``contents`` as one frame. Raises OSError."""
    text = json.dumps(facts).encode("ascii")
    views = [memoryview(one).cast("B") for one in contents]
    size = sum(view.nbytes for view in views)
    head = HEAD.pack(len(text), size) + text
    if size <= BLOCK:
        stream.write(b"".join((head, *views)))
    else:
        stream.write(head)
        for view in views:
            for start in range(0, view.nbytes, BLOCK):
                stream.write(view[start : start + BLOCK])
    stream.flush()


def read_head(stream: IO[bytes]) -> tuple[Any, int] | None:
    """The JSON of the next frame, and how many bytes follow; None where nothing comes any more. Raises FrameDamaged,
    OSError."""
    head = stream.read(HEAD.size)
    if not head:
        return None
    if len(head) < HEAD.size:
        raise FrameEnded("it ended within a frame")
    length, size = HEAD.unpack(head)
    if length > MOST_TEXT:
        raise FrameDamaged("it answered too much")
    text = stream.read(length)
    if len(text) < length:
        raise FrameEnded("it ended within a frame")
    try:
        return json.loads(text), size
    except (ValueError, RecursionError) as error:
        raise FrameDamaged("it answered nonsense") from error


def read_contents(stream: IO[bytes], size: int) -> Iterable[bytes]:
    """The ``size`` bytes that follow, in blocks. Raises FrameDamaged, OSError."""
    while size:
        block = stream.read(min(size, BLOCK))
        if not block:
            raise FrameEnded("it ended within a frame")
        size -= len(block)
        yield block


def read_whole(stream: IO[bytes], size: int) -> bytes:
    """The ``size`` bytes that follow, together. Raises FrameDamaged, OSError."""
    whole = stream.read(size)
    if len(whole) < size:
        raise FrameEnded("it ended within a frame")
    return whole
