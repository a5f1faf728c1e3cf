"""The chunks of a PNG file, read without decoding the picture, and its texts (PNG specification, 5.3 and 11.3.3)."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXT_KINDS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
MAX_TEXT_BYTES = 4 * 1024 * 1024
"""A recipe is some kilobytes; a larger text is not one of ours, and may be made to exhaust memory."""


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


def read_text(chunk: Chunk) -> tuple[str, str] | None:
    """Keyword and text of a chunk of TEXT_KINDS; None for damaged and very long ones.

    An iTXt is laid out as keyword, NUL, compression flag and method (a byte each), language, NUL, translated
    keyword, NUL, text in UTF-8.
    """
    keyword, _, rest = chunk.data.partition(b"\0")
    try:
        if chunk.kind == b"tEXt":
            text = rest.decode("latin-1")
        elif chunk.kind == b"zTXt":
            text = _inflate(rest[1:]).decode("latin-1")
        else:
            compressed, parts = rest[0] == 1, rest[2:].split(b"\0", 2)
            text = (_inflate(parts[2]) if compressed else parts[2]).decode("utf-8")
    except (zlib.error, UnicodeDecodeError, IndexError):
        return None
    return (keyword.decode("latin-1"), text) if len(text) <= MAX_TEXT_BYTES else None


def _inflate(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, MAX_TEXT_BYTES)


def text_chunks(texts: Mapping[str, str], compressed: bool = False) -> "PngInfo":
    """``texts`` as iTXt chunks for Pillow to write, in their order.

    An iTXt ends at a NUL, and takes nothing that UTF-8 cannot encode: such characters are left out or replaced.
    """
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    for keyword, text in texts.items():
        clean = text.replace("\0", "").encode("utf-8", "replace").decode()
        chunks.add_itxt(keyword, clean, zip=compressed)
    return chunks
