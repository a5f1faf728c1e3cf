"""PNG files as other decoders show them: without what Pillow stumbles over, and the parts of animated ones
(PNG specification, third edition)."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from audobon_cli.media.image.compose import (
    MAX_FRAMES,
    Dispose,
    FramePart,
    MovingImage,
    TooManyFrames,
    milliseconds,
)
from audobon_cli.media.image.png_chunks import PNG_SIGNATURE, TEXT_KINDS, Chunk, PngDamaged, chunks_of

PILLOW_TEXT_BYTES = 1024 * 1024
"""Pillow refuses a picture whose compressed texts or colour profile are longer (PngImagePlugin.MAX_TEXT_CHUNK)."""

MAX_KEPT_TEXT_BYTES = 16 * 1024 * 1024
"""Of texts together: what is over it is left out before Pillow sees it."""

_ANIMATION = (b"acTL", b"fcTL", b"fdAT")


def png_chunks(data: bytes) -> Iterator[Chunk]:
    """The chunks up to IEND, or up to where the file is cut off; checksums are not minded."""
    try:
        yield from chunks_of(data)
    except PngDamaged:
        return


def _stored(data: bytes, chunk: Chunk) -> bytes:
    """A chunk as it stands in its file: length, type, data, checksum."""
    return data[chunk.position : chunk.position + 12 + len(chunk.data)]


def still_png(data: bytes) -> bytes:
    """The still picture of a PNG in a file that Pillow decodes as others do.

    Left out are animations, and texts and colour profiles longer than Pillow allows; the grey or colour that stands for
    transparency is put into the 8 bits a channel to which Pillow scales. A file that is cut off stays cut off.
    """
    kept, room, at = [PNG_SIGNATURE], MAX_KEPT_TEXT_BYTES, len(PNG_SIGNATURE)
    depth = color = 8
    for chunk in png_chunks(data):
        at = chunk.position + 12 + len(chunk.data)
        if chunk.kind == b"IHDR" and len(chunk.data) == 13:
            depth, color = chunk.data[8:10]
        if chunk.kind in _ANIMATION:
            continue
        if chunk.kind in TEXT_KINDS or chunk.kind == b"iCCP":
            length = _unpacked_length(chunk) if room > 0 else PILLOW_TEXT_BYTES + 1
            room -= length
            if length > PILLOW_TEXT_BYTES or room < 0:
                continue
        kept.append(_scaled(chunk, depth, color) if chunk.kind == b"tRNS" else _stored(data, chunk))
    kept.append(data[at:])
    return b"".join(kept)


def pillow_file(data: bytes) -> bytes:
    """The bytes of a picture file as Pillow decodes them rightly: a still PNG by ``still_png``, others as they are."""
    if not data.startswith(PNG_SIGNATURE):
        return data
    return still_png(data) if shown_frames([chunk.kind for chunk in png_chunks(data)]) == 1 else data


def moving_png(data: bytes) -> MovingImage | None:
    """The parts of an animated PNG; None for a still one. A picture that comes before the first frame's control is not
    of the animation.

    Raises ValueError for frames that make no sense, and for more than MAX_FRAMES.
    """
    read = _Animation()
    for chunk in png_chunks(data):
        if (
            chunk.kind == b"IDAT" and read.plays is None
        ):  # what is announced after the picture is no animation
            return None
        read.take(chunk)
    whole = [(control, pixels) for control, pixels in read.frames if pixels]
    if read.plays is None or len(read.header) != 13 or not whole:
        return None
    if len(whole) > MAX_FRAMES:
        raise TooManyFrames
    width, height = struct.unpack_from(">II", read.header)
    parts = tuple(_part(control, pixels, read.header, read.shared) for control, pixels in whole)
    if any(part.x + part.width > width or part.y + part.height > height for part in parts):
        raise ValueError("a frame lies outside of the picture")
    return MovingImage(width, height, parts, read.plays)


@dataclass(slots=True)
class _Animation:
    """What was read of one: the header, the chunks that all frames share, and of each frame its control and pixels."""

    header: bytes = b""
    shared: list[bytes] = field(default_factory=list)
    plays: int | None = None
    frames: list[tuple[bytes, list[bytes]]] = field(default_factory=list)

    def take(self, chunk: Chunk) -> None:
        kind, data = chunk.kind, chunk.data
        if kind == b"IHDR":
            self.header = data
        elif kind == b"acTL" and len(data) == 8:
            self.plays = struct.unpack_from(">I", data, 4)[0]
        elif kind == b"PLTE":
            self.shared.append(_chunk(kind, data))
        elif kind == b"tRNS" and len(self.header) == 13:
            self.shared.append(_scaled(chunk, self.header[8], self.header[9]))
        elif kind == b"fcTL" and len(data) == 26:
            self.frames.append((data, []))
        elif kind == b"IDAT" and len(self.frames) == 1:
            self.frames[0][1].append(data)
        elif kind == b"fdAT" and self.frames:
            self.frames[-1][1].append(data[4:])


def shown_frames(kinds: list[bytes]) -> int:
    """How many frames are shown of a PNG with chunks of these kinds, in their order."""
    if b"acTL" not in kinds or b"IDAT" not in kinds or kinds.index(b"acTL") > kinds.index(b"IDAT"):
        return 1
    frames, pending = 0, False
    for kind in kinds:
        if kind == b"fcTL":
            pending = True
        elif kind in (b"IDAT", b"fdAT") and pending:
            frames, pending = frames + 1, False
    return max(1, frames)


def _part(control: bytes, pixels: list[bytes], header: bytes, shared: list[bytes]) -> FramePart:
    width, height, x, y, delay, unit, dispose, blend = struct.unpack_from(">IIIIHHBB", control, 4)
    if not (width and height) or dispose > Dispose.PREVIOUS:
        raise ValueError("a frame's size or disposal makes no sense")
    sized = struct.pack(">II", width, height) + header[8:]
    content = [_chunk(b"IHDR", sized), *shared, _chunk(b"IDAT", b"".join(pixels)), _chunk(b"IEND", b"")]
    file = PNG_SIGNATURE + b"".join(content)
    return FramePart(
        file, x, y, width, height, milliseconds(delay, unit or 100), Dispose(dispose), over=blend == 1
    )


def _scaled(chunk: Chunk, depth: int, color: int) -> bytes:
    """The transparent grey or colour in the levels that Pillow decodes to (16 bits of grey it keeps)."""
    if color == 0 and depth in (2, 4) and len(chunk.data) >= 2:
        level = struct.unpack_from(">H", chunk.data)[0] & (1 << depth) - 1
        return _chunk(b"tRNS", struct.pack(">H", level * 255 // ((1 << depth) - 1)))
    if color == 2 and depth == 16 and len(chunk.data) >= 6:
        # Of 16-bit colours Pillow keeps the upper byte alone, so that this is all that can be compared.
        return _chunk(b"tRNS", struct.pack(">3H", *(v >> 8 for v in struct.unpack_from(">3H", chunk.data))))
    return _chunk(chunk.kind, chunk.data)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _unpacked_length(chunk: Chunk) -> int:
    """The bytes of a text or profile, counted up to a little more than Pillow allows."""
    _, _, rest = chunk.data.partition(b"\0")
    if chunk.kind == b"iTXt":
        parts = rest[2:].split(b"\0", 2)
        packed = parts[2] if rest[:1] == b"\1" and len(parts) == 3 else None
    else:
        packed = None if chunk.kind == b"tEXt" else rest[1:]
    if packed is None:
        return len(chunk.data)
    try:
        return len(zlib.decompressobj().decompress(packed, PILLOW_TEXT_BYTES + 1))
    except zlib.error:  # Pillow passes it over by itself, or says that it is damaged
        return len(chunk.data)
