"""Resources of Godot (``.tres``): SpriteFrames, whose frames are AtlasTextures, and TileSets on atlases."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from audobon_cli.sprites.sheets.readers.frames import DataPage, Number, Stated, bounded, number, numbers
from audobon_cli.sprites.sheets.timing import MAX_FPS

_HEADING = re.compile(r"^\[(\w+)([^\n]*)\][ \t]*\r?$", re.MULTILINE)
_ATTRIBUTE = re.compile(r'(\w+)[ ]?=[ ]?(?:"((?:[^"\\]|\\.)*)"|([^\s\]"]+))')
_ASSIGNMENT = re.compile(r"^([\w:/]+) = ([^\n]*?)\r?$", re.MULTILINE)
_CALL = re.compile(r"\w+\(([^()]*)\)")
_TILE = re.compile(r"^(\d{1,5}):(\d{1,5})/0$")
_PLAYED = re.compile(
    r'"frames":\s?(?P<frames>\[)|"duration":\s?(?P<duration>[\d.]+)|"speed":\s?(?P<speed>[\d.]+)'
    r'|"name":\s?&?"(?P<name>(?:[^"\\]|\\.)*)"|SubResource\(\s?"?(?P<texture>[^"()\s]+)"?\s?\)'
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ENDS = {"n": "\n", "t": "\t", "r": "\r"}


class _Section(NamedTuple):
    """A heading in brackets with its attributes, and the text below it."""

    kind: str
    attributes: Mapping[str, str]
    body: str

    @property
    def said(self) -> dict[str, str]:
        """What is assigned in it, a line each."""
        return dict(_ASSIGNMENT.findall(self.body))


class _Animation(NamedTuple):
    """An animation: the ids of its textures, each with its share of the time that ``speed`` gives a frame."""

    name: str
    speed: Number
    textures: list[tuple[str, Number]]


def fits(text: str) -> bool:
    """Whether ``text`` is a resource."""
    return text.lstrip().startswith("[gd_resource")


def read(text: str) -> list[DataPage]:
    """A page for each picture. Frames of SpriteFrames are called after the first animation that shows them and their
    place in it, for they have no names; tiles have neither. Raises ValueError."""
    sections = list(_sections(text))
    images = {
        s.attributes.get("id", ""): s.attributes.get("path", "") for s in sections if s.kind == "ext_resource"
    }
    parts = [s for s in sections if s.kind == "sub_resource"]
    pages: dict[str, list[Stated]] = {image: [] for image in images.values()}
    textures = {
        s.attributes.get("id", ""): s.said for s in parts if s.attributes.get("type") == "AtlasTexture"
    }
    for name, time, said in _shown(textures, sections):
        pages[images[_called(said["atlas"])]].append(_texture(name, time, said))
    for section in parts:
        if section.attributes.get("type") == "TileSetAtlasSource":
            pages[images[_called(section.said["texture"])]] += _tiles(section.said)
    return [
        DataPage(image.rpartition("://")[2], None, bounded(frames))
        for image, frames in pages.items()
        if frames
    ]


def _sections(text: str) -> Iterator[_Section]:
    headings = list(_HEADING.finditer(text))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        attributes = {key: _plain(quoted) or bare for key, quoted, bare in _ATTRIBUTE.findall(heading[2])}
        end = following.start() if following else len(text)
        yield _Section(heading[1], attributes, text[heading.end() : end])


def _shown(
    textures: Mapping[str, dict[str, str]], sections: list[_Section]
) -> Iterator[tuple[str, Number | None, dict[str, str]]]:
    """Each texture once, with a name and a time: as animations show them, then those that none shows."""
    left = dict(textures)
    for animation in (one for s in sections if s.kind == "resource" for one in _animations(s.body)):
        order = list(dict.fromkeys(texture for texture, _ in animation.textures))
        shares = dict(reversed(animation.textures))
        digits = max(2, len(str(len(order) - 1)))
        for place, texture in enumerate(order):
            said = left.pop(texture, None)
            if said is not None:
                time = (
                    Fraction(1000) / animation.speed * shares[texture]
                    if 0 < animation.speed <= MAX_FPS
                    else None
                )
                yield f"{animation.name}_{place:0{digits}}", time, said
    for texture, said in left.items():
        yield texture, None, said


def _animations(body: str) -> Iterator[_Animation]:
    """Godot writes keys in the order of the alphabet: frames, loop, name, speed; and duration before texture. Before
    version 4 frames had no durations."""
    name, textures = "", list[tuple[str, Number]]()
    speed: Number = 0
    duration: Number = 1
    for found in _PLAYED.finditer(body):
        if found["frames"]:
            if textures:
                yield _Animation(name, speed, textures)
            name, speed, textures = "", 0, []
        elif found["duration"]:
            duration = number(found["duration"])
        elif found["texture"]:
            textures.append((found["texture"], duration))
            duration = 1
        elif found["speed"]:
            speed = number(found["speed"])
        else:
            name = _plain(found["name"])
    if textures:
        yield _Animation(name, speed, textures)


def _texture(name: str, time: Number | None, said: Mapping[str, str]) -> Stated:
    """Godot draws the region at the margin's position; the margin's size is what the whole is larger by."""
    x, y, width, height = numbers(_called(said["region"]), 4)
    left, top, more_wide, more_high = numbers(_called(said.get("margin", "Rect2(0, 0, 0, 0)")), 4)
    return Stated(name, x, y, width, height, left, top, (width + more_wide, height + more_high), time=time)


def _tiles(said: Mapping[str, str]) -> list[Stated]:
    """The tiles of an atlas that are in use, in lines."""
    (left, top), (across, down), (width, height) = (
        numbers(_called(said.get(key, f"Vector2i({usual}, {usual})")), 2)
        for key, usual in (("margins", 0), ("separation", 0), ("texture_region_size", 16))
    )
    tiles = []
    for key in said:
        place = _TILE.match(key)
        if place:
            column, row = int(place[1]), int(place[2])
            cells = numbers(_called(said.get(f"{column}:{row}/size_in_atlas", "Vector2i(1, 1)")), 2)
            wide, high = (cells[0] * (width + across) - across, cells[1] * (height + down) - down)
            x, y = left + column * (width + across), top + row * (height + down)
            tiles.append(Stated("", x, y, wide, high))
    return sorted(tiles, key=lambda tile: (tile.y, tile.x))


def _called(value: str) -> str:
    """What is between the parentheses of ``Rect2(0, 0, 8, 8)`` or ``ExtResource("1")``."""
    found = _CALL.fullmatch(value.strip())
    if found is None:
        raise ValueError(f"{value[:40]!r} is not understood")
    return found[1].strip().strip('"')


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: _ENDS.get(found[1], found[1]), text)
