"""Palette files: GIMP .gpl, Lospec .hex, JASC .pal, and PNG."""

from collections.abc import Iterable

import numpy as np

from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.domain.text import decode_lenient
from audobon_cli.media.image.pixels import encode_png, read_picture
from audobon_cli.sprites.operations.colors import Colour, hex_colour, parse_colour
from audobon_cli.sprites.operations.palettes import MAX_COLOURS, palette_of_picture

SUFFIXES = (".gpl", ".hex", ".pal", ".png")


def read_palette(data: bytes, file_name: str) -> tuple[Colour, ...]:
    """The colours in a palette file, in its order, each once. The kind is told by content, then by name.

    Raises InvalidInput or PictureUnusable for what is no palette.
    """
    if data.startswith(b"\x89PNG") or file_name.lower().endswith((".gif", ".webp", ".bmp")):
        rows = palette_of_picture(read_picture(data, file_name)).tolist()
        return tuple((r, g, b) for r, g, b in rows)
    text = decode_lenient(data)
    lines = [line.strip() for line in text.splitlines()]
    try:
        if lines[:1] == ["GIMP Palette"]:
            found = _triples(line for line in lines[1:] if line[:1].isdigit())
        elif lines[:1] == ["JASC-PAL"]:
            found = _triples(lines[3:])
        else:
            found = [parse_colour(line) for line in lines if line and not line.startswith(";")]
    except (InvalidInput, ValueError, IndexError) as error:
        raise InvalidInput(
            f"{file_name} is not a palette: {error}.", hint=f"give a file of a kind in {', '.join(SUFFIXES)}"
        ) from error
    colours = tuple(dict.fromkeys(found))
    if not 1 <= len(colours) <= MAX_COLOURS:
        raise PictureUnusable(
            f"{file_name} holds {len(colours)} colours.", hint=f"a palette has 1 to {MAX_COLOURS}"
        )
    return colours


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


def _triples(lines: Iterable[str]) -> list[Colour]:
    found: list[Colour] = []
    for line in lines:
        if line:
            r, g, b = (int(value) for value in line.split()[:3])
            if not all(0 <= value <= 255 for value in (r, g, b)):
                raise ValueError(f"{line!r} is not a colour")
            found.append((r, g, b))
    return found
