"""Pages of Ogg files (RFC 3533): told whether all are there, and given another serial number, so that a file is the
same each time."""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

HEAD = 27
CAPTURE = b"OggS"
_FIRST, _LAST = 2, 4
"""Flags of a page: the first of its stream, the last."""
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Each byte with its bits the other way round."""


class OggPage(NamedTuple):
    """A page: where it begins and ends in the file, its flags, and of its stream the number and its place in it."""

    start: int
    end: int
    flags: int
    serial: int
    sequence: int

    @property
    def begins(self) -> bool:
        """Whether it is the first page of its stream."""
        return bool(self.flags & _FIRST)

    @property
    def ends(self) -> bool:
        """Whether it says that it is the last page of its stream."""
        return bool(self.flags & _LAST)


def pages(data: bytes) -> Iterator[OggPage]:
    """The pages from the beginning on, up to what is none; the last may end behind the end of the file."""
    start = 0
    while start + HEAD <= len(data) and data[start : start + 4] == CAPTURE:
        serial, sequence = struct.unpack_from("<II", data, start + 14)
        segments = data[start + 26]
        end = start + HEAD + segments + sum(data[start + HEAD : start + HEAD + segments])
        yield OggPage(start, end, data[start + 5], serial, sequence)
        start = end


def missing_end(data: bytes) -> str:
    """What shows that the end of a file is missing; "" where nothing does.

    The last page of a stream says that it is the last, and is as long as its lacing says. A recording that was broken
    off between two pages has no such page, and plays all the same: then all pages have to be there and whole.
    """
    last = data.rfind(CAPTURE)
    if last < 0 or last + HEAD > len(data):
        return "it is cut off"
    segments = data[last + 26]
    lacing = data[last + HEAD : last + HEAD + segments]
    whole = len(lacing) == segments and last + HEAD + segments + sum(lacing) <= len(data)
    ended = whole and data[last + 5] & _LAST
    return "" if ended or has_no_end(data) else "it is cut off: the last page is missing"


def has_no_end(data: bytes) -> bool:
    """Whether ``data`` is pages throughout, each whole and none left out, and the last is not said to be the last."""
    last = data.rfind(CAPTURE)
    if last < 0 or last + HEAD > len(data) or data[last + 5] & _LAST:
        return False
    following: dict[int, int] = {}
    page = None
    for page in pages(data):
        expected = following.get(page.serial, page.sequence if page.begins else None)
        if page.end > len(data) or page.sequence != expected or not _is_whole(data[page.start : page.end]):
            return False
        following[page.serial] = (page.sequence + 1) & 0xFFFFFFFF
    return page is not None and page.end == len(data) and not page.ends


def further_stream(data: bytes) -> bool:
    """Whether a stream begins after another went on. All streams of an Ogg file begin before the first goes on
    (RFC 3533, 4); one that begins later follows the end of another, and libsndfile does not come to it."""
    going = False
    for page in pages(data):
        if page.begins and going:
            return True
        going |= not page.begins
    return False


def with_serial(data: bytes, serial: int) -> bytes:
    """The Ogg file ``data``, which has one stream, with the number ``serial`` for it, and checksums that hold."""
    out = bytearray(data)
    for page in pages(data):
        struct.pack_into("<I", out, page.start + 14, serial)
        struct.pack_into("<I", out, page.start + 22, _checksum(bytes(out[page.start : page.end])))
    return bytes(out)


def _is_whole(page: bytes) -> bool:
    return int.from_bytes(page[22:26], "little") == _checksum(page)


def _checksum(page: bytes) -> int:
    """CRC-32 of a page whose own checksum counts as zero: zlib's polynomial, most significant bits first, from zero on
    and with nothing turned over at the end (RFC 3533, 6)."""
    mirrored = (page[:22] + bytes(4) + page[26:]).translate(_MIRRORED)
    value = zlib.crc32(mirrored, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(value.to_bytes(4, "little").translate(_MIRRORED), "big")
