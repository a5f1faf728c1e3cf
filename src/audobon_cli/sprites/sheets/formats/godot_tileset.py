"""Godot 4's TileSet as a text resource (.tres, format 3): the tiles of a sheet on a grid, with their terrains."""

import json

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.sprites.sheets.formats.target import Target
from audobon_cli.sprites.sheets.record import SheetRecord, WangSet
from audobon_cli.sprites.sheets.sheet import PackedSheet

MODES = {"mixed": 0, "corner": 1, "edge": 2}
"""TileSet.TerrainMode: corners and sides, corners, sides."""

NEIGHBOURS = (
    "top_side",
    "top_right_corner",
    "right_side",
    "bottom_right_corner",
    "bottom_side",
    "bottom_left_corner",
    "left_side",
    "top_left_corner",
)
"""The names of what is around a tile, clockwise from its top edge."""


def files(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """One TileSet with one atlas; wang sets become terrain sets. Raises InvalidInput for a packed sheet, several
    pages, or a tile in two wang sets: Godot's tiles are in one terrain set."""
    image = target.only_page(sheet, "A Godot TileSet")
    record = sheet.record
    if record.cell is None:
        raise InvalidInput("A Godot TileSet wants its tiles on a grid.", hint="add --cells")
    width, height = record.cell
    spacing = 2 * record.extrude + record.padding
    folder = target.resource_folder.rstrip("/") + ("//" if target.resource_folder.endswith("://") else "/")
    lines = [
        '[gd_resource type="TileSet" load_steps=3 format=3]',
        "",
        f'[ext_resource type="Texture2D" path={_text(folder + image)} id="1"]',
        "",
        '[sub_resource type="TileSetAtlasSource" id="TileSetAtlasSource_1"]',
        'texture = ExtResource("1")',
        f"margins = Vector2i({record.extrude}, {record.extrude})",
        f"separation = Vector2i({spacing}, {spacing})",
        f"texture_region_size = Vector2i({width}, {height})",
        *_tiles(record, (width + spacing, height + spacing)),
        "",
        "[resource]",
        f"tile_size = Vector2i({width}, {height})",
    ]
    for number, wang_set in enumerate(record.wang_sets):
        lines.append(f"terrain_set_{number}/mode = {MODES[wang_set.kind]}")
        for place, (name, colour) in enumerate(wang_set.colors):
            lines.append(f"terrain_set_{number}/terrain_{place}/name = {_text(name)}")
            lines.append(f"terrain_set_{number}/terrain_{place}/color = {_colour(colour)}")
    lines += ['sources/0 = SubResource("TileSetAtlasSource_1")', ""]
    return {f"{target.stem}-tileset.tres": "\n".join(lines).encode()}


def _tiles(record: SheetRecord, step: tuple[int, int]) -> list[str]:
    """What is said of each tile, by its column and row."""
    terrains = _terrains(record)
    lines = []
    for place, frame in enumerate(record.frames):
        column, row = (frame.x - record.extrude) // step[0], (frame.y - record.extrude) // step[1]
        tile = f"{column}:{row}/0"
        lines.append(f"{tile} = 0")
        if place not in terrains:
            continue
        number, wang_set, values = terrains[place]
        lines.append(f"{tile}/terrain_set = {number}")
        middle = wang_set.middle(place, values)
        if middle:
            lines.append(f"{tile}/terrain = {middle - 1}")
        lines += [
            f"{tile}/terrains_peering_bit/{name} = {value - 1}"
            for name, value in zip(NEIGHBOURS, values, strict=True)
            if value
        ]
    return lines


def _terrains(record: SheetRecord) -> dict[int, tuple[int, WangSet, tuple[int, ...]]]:
    found: dict[int, tuple[int, WangSet, tuple[int, ...]]] = {}
    for number, wang_set in enumerate(record.wang_sets):
        for place, values in wang_set.tiles:
            if place in found:
                raise InvalidInput(
                    f"The tile {record.frames[place].name!r} is in two wang sets, and Godot's tiles are in one.",
                    hint="write it into one of them",
                )
            found[place] = (number, wang_set, values)
    return found


def _colour(colour: str) -> str:
    red, green, blue = (round(int(colour[k : k + 2], 16) / 255, 4) for k in (1, 3, 5))
    return f"Color({red:g}, {green:g}, {blue:g}, 1)"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
