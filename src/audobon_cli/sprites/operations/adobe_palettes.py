"""Palettes of Adobe's programs: colour tables (.act) and swatches (.ase), which palette sites offer too.

"Adobe Photoshop File Formats Specification" (Color Table). The swatch exchange format is not published; others who read
it agree: big-endian blocks of a kind, a length, a name in UTF-16, a colour model of four letters and its numbers.
"""

import math
import struct

from audobon_cli.sprites.operations.colors import Colour

TABLE_BYTES = 3 * 256
SWATCHES = b"ASEF"
_COLOUR = 0x0001
_NUMBERS = {b"RGB ": 3, b"Gray": 1, b"GRAY": 1}
MAX_BLOCKS = 100_000


def is_colour_table(data: bytes, file_name: str) -> bool:
    """Whether ``data`` is one, which nothing in it says: by its name and its length."""
    return file_name.lower().endswith(".act") and len(data) in (TABLE_BYTES, TABLE_BYTES + 4)


def colours_of_table(data: bytes) -> list[Colour]:
    """Those that are in use; with four more bytes it says how many, and which of them is transparent."""
    count, clear = struct.unpack(">HH", data[TABLE_BYTES:]) if len(data) > TABLE_BYTES else (256, 0xFFFF)
    rows = [data[3 * place : 3 * place + 3] for place in range(min(count or 256, 256)) if place != clear]
    return [(row[0], row[1], row[2]) for row in rows]


def colours_of_swatches(data: bytes) -> list[Colour]:
    """The colours, whatever groups they are in. Raises ValueError for one neither RGB nor grey, and struct.error
    where the file is cut off."""
    (blocks,) = struct.unpack_from(">I", data, 8)
    found: list[Colour] = []
    at = 12
    for _ in range(min(blocks, MAX_BLOCKS)):
        kind, length = struct.unpack_from(">HI", data, at)
        if kind == _COLOUR:
            found.append(_swatch(data[at + 6 : at + 6 + length]))
        at += 6 + length
    return found


def _swatch(block: bytes) -> Colour:
    (letters,) = struct.unpack_from(">H", block)
    at = 2 + 2 * letters
    model = block[at : at + 4]
    if model not in _NUMBERS:
        raise ValueError(f"it has colours in {model.decode('latin-1').strip() or 'no model'}; save it in RGB")
    values = struct.unpack_from(f">{_NUMBERS[model]}f", block, at + 4)
    if not all(math.isfinite(value) for value in values):
        raise ValueError("it has a colour that is no number")
    shades = [round(255 * min(1.0, max(0.0, value))) for value in values]
    return (shades[0], shades[1], shades[2]) if len(shades) == 3 else (shades[0],) * 3
