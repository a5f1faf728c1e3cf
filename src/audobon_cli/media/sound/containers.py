"""The files around samples: which format one is, whether it is whole, and the chunks of WAV files."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from audobon_cli.media.sound.ogg import further_stream, has_no_end, missing_end

UNKNOWN_LENGTHS = (0, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFF000)
"""What programs write as the length of data that they could not go back to fill in: all that follows."""

MOST_CHUNKS = 2**18
"""A recording has some ten, one with markers some thousand."""

_PCM = 1
_BITRATES, _RATES = 15, 3
"""Values of an MPEG header that are not allowed: the bit rate of all ones, and the reserved sampling rate."""

_ID3_HEAD = 10


class RiffChunk(NamedTuple):
    """A chunk of a WAV or AIFF file: where its content begins, and how long it says that it is."""

    kind: bytes
    start: int
    length: int


def sound_format(data: bytes) -> str | None:
    """The name of the format whose files begin like ``data``; None for what is no sound."""
    if data[:4] in (b"RIFF", b"RF64", b"RIFX") and data[8:12] == b"WAVE":
        return "wav"
    if data[:4] == b"FORM" and data[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if data.startswith(b"OggS"):
        return "ogg"
    begin = id3_length(data)
    if data[begin : begin + 4] == b"fLaC":
        return "flac"
    others = (b"RIFF", b"RF64", b"RIFX", b"FORM", b"OggS")  # which libsndfile cuts short behind a tag
    if begin:
        return None if data[begin : begin + 4] in others else "mp3"
    return "mp3" if _is_layer_three(data) else None


def id3_length(data: bytes) -> int:
    """The bytes of the ID3v2 tag before a sound (ID3v2.4, 3.1), as taggers put one before FLAC, too; 0 without one."""
    if not data.startswith(b"ID3") or len(data) < _ID3_HEAD:
        return 0
    length = sum((byte & 0x7F) << 7 * (3 - place) for place, byte in enumerate(data[6:_ID3_HEAD]))
    return _ID3_HEAD + length + (_ID3_HEAD if data[5] & 0x10 else 0)


def _is_layer_three(data: bytes) -> bool:
    """Whether ``data`` begins with the header of an MPEG audio frame of layer III."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return False
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    bitrate, rate = data[2] >> 4, data[2] >> 2 & 3
    return version != 1 and layer == 1 and bitrate not in (0, _BITRATES) and rate != _RATES


def riff_chunks(data: bytes) -> Iterator[RiffChunk]:
    """The chunks of a WAV or AIFF file, in order; the last may say that it is longer than the file. MOST_CHUNKS are
    looked at: each of a file of zeros is empty, and has eight bytes."""
    order = ">" if data[:4] in (b"FORM", b"RIFX") else "<"
    position = 12
    for _ in range(MOST_CHUNKS):
        if position + 8 > len(data):
            break
        kind, length = struct.unpack_from(f"{order}4sI", data, position)
        yield RiffChunk(kind, position + 8, length)
        position += 8 + length + (length & 1)


def missing_bytes(data: bytes, form: str) -> str:
    """What shows that the end of a file in the format ``form`` is missing; "" where nothing does.

    Of FLAC and MP3 decoding shows it.
    """
    if form in ("wav", "aiff"):
        return _missing_of_chunks(data, b"data" if form == "wav" else b"SSND")
    return missing_end(data) if form == "ogg" else ""


def _missing_of_chunks(data: bytes, wanted: bytes) -> str:
    if data[:4] == b"RF64":  # its lengths are elsewhere; libsndfile holds them against the file
        return ""
    for chunk in riff_chunks(data):
        if chunk.kind != wanted:
            continue
        lacks = chunk.start + chunk.length - len(data)
        if lacks <= 0 or chunk.length in UNKNOWN_LENGTHS:
            return ""
        return f"it is cut off: {lacks} bytes are missing"
    return "it has no samples"


def incomplete(data: bytes, form: str) -> str:
    """What a file in the format ``form`` lacks that is read all the same, as far as it goes; "" for nothing."""
    if form == "ogg" and has_no_end(data):
        return "it ends without the mark of its end, as a recording that was broken off does"
    return ""


def with_data_length(data: bytes) -> bytes:
    """The WAV ``data`` with the length of its samples, where whoever wrote it was ended before it could fill that in
    and left a zero. libsndfile takes all other UNKNOWN_LENGTHS for what they are."""
    for chunk in riff_chunks(data) if data[:4] == b"RIFF" else ():
        if chunk.kind != b"data" or chunk.length:
            continue
        following = next(riff_chunks(data[:12] + data[chunk.start : chunk.start + 8]), None)
        rest = len(data) - chunk.start
        if following is None or (following.kind.isalnum() and following.length <= rest - 8):
            return data  # there are no samples
        length = struct.pack("<I", rest)
        return data[: chunk.start - 4] + length + data[chunk.start :]
    return data


def unclear(data: bytes, form: str) -> str:
    """Why the samples of a whole file in the format ``form`` would be read wrongly, or not all of them; "" for none."""
    if form == "wav":
        return _unclear_samples(data)
    several = form == "ogg" and further_stream(data)
    return "it holds several streams, one after the other" if several else ""


def _unclear_samples(data: bytes) -> str:
    order = ">" if data[:4] == b"RIFX" else "<"
    for chunk in riff_chunks(data):
        if chunk.kind == b"fmt " and min(chunk.length, len(data) - chunk.start) >= 16:
            tag, channels, _, _, block, bits = struct.unpack_from(f"{order}HHIIHH", data, chunk.start)
            # Some writers put the 24 bits above, some below, and Cool Edit wrote fractions so.
            wide = (tag, bits) == (_PCM, 24) and block == 4 * channels
            return "nothing says where in their 4 bytes its samples of 24 bits are" if wide else ""
    return ""
