"""The chunks of a PNG file, read without decoding the picture, and its texts (PNG specification, 5.3 and 11.3.3)."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from audobon_cli.domain.foreign.text import decode_lenient
from audobon_cli.media.xmp import XMP_KEYWORD

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXT_KINDS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
MAX_TEXT_BYTES = 4 * 1024 * 1024
"""A recipe is some kilobytes; a larger text is not one of ours, and may be made to exhaust memory."""
MOST_PILLOW_TAKES = 1024 * 1024
"""PIL.PngImagePlugin.MAX_TEXT_CHUNK."""
_HEAD = struct.Struct(">I4s")
OPENED_BYTES = 32 * MOST_PILLOW_TAKES
"""Half of PIL.PngImagePlugin.MAX_TEXT_MEMORY: of all texts of a picture together."""


class PngDamaged(ValueError):
    """The file is cut off, or no PNG at all; the message is a clause such as "it is cut off"."""


class Chunk(NamedTuple):
    """``position`` is where it begins in the file; ``is_whole`` whether its checksum is right."""

    kind: bytes
    position: int
    data: bytes
    is_whole: bool


def read_chunks(
    stream: BinaryIO, wanted: Callable[[bytes, int], bool] = lambda kind, length: True
) -> Iterator[Chunk]:
    """The chunks whose kind and length in bytes are ``wanted``, up to the last; others are not even read.

    Raises PngDamaged where the file ends too early.
    """
    position, kind = len(PNG_SIGNATURE), b""
    if stream.read(position) != PNG_SIGNATURE:
        raise PngDamaged("it is no PNG")
    while kind != b"IEND":
        head = stream.read(8)
        if len(head) < 8:
            raise PngDamaged("it is cut off")
        length, kind = struct.unpack(">I4s", head)
        if wanted(kind, length):
            data, checksum = stream.read(length), stream.read(4)
            if len(data) < length or len(checksum) < 4:
                raise PngDamaged("it is cut off")
            is_whole = zlib.crc32(data, zlib.crc32(kind)) == int.from_bytes(checksum, "big")
            yield Chunk(kind, position, data, is_whole)
        else:
            stream.seek(length + 4, io.SEEK_CUR)
        position += length + 12


def chunks_of(data: bytes) -> Iterator[Chunk]:
    """The chunks of a file in memory up to the last, in half of the time that `read_chunks` takes for them.

    Raises PngDamaged where the file ends too early.
    """
    for kind, begin, end in _places(data):
        content = data[begin:end]
        is_whole = zlib.crc32(content, zlib.crc32(kind)) == int.from_bytes(data[end : end + 4], "big")
        yield Chunk(kind, begin - 8, content, is_whole)


def content_parts(data: bytes) -> Iterator[memoryview]:
    """What the IDAT chunks of the PNG ``data`` hold, in their order, copied nowhere and no checksum minded: for whoever
    needs the beginning of a picture that was read before. Raises PngDamaged where the file ends too early."""
    whole = memoryview(data)
    return (whole[begin:end] for kind, begin, end in _places(data) if kind == b"IDAT")


def _places(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Of each chunk its kind, and where its content begins and ends."""
    if not data.startswith(PNG_SIGNATURE):
        raise PngDamaged("it is no PNG")
    place, last, kind = len(PNG_SIGNATURE), len(data) - 12, b""
    while kind != b"IEND":
        if place > last:
            raise PngDamaged("it is cut off")
        length, kind = _HEAD.unpack_from(data, place)
        end = place + 8 + length
        if end + 4 > len(data):
            raise PngDamaged("it is cut off")
        yield kind, place + 8, end
        place = end + 4


def read_text(chunk: Chunk, limit: int = MAX_TEXT_BYTES) -> tuple[str, str] | None:
    """Keyword and text of a chunk of TEXT_KINDS; None for damaged ones and those of more than ``limit`` bytes.

    An iTXt is laid out as keyword, NUL, compression flag and method (a byte each), language, NUL, translated
    keyword, NUL, text in UTF-8. The others are Latin-1 by the specification, and UTF-8 by most who write them.
    """
    keyword, _, rest = chunk.data.partition(b"\0")
    compressed = is_compressed(chunk)
    parts = rest[2:].split(b"\0", 2) if chunk.kind == b"iTXt" else [rest[1:] if compressed else rest]
    try:
        data = _inflate(parts[-1], limit + 1) if compressed else parts[-1]
    except zlib.error:
        return None
    if len(data) > limit or (chunk.kind == b"iTXt" and len(parts) < 3):
        return None
    return keyword.decode("latin-1"), decode_lenient(data)


def is_compressed(chunk: Chunk) -> bool:
    """Whether what a chunk of TEXT_KINDS, or a colour profile, holds is compressed."""
    if chunk.kind == b"iTXt":
        place = chunk.data.find(b"\0") + 1
        return chunk.data[place : place + 1] == b"\1"
    return chunk.kind in (b"zTXt", b"iCCP")


def _inflate(data: bytes, limit: int) -> bytes:
    return zlib.decompressobj().decompress(data, limit)


def without_long_texts(data: bytes) -> bytes:
    """The PNG ``data`` without the texts and profiles that Pillow would refuse the whole picture for.

    It takes none that is damaged or has more than 1 MiB unpacked; the specification has no such limit. Anything
    else comes back as it is, files of other formats and damaged ones too. At most OPENED_BYTES are unpacked.
    """
    if not data.startswith(PNG_SIGNATURE) or not any(kind in data for kind in (b"iCCP", *TEXT_KINDS)):
        return data
    kept, begin, budget = [], 0, OPENED_BYTES
    try:
        for chunk in read_chunks(io.BytesIO(data), lambda kind, _: kind in TEXT_KINDS or kind == b"iCCP"):
            size = _unpacked_size(chunk, min(MOST_PILLOW_TAKES, budget))
            budget -= min(size, budget)
            if size > MOST_PILLOW_TAKES or not budget:
                kept.append(data[begin : chunk.position])
                begin = chunk.position + len(chunk.data) + 12
    except PngDamaged:
        return data
    return b"".join([*kept, data[begin:]]) if kept else data


def _unpacked_size(chunk: Chunk, limit: int) -> int:
    """How many bytes ``chunk`` holds; more than MOST_PILLOW_TAKES for one that is damaged or beyond ``limit``."""
    if not is_compressed(chunk):
        return len(chunk.data)
    _, _, rest = chunk.data.partition(b"\0")
    packed = rest[2:].split(b"\0", 2)[-1] if chunk.kind == b"iTXt" else rest[1:]
    try:
        size = len(_inflate(packed, limit + 1))
    except zlib.error:
        return MOST_PILLOW_TAKES + 1
    return size if size <= limit else MOST_PILLOW_TAKES + 1


def text_chunks(texts: Mapping[str, str], compressed: bool = False) -> "PngInfo":
    """``texts`` as iTXt chunks for Pillow to write, in their order; XMP is never compressed, as its specification asks.

    An iTXt ends at a NUL, and takes nothing that UTF-8 cannot encode: such characters are left out or replaced.
    """
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    for keyword, text in texts.items():
        clean = text.replace("\0", "").encode("utf-8", "replace").decode()
        chunks.add_itxt(keyword, clean, zip=compressed and keyword != XMP_KEYWORD)
    return chunks
