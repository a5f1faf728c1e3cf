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
from audobon_cli.media.image.png_chunks import MAX_TEXT_BYTES, PngDamaged, read_chunks

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
_PIECE_BYTES = 4096
_HEAD_BITS = 8 * 15
_LENGTH_BITS = 32
_FEWEST_BITS = 2 * (_HEAD_BITS + _LENGTH_BITS)


def hidden_texts(data: bytes) -> dict[str, str]:
    """The texts hidden in the PNG ``data``, by keyword (see media.image.texts); empty for any other file.

    At most MAX_TEXT_BYTES are unpacked. A text that is JSON is taken apart into its keywords.
    """
    try:
        chunks = read_chunks(io.BytesIO(data))
        width, height, depth, colour, *_, interlaced = struct.unpack(">IIBBBBB", next(chunks).data)
        if depth != 8 or interlaced or colour not in _CHANNELS:
            return {}
        if not _FEWEST_BITS <= width * height * 3 <= 3 * MAX_PIXELS:
            return {}
        parts = (chunk.data for chunk in chunks if chunk.kind == b"IDAT")
        channels = _channels(parts, width, height, colour)
    except (PngDamaged, StopIteration, struct.error, zlib.error):
        return {}
    text = _text(data, _BITS[channels][colour]) if channels else ""
    return _taken_apart(text) if text else {}


def _channels(parts: Iterator[bytes], width: int, height: int, colour: int) -> str:
    """The channels in whose first column a mark stands, or as much of one as there are rows for; "" for none."""
    size = _CHANNELS[colour]
    wanted = {
        mark: _bits_of(mark)[: len(_BITS[channels][colour]) * height]
        for mark, (channels, _) in MARKS.items()
        if colour in _BITS[channels]
    }
    found: dict[bytes, list[int]] = {mark: [] for mark in wanted}
    for pixel in _first_pixels(parts, width, size):
        for mark in list(found):
            bits = found[mark]
            bits += [pixel[place] & 1 for place in _BITS[MARKS[mark][0]][colour]]
            if bits[: len(wanted[mark])] != wanted[mark][: len(bits)]:
                del found[mark]
            elif len(bits) >= len(wanted[mark]):
                return MARKS[mark][0]
        if not found:
            break
    return ""


def _first_pixels(parts: Iterator[bytes], width: int, size: int) -> Iterator[bytes]:
    """The first pixel of each row, unfiltered. What stands left of it is nothing, so that it depends on the pixel
    above alone (PNG specification, 9.2): Paeth's predictor is that pixel then, the average half of it."""
    unpack = zlib.decompressobj()
    row, above = 1 + width * size, bytes(size)
    head, passed = b"", 0
    for part in parts:
        pending = part
        while pending:
            piece = unpack.decompress(pending, _PIECE_BYTES)
            pending = unpack.unconsumed_tail
            while piece:
                if passed < 1 + size:
                    head += piece[: 1 + size - passed]
                step = min(len(piece), row - passed)
                passed, piece = passed + step, piece[step:]
                if len(head) == 1 + size:
                    above = _unfiltered(head, above)
                    head = b""
                    yield above
                passed %= row


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
def _bits_of(mark: bytes) -> list[int]:
    return [byte >> shift & 1 for byte in mark for shift in range(7, -1, -1)]
