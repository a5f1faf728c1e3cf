"""Putting what is to be said of a sound into the files that libsndfile wrote."""

import struct

from audobon_cli.media.sound.formats import SoundFormat
from audobon_cli.media.sound.wav import XMP_CHUNK, with_chunk
from audobon_cli.media.xmp import xmp_packet

ID3_HEAD = 10
"""Bytes of an ID3v2 tag before its frames, and of each frame before its content."""


def source_comment(uri: str, form: SoundFormat) -> dict[str, str]:
    """The texts that name the digital source type ``uri`` ("": none) where XMP has no place; for write_sound."""
    placeless = uri and form in (SoundFormat.FLAC, SoundFormat.OGG)
    return {"comment": f"DigitalSourceType={uri}"} if placeless else {}


def with_source_type(data: bytes, uri: str, form: SoundFormat) -> bytes:
    """The file ``data`` with XMP that names the digital source type ``uri`` ("": as it is); FLAC and Ogg as they are:
    see source_comment."""
    if not uri or form in (SoundFormat.FLAC, SoundFormat.OGG):
        return data
    packet = xmp_packet(uri).encode()
    if form is SoundFormat.WAV:
        return with_chunk(data, XMP_CHUNK, packet)
    return with_id3_private(data, b"XMP", packet)


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
