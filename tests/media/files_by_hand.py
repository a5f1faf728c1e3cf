"""Picture files put together byte by byte, as encoders of others write them."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audobon_cli.media.image.pixels import Pixels

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    """A PNG's."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, depth: int = 8, color: int = 6) -> bytes:
    """IHDR."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))


def png(depth: int, color: int, rows: Sequence[bytes], width: int, *extra: bytes) -> bytes:
    """A still PNG of packed rows, with ``extra`` chunks before them."""
    content = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"".join(
        [
            SIGNATURE,
            header(width, len(rows), depth, color),
            *extra,
            chunk(b"IDAT", content),
            chunk(b"IEND", b""),
        ]
    )


@dataclass(frozen=True)
class Laid:
    """A part of an animation; ``dispose`` in the file's own numbers."""

    pixels: Pixels
    x: int = 0
    y: int = 0
    delay: int = 10
    dispose: int = 0
    blend: int = 0


def apng(
    width: int, height: int, parts: Sequence[Laid], plays: int = 0, hidden: Pixels | None = None
) -> bytes:
    """An animated PNG; ``hidden`` is a picture that is none of its frames."""
    pieces = [SIGNATURE, header(width, height), chunk(b"acTL", struct.pack(">II", len(parts), plays))]
    number = 0
    if hidden is not None:
        pieces.append(chunk(b"IDAT", _packed(hidden)))
    for place, part in enumerate(parts):
        h, w = part.pixels.shape[:2]
        fields = (number, w, h, part.x, part.y, part.delay, 100, part.dispose, part.blend)
        pieces.append(chunk(b"fcTL", struct.pack(">IIIIIHHBB", *fields)))
        number += 1
        if place == 0 and hidden is None:
            pieces.append(chunk(b"IDAT", _packed(part.pixels)))
        else:
            pieces.append(chunk(b"fdAT", struct.pack(">I", number) + _packed(part.pixels)))
            number += 1
    return b"".join([*pieces, chunk(b"IEND", b"")])


def _packed(pixels: Pixels) -> bytes:
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in pixels))


PALETTE = bytes((255, 0, 0, 0, 255, 0, 0, 0, 255, 90, 90, 90))
"""Four colours."""


def gif(
    width: int,
    height: int,
    parts: Sequence[Laid],
    plays: int | None = 0,
    clear: int | None = None,
    end: bytes = b"\x3b",
) -> bytes:
    """A GIF of parts whose pixels are places in PALETTE, ``clear`` the transparent one; ``plays`` None says nothing."""
    pieces = [b"GIF89a", struct.pack("<HHBBB", width, height, 0x81, 0, 0), PALETTE]
    if plays is not None:
        pieces.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", plays) + b"\0")
    for part in parts:
        h, w = part.pixels.shape[:2]
        flags = part.dispose << 2 | (clear is not None)
        pieces.append(b"\x21\xf9\x04" + struct.pack("<BHB", flags, part.delay, clear or 0) + b"\0")
        pieces.append(
            b"\x2c" + struct.pack("<HHHHB", part.x, part.y, w, h, 0) + b"\x02" + _codes(part.pixels)
        )
    return b"".join([*pieces, end])


def _codes(places: Pixels) -> bytes:
    """LZW of three bits a code: a clear code before each pixel keeps them so."""
    bits = count = 0
    for code in [code for place in places.ravel().tolist() for code in (4, place)] + [5]:
        bits |= code << count
        count += 3
    data = bits.to_bytes((count + 7) // 8, "little")
    blocks = [data[at : at + 255] for at in range(0, len(data), 255)]
    return b"".join(bytes((len(block),)) + block for block in blocks) + b"\0"


def solid(width: int, height: int, *colour: int) -> Pixels:
    """One colour, or place in the palette."""
    shape = (height, width, len(colour)) if len(colour) > 1 else (height, width)
    return np.broadcast_to(np.array(colour if len(colour) > 1 else colour[0], dtype=np.uint8), shape).copy()
