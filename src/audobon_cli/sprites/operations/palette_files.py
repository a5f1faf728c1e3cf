"""Palette files: GIMP .gpl, Lospec .hex, JASC and RIFF .pal, Paint.NET .txt, PNG, and Adobe's .act and .ase."""

import struct
from collections.abc import Iterable

import numpy as np

from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.domain.foreign.text import decode_lenient
from audobon_cli.media.image.pixels import encode_png
from audobon_cli.media.untrusted.decoding import read_picture
from audobon_cli.sprites.operations.adobe_palettes import (
    SWATCHES,
    colours_of_swatches,
    colours_of_table,
    is_colour_table,
)
from audobon_cli.sprites.operations.colors import Colour, hex_colour, parse_colour
from audobon_cli.sprites.operations.palettes import MAX_COLOURS, palette_of_picture

SUFFIXES = (".gpl", ".hex", ".pal", ".png")
"""Of the kinds that are written, too."""
READ_ONLY = (".txt", ".ase", ".act", ".gif", ".webp", ".bmp")
MAX_PICTURE_BYTES = 32 * 1024 * 1024
"""Of a palette that is a picture: some of them hold all that was drawn with it."""

MAX_FILE_BYTES = 1024 * 1024
"""Of palettes in text: 256 colours with long names take a hundredth."""


def read_palette(data: bytes, file_name: str) -> tuple[Colour, ...]:
    """The colours in a palette file, in its order, each once; entries that are transparent are none. The kind is told
    by content, then by name.

    Raises InvalidInput or PictureUnusable for what is no palette.
    """
    riff = data[8:12] if data.startswith(b"RIFF") else b""
    if (
        data.startswith((b"\x89PNG", b"GIF8", b"BM"))
        or riff == b"WEBP"
        or _ends(file_name, ".gif", ".webp", ".bmp")
    ):
        rows = palette_of_picture(read_picture(data, file_name)).tolist()
        return tuple((r, g, b) for r, g, b in rows)
    if len(data) > MAX_FILE_BYTES:
        raise InvalidInput(f"{file_name} is too long for a palette.", hint="check the path")
    try:
        found = _colours(data, file_name, riff)
    except (InvalidInput, ValueError, IndexError, struct.error) as error:
        raise InvalidInput(
            f"{file_name} is not a palette: {str(error).rstrip('.')}.",
            hint=f"give a file of a kind in {', '.join((*SUFFIXES, *READ_ONLY))}",
        ) from error
    colours = tuple(dict.fromkeys(found))
    if not 1 <= len(colours) <= MAX_COLOURS:
        raise PictureUnusable(
            f"{file_name} holds {len(colours)} colours.", hint=f"a palette has 1 to {MAX_COLOURS}"
        )
    return colours


def _colours(data: bytes, file_name: str, riff: bytes) -> list[Colour]:
    if riff == b"PAL ":
        return _riff_colours(data)
    if data.startswith(SWATCHES):
        return colours_of_swatches(data)
    if is_colour_table(data, file_name):
        return colours_of_table(data)
    return _colours_of_text(data, file_name)


def _ends(file_name: str, *suffixes: str) -> bool:
    return file_name.lower().endswith(suffixes)


def _colours_of_text(data: bytes, file_name: str) -> list[Colour]:
    lines = [line.strip() for line in decode_lenient(data).splitlines()]
    if lines[:1] == ["GIMP Palette"]:
        # Aseprite's extension of the format; without it a fourth number may begin the name.
        alpha = any(line.lower().replace(" ", "") == "channels:rgba" for line in lines[1:5])
        return _entries((line for line in lines[1:] if line[:1].isdigit()), 4 if alpha else 3)
    if lines[:1] == ["JASC-PAL"]:
        return _entries(lines[3:], 4)
    words = [line for line in lines if line and not line.startswith(";")]
    if not words:
        raise ValueError("it has no colours")
    # Eight digits: Paint.NET's text files begin with the alpha, others end with it.
    first = _ends(file_name, ".txt") or lines[0].lower().startswith("; paint.net")
    return [parse_colour(colour) for word in words if (colour := _without_alpha(word, first))]


def _without_alpha(word: str, first: bool) -> str:
    """``word`` in six digits, or nothing if it has eight that say it is transparent."""
    digits = word.removeprefix("#")
    if len(digits) != 8:
        return word
    alpha, colour = (digits[:2], digits[2:]) if first else (digits[6:], digits[:6])
    return colour if int(alpha, 16) else ""


def _riff_colours(data: bytes) -> list[Colour]:
    """Of Microsoft's RIFF palette: a chunk ``data`` of a version, a count, and four bytes for each colour, of which the
    last are flags (Windows' PALETTEENTRY)."""
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind == b"data":
            count = struct.unpack_from("<H", data, at + 10)[0]
            rows = [data[at + 12 + 4 * place : at + 15 + 4 * place] for place in range(count)]
            if any(len(row) < 3 for row in rows):
                raise ValueError("it is cut off")
            return [(row[0], row[1], row[2]) for row in rows]
        at += 8 + length + length % 2
    raise ValueError("it holds no colours")


def write_palette(colours: tuple[Colour, ...], file_name: str) -> bytes:
    """``colours`` as a file of the kind that ``file_name`` ends in. Raises InvalidInput for another ending."""
    suffix = "." + file_name.rpartition(".")[2].lower()
    if suffix == ".gpl":
        name = file_name.rpartition("/")[2].rpartition(".")[0]
        rows = [f"{r:3} {g:3} {b:3}\t{hex_colour((r, g, b))[1:]}" for r, g, b in colours]
        return "\n".join(["GIMP Palette", f"Name: {name}", "Columns: 8", "#", *rows, ""]).encode()
    if suffix == ".hex":
        return "".join(f"{hex_colour(colour)[1:]}\n" for colour in colours).encode()
    if suffix == ".pal":
        rows = [f"{r} {g} {b}" for r, g, b in colours]
        return "\r\n".join(["JASC-PAL", "0100", str(len(colours)), *rows, ""]).encode()
    if suffix == ".png":
        opaque = [(*colour, 255) for colour in colours]
        return encode_png(np.array([opaque], dtype=np.uint8))
    raise InvalidInput(
        f"{file_name} does not end as a palette file does.", hint=f"use one of {', '.join(SUFFIXES)}"
    )


def _entries(lines: Iterable[str], numbers: int) -> list[Colour]:
    """The colours of lines of three numbers, or of four (``numbers``), the last being alpha."""
    found: list[Colour] = []
    for line in lines:
        if line:
            words = line.split()
            values = [int(value) for value in words[:3]] + [int(v) for v in words[3:numbers] if v.isdecimal()]
            if len(values) < 3 or not all(0 <= value <= 255 for value in values):
                raise ValueError(f"{line[:40]!r} is not a colour")
            if len(values) == 3 or values[3] > 0:
                found.append((values[0], values[1], values[2]))
    return found
