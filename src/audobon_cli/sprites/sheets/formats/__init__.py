"""What engines open: a sheet in the files of one format. One module a family, one line here a format."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.sprites.sheets.formats import (
    aseprite,
    css,
    godot,
    godot_tileset,
    previews,
    texture_packer,
    tiled,
    unity,
)
from audobon_cli.sprites.sheets.formats.target import Target
from audobon_cli.sprites.sheets.sheet import PackedSheet

Writer = Callable[[PackedSheet, Target], Mapping[str, bytes]]
Limits = Callable[[PackedSheet, Target], list[str]]


def _no_limits(_sheet: PackedSheet, _target: Target) -> list[str]:
    return []


class Format(NamedTuple):
    """A format's writer (file names to contents), what opens it, and what it cannot say of a sheet."""

    write: Writer
    opens: str
    limits: Limits = _no_limits


FORMATS: Mapping[str, Format] = {
    "json": Format(
        texture_packer.hash_files,
        "PixiJS, Phaser and most others: TexturePacker JSON, hash",
        texture_packer.limits,
    ),
    "json-array": Format(texture_packer.array_files, "TexturePacker JSON, array", texture_packer.limits),
    "phaser": Format(
        texture_packer.multi_atlas, "Phaser: one multi-atlas for all pages, with its animations"
    ),
    "aseprite": Format(
        aseprite.files, "Aseprite JSON with frame tags, slices and durations", aseprite.limits
    ),
    "godot": Format(godot.files, "Godot 4: SpriteFrames"),
    "godot-tileset": Format(godot_tileset.files, "Godot 4: TileSet with terrains, of sheets on a grid"),
    "unity": Format(unity.files, "Unity with TexturePacker Importer: .tpsheet"),
    "tiled": Format(tiled.files, "Tiled: .tsx tileset, of sheets on a grid", tiled.limits),
    "css": Format(css.files, "web pages: a class for each frame, keyframes for animations"),
    "gif": Format(previews.gif, "a GIF for each animation", previews.gif_limits),
    "apng": Format(previews.apng, "an animated PNG for each animation", previews.apng_limits),
    "webp": Format(previews.webp, "an animated WebP for each animation", previews.webp_limits),
}


PLACING = frozenset({"json", "json-array", "phaser", "godot", "godot-tileset", "unity", "css"})
"""Formats whose readers put back what was trimmed."""


def trims_by_default(formats: Sequence[str]) -> bool:
    """Whether frames are trimmed for these formats: not for Aseprite's JSON, most readers of which take no notice,
    unless one of PLACING is wanted too."""
    return "aseprite" not in formats or not PLACING.isdisjoint(formats)


def check_formats(formats: Sequence[str]) -> None:
    """Raise InvalidInput for an unknown format."""
    for name in formats:
        if name not in FORMATS:
            raise InvalidInput(f"There is no sheet format {name!r}.", hint=f"there are: {', '.join(FORMATS)}")


def sheet_files(sheet: PackedSheet, formats: tuple[str, ...], target: Target) -> dict[str, bytes]:
    """The files of all ``formats`` but the pages themselves. Raises InvalidInput for an unknown format,
    or one that cannot hold this sheet."""
    check_formats(formats)
    files: dict[str, bytes] = {}
    for name in formats:
        for file, content in FORMATS[name].write(sheet, target).items():
            if file in files:
                raise InvalidInput(
                    f"Two of the formats write {file}.", hint="ask for json and json-array in two runs"
                )
            files[file] = content
    return files


def sheet_limits(sheet: PackedSheet, formats: tuple[str, ...], target: Target) -> tuple[str, ...]:
    """What the files of ``formats`` do not say of the sheet, or not as it is meant: a sentence each."""
    return tuple(dict.fromkeys(text for name in formats for text in FORMATS[name].limits(sheet, target)))
