"""Putting what is to be said of a sound into the files that libsndfile wrote."""

import struct

ID3_HEAD = 10
"""Bytes of an ID3v2 tag before its frames, and of each frame before its content."""


def with_wav_chunk(data: bytes, kind: bytes, content: bytes) -> bytes:
    """The WAV ``data`` with one chunk more at its end."""
    body = data[8:] + b"\0" * (len(data) & 1) + kind + struct.pack("<I", len(content)) + content
    body += b"\0" * (len(content) & 1)
    return data[:4] + struct.pack("<I", len(body)) + body


def with_id3_private(data: bytes, owner: bytes, content: bytes) -> bytes:
    """The MP3 ``data`` with a PRIV frame (ID3v2.4, 4.27) of ``owner`` before the other frames of its tag; one without
    a tag gets one."""
    payload = owner + b"\0" + content
    if data[:3] == b"ID3" and data[3] == 3:  # whose frames have plain lengths
        frame = b"PRIV" + struct.pack(">I", len(payload)) + b"\0\0" + payload
    else:
        frame = b"PRIV" + _syncsafe(len(payload)) + b"\0\0" + payload
    if data[:3] != b"ID3":
        return b"ID3\4\0\0" + _syncsafe(len(frame)) + frame + data
    size = sum((byte & 0x7F) << 7 * (3 - place) for place, byte in enumerate(data[6:ID3_HEAD]))
    return data[:6] + _syncsafe(size + len(frame)) + frame + data[ID3_HEAD:]


def _syncsafe(number: int) -> bytes:
    """``number`` in four bytes of seven bits."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
