"""Texts that are hidden in the pixels of a PNG: the lowest bits of the alpha channel, or of red, green and blue.

NovelAI writes them so ("stealth_pngcomp"), and extensions of A1111's web UI in four ways: column by column from the top
left, fifteen letters that say which way, the length of the text in bits (32 bits, the highest first), the text, packed
by gzip or not. Whether there is one is told from the first pixel of some rows, without decoding the picture.
"""

import functools
import io
import struct
import zlib
from collections.abc import Iterator, Mapping

from audobon_cli.domain.foreign.text import decode_lenient
from audobon_cli.media.image.foreign.reader import PARAMETERS, json_object
from audobon_cli.media.image.png_chunks import MAX_TEXT_BYTES, PNG_SIGNATURE, PngDamaged, content_parts

MARKS: Mapping[bytes, tuple[str, bool]] = {
    b"stealth_pngcomp": ("alpha", True),
    b"stealth_pnginfo": ("alpha", False),
    b"stealth_rgbcomp": ("colours", True),
    b"stealth_rgbinfo": ("colours", False),
}
"""The channels that hold the text, and whether it is packed."""
_BITS: Mapping[str, Mapping[int, tuple[int, ...]]] = {
    "alpha": {6: (3,)},
    "colours": {2: (0, 1, 2), 6: (0, 1, 2)},
}
"""By channels and the PNG's type of colours: the bytes of a pixel, in their order."""
_CHANNELS = {2: 3, 6: 4}
MAX_PIXELS = 4096 * 4096
"""Programs that write such texts draw some megapixels; what is larger is not decoded for one."""
_PIECE_BYTES = 64 * 1024
_HEAD_BITS = 8 * 15
_LENGTH_BITS = 32
_HEADER = struct.Struct(">IIBBBBB")
_FEWEST_BITS = 2 * (_HEAD_BITS + _LENGTH_BITS)


def hidden_texts(data: bytes) -> dict[str, str]:
    """The texts hidden in the PNG ``data``, by keyword (see media.image.texts); empty for any other file.

    At most MAX_TEXT_BYTES are unpacked. A text that is JSON is taken apart into its keywords.
    """
    if not data.startswith(PNG_SIGNATURE) or data[12:16] != b"IHDR" or len(data) < _HEADER.size + 16:
        return {}
    width, height, depth, colour, *_, interlaced = _HEADER.unpack_from(data, 16)
    if depth != 8 or interlaced or colour not in _CHANNELS:
        return {}
    if not _FEWEST_BITS <= width * height * 3 <= 3 * MAX_PIXELS:
        return {}
    try:
        if not _may_begin(next(content_parts(data), b""), width, colour):
            return {}
        channels = _channels(content_parts(data), width, height, colour)
    except (PngDamaged, zlib.error):
        return {}
    text = _text(data, _BITS[channels][colour]) if channels else ""
    return _taken_apart(text) if text else {}


def _may_begin(part: bytes | memoryview, width: int, colour: int) -> bool:
    """Whether the first pixels of two rows are as a mark has them, as few are; True where it takes more to tell.

    What `_channels` would find, for a quarter of the time: an import asks it of each picture.
    """
    size = _CHANNELS[colour]
    row, head = 1 + width * size, 1 + size
    if row > _PIECE_BYTES:
        return True
    begin = zlib.decompressobj().decompress(part[:_PIECE_BYTES], row + head)
    if len(begin) < row + head:
        return True
    first = begin[1:head]
    pixels = int.from_bytes(first + _unfiltered(begin[row:], first))
    return any(pixels & mask == bits for mask, bits in _first_bits(colour))


def _channels(parts: Iterator[memoryview], width: int, height: int, colour: int) -> str:
    """The channels in whose first column a mark stands, or as much of one as there are rows for; "" for none."""
    places = {channels: by_colour[colour] for channels, by_colour in _BITS.items() if colour in by_colour}
    found = dict.fromkeys(places, b"")
    for pixel in _first_pixels(parts, width, _CHANNELS[colour]):
        for channels, before in list(found.items()):
            bits = before + bytes([pixel[place] & 1 for place in places[channels]])
            if not any(mark.startswith(bits) for mark in _mark_bits(channels)):
                del found[channels]
            elif len(bits) >= min(_HEAD_BITS, len(places[channels]) * height):
                return channels
            else:
                found[channels] = bits
        if not found:
            break
    return ""


def _first_pixels(parts: Iterator[memoryview], width: int, size: int) -> Iterator[bytes]:
    """The first pixel of each row, unfiltered. What stands left of it is nothing, so that it depends on the pixel
    above alone (PNG specification, 9.2): Paeth's predictor is that pixel then, the average half of it.

    No more is unpacked than up to the pixel that is asked for: the first two rows tell of most pictures that they hide
    nothing.
    """
    unpack = zlib.decompressobj()
    row, head = 1 + width * size, 1 + size
    tail, missing, above = b"", head, bytes(size)
    for part in parts:
        for start in range(0, len(part), _PIECE_BYTES):  # what is left of the input is copied at each call
            pending: bytes | memoryview = part[start : start + _PIECE_BYTES]
            while piece := unpack.decompress(pending, min(missing, _PIECE_BYTES)):
                pending = unpack.unconsumed_tail
                missing -= len(piece)
                tail = (tail + piece)[-head:]
                if not missing:
                    missing, above = row, _unfiltered(tail, above)
                    yield above


def _unfiltered(head: bytes, above: bytes) -> bytes:
    kind, raw = head[0], head[1:]
    if kind in (2, 4):
        return bytes((value + up) & 255 for value, up in zip(raw, above, strict=True))
    if kind == 3:
        return bytes((value + up // 2) & 255 for value, up in zip(raw, above, strict=True))
    return raw


def _text(data: bytes, places: tuple[int, ...]) -> str:
    import numpy as np
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            pixels = np.asarray(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return ""
    bits = (pixels[:, :, list(places)] & 1).transpose(1, 0, 2).reshape(-1)
    mark = MARKS.get(np.packbits(bits[:_HEAD_BITS]).tobytes())
    start = _HEAD_BITS + _LENGTH_BITS
    length = int.from_bytes(np.packbits(bits[_HEAD_BITS:start]).tobytes(), "big")
    if mark is None or length > min(len(bits) - start, 8 * MAX_TEXT_BYTES):
        return ""
    content = np.packbits(bits[start : start + length]).tobytes()
    if not mark[1]:
        return decode_lenient(content)
    try:
        unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        content = unpack.decompress(content, MAX_TEXT_BYTES)
    except zlib.error:
        return ""
    return decode_lenient(content) if unpack.eof else ""


def _taken_apart(text: str) -> dict[str, str]:
    named = json_object(text)
    if named is None or not all(isinstance(value, str) for value in named.values()):
        return {PARAMETERS: text}
    return {str(key): value for key, value in named.items()}


@functools.cache
def _first_bits(colour: int) -> tuple[tuple[int, int], ...]:
    """For each mark, which bits of two pixels in a row, as one number, are its own, and what they are."""
    found = set()
    for channels, by_colour in _BITS.items():
        if colour in by_colour:
            size, places = _CHANNELS[colour], by_colour[colour]
            shifts = [8 * (size - 1 - place + size * (1 - pixel)) for pixel in (0, 1) for place in places]
            mask = sum(1 << shift for shift in shifts)
            for mark in _mark_bits(channels):
                found.add((mask, sum(bit << shift for bit, shift in zip(mark, shifts, strict=False))))
    return tuple(sorted(found))


@functools.cache
def _mark_bits(channels: str) -> tuple[bytes, ...]:
    """The marks that stand in ``channels``, a byte for each of their bits."""
    marks = [mark for mark, (named, _) in MARKS.items() if named == channels]
    return tuple(bytes(byte >> shift & 1 for byte in mark for shift in range(7, -1, -1)) for mark in marks)
