"""The parts of a GIF (GIF89a specification; looping by Netscape's application extension)."""

import struct
from dataclasses import dataclass

from audobon_cli.media.image.compose import (
    MAX_FRAMES,
    Dispose,
    FramePart,
    MovingImage,
    TooManyFrames,
    milliseconds,
)

GIF_SIGNATURES = (b"GIF87a", b"GIF89a")
_DISPOSALS = {2: Dispose.CLEAR, 3: Dispose.PREVIOUS}
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_XMP = b"\x21\xff\x0bXMP DataXMP"
_XMP_TRAILER = b"\x01\xff\xfe\xfd\xfc"
"""What a packet of XMP stands between (XMP specification, part 3, 1.1.2): it is in no blocks, so that who knows none
comes out at the end of a row of falling numbers."""


def moving_gif(data: bytes) -> MovingImage:
    """The parts of a GIF, of one with a single picture too. One that says nothing of loops plays once.

    Raises ValueError for what is cut off, holds no picture, or more than MAX_FRAMES.
    """
    try:
        return _Reader(data).read()
    except (IndexError, struct.error) as error:
        raise ValueError("it is cut off") from error


def xmp_of_gif(data: bytes) -> bytes:
    """The XMP packet of a GIF; nothing for one without."""
    begin = data.find(_XMP)
    end = data.find(_XMP_TRAILER, begin) if begin >= 0 else -1
    return data[begin + len(_XMP) : end] if end >= 0 else b""


@dataclass(slots=True)
class _Reader:
    data: bytes
    at: int = 13
    delay: int = 0
    control: bytes = b""
    plays: int = 1

    def read(self) -> MovingImage:
        data = self.data
        width, height, flags = struct.unpack_from("<HHB", data, 6)
        palette = self._palette(flags)
        parts: list[FramePart] = []
        # Files without the closing byte, and with others between the blocks, are read all the same.
        while self.at < len(data) and data[self.at] != 0x3B:
            self.at += 1
            if data[self.at - 1] == 0x21:
                self._extension()
            elif data[self.at - 1] == 0x2C:
                parts.append(self._part(palette))
                if len(parts) > MAX_FRAMES:
                    raise TooManyFrames
        if not parts:
            raise ValueError("it holds no picture")
        # The first picture may be larger than the screen that the file names (as old encoders wrote 0 x 0).
        first = parts[0]
        size = (max(width, first.x + first.width), max(height, first.y + first.height))
        return MovingImage(*size, tuple(parts), self.plays)

    def _palette(self, flags: int) -> bytes:
        length = 3 << ((flags & 7) + 1) if flags & 0x80 else 0
        return self._taken(length)

    def _taken(self, length: int) -> bytes:
        if self.at + length > len(self.data):
            raise ValueError("it is cut off")
        self.at += length
        return self.data[self.at - length : self.at]

    def _blocks(self) -> bytes:
        """Sub-blocks up to the empty one, as they stand."""
        start = self.at
        while (length := self.data[self.at]) > 0:
            self.at += length + 1
        self.at += 1
        return self.data[start : self.at]

    def _extension(self) -> None:
        label = self.data[self.at]
        self.at += 1
        blocks = self._blocks()
        if label == 0xF9 and len(blocks) >= 6:
            self.control = blocks[1:5]
            self.delay = struct.unpack_from("<H", blocks, 2)[0]
        elif label == 0xFF and blocks[1:12] in _LOOPS and len(blocks) >= 16 and blocks[13] & 7 == 1:
            again = struct.unpack_from("<H", blocks, 14)[0]
            self.plays = again + 1 if again else 0

    def _part(self, palette: bytes) -> FramePart:
        x, y, width, height, flags = struct.unpack_from("<HHHHB", self.data, self.at)
        self.at += 9
        own = self._palette(flags)
        code_size = self._taken(1)
        pixels = self._blocks()
        control, delay = self.control, self.delay
        self.control, self.delay = b"", 0
        colours = own or palette
        size = ((len(colours) // 3).bit_length() - 2) & 7 if colours else 0
        screen = struct.pack("<HHBBB", width, height, 0x80 | size if colours else 0, 0, 0)
        clear = b"\x21\xf9\x04" + control + b"\0" if control else b""
        place = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, flags & 0x40)
        file = GIF_SIGNATURES[1] + screen + colours + clear + place + code_size + pixels + b"\x3b"
        disposal = _DISPOSALS.get(control[0] >> 2 & 7, Dispose.KEEP) if control else Dispose.KEEP
        return FramePart(file, x, y, width, height, milliseconds(delay, 100), disposal, over=True)
