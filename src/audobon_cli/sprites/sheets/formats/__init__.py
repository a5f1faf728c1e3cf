"""What engines open: a sheet in the files of one format. One module a family, one line here a format."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.sprites.sheets.formats import aseprite, css, godot, previews, texture_packer, tiled, unity
from audobon_cli.sprites.sheets.formats.target import Target
from audobon_cli.sprites.sheets.sheet import PackedSheet

Writer = Callable[[PackedSheet, Target], Mapping[str, bytes]]


class Format(NamedTuple):
    """A format's writer (file names to contents) and what opens it."""

    write: Writer
    opens: str


FORMATS: Mapping[str, Format] = {
    "json": Format(texture_packer.hash_files, "PixiJS, Phaser and most others: TexturePacker JSON, hash"),
    "json-array": Format(texture_packer.array_files, "TexturePacker JSON, array"),
    "phaser": Format(texture_packer.multi_atlas, "Phaser 3: one multi-atlas for all pages"),
    "aseprite": Format(aseprite.files, "Aseprite JSON with frame tags, slices and durations"),
    "godot": Format(godot.files, "Godot 4: SpriteFrames"),
    "unity": Format(unity.files, "Unity with TexturePacker Importer: .tpsheet"),
    "tiled": Format(tiled.files, "Tiled: .tsx tileset, of sheets on a grid"),
    "css": Format(css.files, "web pages: a class for each frame, keyframes for animations"),
    "gif": Format(previews.gif, "a GIF for each animation"),
    "apng": Format(previews.apng, "an animated PNG for each animation"),
    "webp": Format(previews.webp, "an animated WebP for each animation"),
}


def sheet_files(sheet: PackedSheet, formats: tuple[str, ...], target: Target) -> dict[str, bytes]:
    """The files of all ``formats`` but the pages themselves. Raises InvalidInput for an unknown format,
    or one that cannot hold this sheet."""
    files: dict[str, bytes] = {}
    for name in formats:
        if name not in FORMATS:
            raise InvalidInput(f"There is no sheet format {name!r}.", hint=f"there are: {', '.join(FORMATS)}")
        for file, content in FORMATS[name].write(sheet, target).items():
            if file in files:
                raise InvalidInput(
                    f"Two of the formats write {file}.", hint="ask for json and json-array in two runs"
                )
            files[file] = content
    return files
