"""Writing GIFs (GIF89a specification).

Pillow packs the pixels, and no more: it begins the file anew at a frame that is empty (its 13.0 and those before), so
that nothing from there on is shown.
"""

import io
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_HEADER_BYTES = 13
_CLEARED = 2 << 2
"""The disposal that makes way for the next frame, in the flags of a frame's control."""
_TRANSPARENT = 1


def encode_moving_gif(frames: "Sequence[Image]", delays_ms: Sequence[int], plays: int) -> bytes:
    """``frames`` of one size, in mode P and of one palette, whose place 0 is transparent, as a GIF that is played
    ``plays`` times (0: for ever); delays are multiples of 10 ms.

    Raises struct.error for a delay or a side that the format cannot hold.
    """
    palette = bytes(frames[0].getpalette() or ())
    size = max(0, (len(palette) // 3 - 1).bit_length() - 1)
    width, height = frames[0].size
    pieces = [b"GIF89a", struct.pack("<HHBBB", width, height, 0x80 | size, 0, 0)]
    pieces.append(palette.ljust(3 << (size + 1), b"\0"))
    if plays != 1:  # the rounds after the first are counted
        pieces.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", max(0, plays - 1)) + b"\0")
    for number, (frame, delay) in enumerate(zip(frames, delays_ms, strict=True)):
        # Place 0 is what the box leaves out; some programs take the first picture's size for that of all.
        left, top, right, bottom = (frame.getbbox() or (0, 0, 1, 1)) if number else (0, 0, width, height)
        part = frame.crop((left, top, right, bottom))
        pieces.append(b"\x21\xf9\x04" + struct.pack("<BHBB", _CLEARED | _TRANSPARENT, delay // 10, 0, 0))
        pieces.append(b"\x2c" + struct.pack("<HHHHB", left, top, *part.size, 0))
        pieces.append(_packed(part))
    return b"".join([*pieces, b"\x3b"])


def _packed(part: "Image") -> bytes:
    """The pixels of ``part`` as they follow on the place of a picture: the size of the codes, and blocks of them."""
    stream = io.BytesIO()
    part.save(stream, format="GIF", optimize=False, interlace=0)
    file = stream.getvalue()
    place = _HEADER_BYTES + _palette_bytes(file[10])
    while file[place] == 0x21:
        place += 2
        while file[place]:
            place += 1 + file[place]
        place += 1
    return file[place + 10 + _palette_bytes(file[place + 9]) : -1]


def _palette_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0
