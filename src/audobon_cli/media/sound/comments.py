"""Texts in sound files under names of anybody's choice, which libsndfile does not give: comments of FLAC and Ogg
(RFC 9639, 8.6; RFC 7845, 5.2) and TXXX frames of MP3 (ID3v2.3 and 2.4, 4.2.6). ComfyUI keeps its graph there."""

import struct
from collections.abc import Iterator

from audobon_cli.domain.foreign.text import decode_lenient, decode_utf16
from audobon_cli.media.sound.containers import id3_length

MAX_BYTES = 4 * 1024 * 1024
MAX_COMMENTS = 200
_COMMENT_BLOCK = 4
_HEADS = (b"\3vorbis", b"OpusTags")
_ID3_HEAD = 10


def named_comments(data: bytes, form: str) -> dict[str, str]:
    """The texts of ``data``, a file of the format ``form`` (see SoundMedium.formats), by name in small letters; of a
    name that comes twice the first holds. Damaged ones say nothing."""
    found: dict[str, str] = {}
    try:
        for name, text in _PAIRS[form](data) if form in _PAIRS else ():
            found.setdefault(name.strip().lower(), text)
            if len(found) >= MAX_COMMENTS:
                break
    except (struct.error, ValueError, IndexError):
        pass
    return found


def _of_flac(data: bytes) -> Iterator[tuple[str, str]]:
    place = id3_length(data) + 4
    while place + 4 <= len(data):
        kind, length = data[place] & 0x7F, int.from_bytes(data[place + 1 : place + 4], "big")
        if kind == _COMMENT_BLOCK:
            yield from _of_comments(data[place + 4 : place + 4 + length])
            return
        if data[place] & 0x80:
            return
        place += 4 + length


def _of_ogg(data: bytes) -> Iterator[tuple[str, str]]:
    """The second packet of the first stream has them; it may go over several pages."""
    packets, place, begun = 0, 0, bytearray()
    while data[place : place + 4] == b"OggS" and len(begun) <= MAX_BYTES:
        segments = data[place + 26]
        lacing = data[place + 27 : place + 27 + segments]
        place += 27 + segments
        for size in lacing:
            begun += data[place : place + size]
            place += size
            if size < 255:
                packets += 1
                if packets == 2:
                    head = next((one for one in _HEADS if begun.startswith(one)), None)
                    yield from _of_comments(bytes(begun[len(head) :])) if head else ()
                    return
                begun.clear()


def _of_comments(content: bytes) -> Iterator[tuple[str, str]]:
    place = 4 + struct.unpack_from("<I", content)[0]
    (count,) = struct.unpack_from("<I", content, place)
    place += 4
    for _ in range(min(count, MAX_COMMENTS)):
        (length,) = struct.unpack_from("<I", content, place)
        name, _, text = decode_lenient(content[place + 4 : place + 4 + min(length, MAX_BYTES)]).partition("=")
        yield name, text
        place += 4 + length


def _of_mp3(data: bytes) -> Iterator[tuple[str, str]]:
    if data[:3] != b"ID3" or data[3] not in (3, 4):
        return
    end = min(_ID3_HEAD + _syncsafe(data[6:10]), len(data))
    place = _ID3_HEAD
    while place + _ID3_HEAD <= end and data[place]:
        size = data[place + 4 : place + 8]
        length = _syncsafe(size) if data[3] == 4 else int.from_bytes(size, "big")
        content = data[place + _ID3_HEAD : place + _ID3_HEAD + length]
        if data[place : place + 4] == b"TXXX" and 0 < length <= MAX_BYTES:
            text = (
                decode_utf16(content[1:], "utf-16-be")
                if content[0] in (1, 2)
                else decode_lenient(content[1:])
            )
            name, _, value = text.partition("\0")
            yield name, value.lstrip("\ufeff").rstrip("\0")
        place += _ID3_HEAD + length


def _syncsafe(four: bytes) -> int:
    return sum((byte & 0x7F) << 7 * (3 - place) for place, byte in enumerate(four))


_PAIRS = {"flac": _of_flac, "ogg": _of_ogg, "mp3": _of_mp3}
