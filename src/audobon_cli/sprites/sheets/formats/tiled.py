"""Tiled's tileset (.tsx, version 1.10) of a sheet on a grid."""

import re
from collections.abc import Callable
from xml.etree import ElementTree

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.sprites.sheets.formats.target import Target
from audobon_cli.sprites.sheets.record import Animation, SheetRecord
from audobon_cli.sprites.sheets.sheet import PackedSheet
from audobon_cli.sprites.sheets.timing import whole

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write (section 2.2)."""


def files(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """One tileset; each tile has its frame's name as the property ``name``, and the first of an animation
    the animation; wang sets follow. Raises InvalidInput for a packed sheet, or several pages."""
    image = target.only_page(sheet, "A Tiled tileset")
    record = sheet.record
    if record.cell is None:
        raise InvalidInput("Tiled wants its tiles on a grid.", hint="add --cells")
    width, height = record.cell
    spacing = 2 * record.extrude + record.padding
    columns = (record.pages[0][0] - record.extrude + spacing) // (width + spacing)
    rows = (record.pages[0][1] - record.extrude + spacing) // (height + spacing)
    root = ElementTree.Element(
        "tileset",
        version="1.10",
        tiledversion="1.10.2",
        name=_text(target.stem),
        tilewidth=str(width),
        tileheight=str(height),
        spacing=str(spacing),
        margin=str(record.extrude),
        tilecount=str(columns * rows),
        columns=str(columns),
    )
    wide, high = record.pages[0]
    ElementTree.SubElement(root, "image", source=image, width=str(wide), height=str(high))

    def tile_id(place: int) -> int:
        frame = record.frames[place]
        column = (frame.x - record.extrude) // (width + spacing)
        return (frame.y - record.extrude) // (height + spacing) * columns + column

    played = _hosts(record)
    for place, frame in enumerate(record.frames):
        tile = ElementTree.SubElement(root, "tile", id=str(tile_id(place)))
        properties = ElementTree.SubElement(tile, "properties")
        ElementTree.SubElement(properties, "property", name="name", value=_text(frame.name))
        if place in played:
            animation = played[place]
            if animation.frames[0] != place:
                said = _text(animation.name)
                ElementTree.SubElement(properties, "property", name="animation", value=said)
            _add_animation(tile, animation, record, tile_id)
    if record.wang_sets:
        _add_wang_sets(ElementTree.SubElement(root, "wangsets"), record, tile_id)
    ElementTree.indent(root, " ")
    return {f"{target.stem}.tsx": ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"}


def limits(sheet: PackedSheet, target: Target) -> list[str]:
    """Which animations do not stand where one looks for them, or not at all: a tile has one."""
    played = _hosts(sheet.record)
    names = {animation.name: sheet.record.frames[place].name for place, animation in played.items()}
    notes = []
    for animation in sheet.record.animations:
        first = sheet.record.frames[animation.frames[0]].name
        if animation.name not in names and len(set(animation.frames)) > 1:
            notes.append(
                f"{target.stem}.tsx: {animation.name} is left out: each of its tiles has an animation already"
            )
        elif names.get(animation.name, first) != first:
            notes.append(
                f"{target.stem}.tsx: {animation.name} begins with {first}, a tile that has another animation;"
                f" it is on the tile {names[animation.name]}"
            )
    return notes


def _hosts(record: SheetRecord) -> dict[int, Animation]:
    """The frame whose tile carries each animation: its first, or the next that has none. What does not move gives
    way to what does."""
    hosts: dict[int, Animation] = {}
    for animation in sorted(record.animations, key=lambda each: len(set(each.frames)) == 1):
        free = [place for place in animation.frames if place not in hosts]
        if free and (len(set(animation.frames)) > 1 or free[0] == animation.frames[0]):
            hosts[free[0]] = animation
    return hosts


def _text(name: str) -> str:
    return _NO_XML.sub("_", name)


def _add_animation(
    tile: ElementTree.Element, animation: Animation, record: SheetRecord, tile_id: Callable[[int], int]
) -> None:
    """Tiled knows neither directions nor ends, so that one round is written out."""
    steps = animation.steps(record.frames)
    element = ElementTree.SubElement(tile, "animation")
    for step, duration in zip(steps, whole([step.duration for step in steps]), strict=True):
        ElementTree.SubElement(element, "frame", tileid=str(tile_id(step.place)), duration=str(duration))


def _add_wang_sets(parent: ElementTree.Element, record: SheetRecord, tile_id: Callable[[int], int]) -> None:
    for wang_set in record.wang_sets:
        element = ElementTree.SubElement(
            parent, "wangset", name=_text(wang_set.name), type=wang_set.kind, tile="-1"
        )
        for name, color in wang_set.colors:
            ElementTree.SubElement(
                element, "wangcolor", name=_text(name), color=color, tile="-1", probability="1"
            )
        for place, values in sorted(wang_set.tiles, key=lambda tile: tile_id(tile[0])):
            if wang_set.middle(place, values) not in values:
                continue  # Tiled tells tiles by what is around their middle: this one would stand for any other
            wang_id = ",".join(map(str, values))
            ElementTree.SubElement(element, "wangtile", tileid=str(tile_id(place)), wangid=wang_id)
