"""TexturePacker's JSON (hash and array), and Phaser 3's multi-atlas, which nests the array form."""

from typing import Any

from audobon_cli.__about__ import __version__
from audobon_cli.sprites.sheets.formats.target import Target, json_bytes
from audobon_cli.sprites.sheets.record import FrameRecord
from audobon_cli.sprites.sheets.sheet import PackedSheet

APP = "audobon"


def frame_entry(frame: FrameRecord) -> dict[str, Any]:
    """One frame, without its name. ``anchor`` and ``borders`` are PixiJS's words, ``pivot`` the format's."""
    entry: dict[str, Any] = {
        "frame": {"x": frame.x, "y": frame.y, "w": frame.width, "h": frame.height},
        "rotated": False,
        "trimmed": frame.trimmed,
        "spriteSourceSize": {"x": frame.offset_x, "y": frame.offset_y, "w": frame.width, "h": frame.height},
        "sourceSize": {"w": frame.source_width, "h": frame.source_height},
    }
    if frame.pivot is not None:
        entry["pivot"] = entry["anchor"] = {"x": frame.pivot[0], "y": frame.pivot[1]}
    if frame.borders is not None:
        left, top, right, bottom = frame.borders
        entry["borders"] = {"left": left, "top": top, "right": right, "bottom": bottom}
        inner = {"w": frame.source_width - left - right, "h": frame.source_height - top - bottom}
        entry["scale9Borders"] = {"x": left, "y": top, **inner}
    return entry


def _meta(sheet: PackedSheet, target: Target, page: int) -> dict[str, Any]:
    width, height = sheet.record.pages[page]
    return {
        "app": APP,
        "version": __version__,
        "image": target.pages[page],
        "format": "RGBA8888",
        "size": {"w": width, "h": height},
        "scale": "1",
    }


def _animations(sheet: PackedSheet, page: int) -> dict[str, list[str]]:
    """PixiJS's animations: those all of whose frames are on ``page``; one round written out."""
    frames = sheet.record.frames
    return {
        animation.name: [frames[i].name for i in animation.played()]
        for animation in sheet.record.animations
        if all(frames[i].page == page for i in animation.frames)
    }


def hash_files(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """A JSON hash for each page; the first names the others, which PixiJS then loads too."""
    files = {}
    for page in range(len(sheet.pages)):
        meta = _meta(sheet, target, page)
        if page == 0 and len(sheet.pages) > 1:
            others = range(1, len(sheet.pages))
            meta["related_multi_packs"] = [target.numbered(other, ".json") for other in others]
        frames = {frame.name: frame_entry(frame) for frame in sheet.record.on_page(page)}
        data = {"frames": frames, "animations": _animations(sheet, page), "meta": meta}
        files[target.numbered(page, ".json")] = json_bytes(data)
    return files


def array_files(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """A JSON array for each page."""
    return {
        target.numbered(page, ".json"): json_bytes(
            {"frames": _array(sheet, page), "meta": _meta(sheet, target, page)}
        )
        for page in range(len(sheet.pages))
    }


def multi_atlas(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """All pages in one file: ``this.load.multiatlas(key, file)``."""
    textures = []
    for page in range(len(sheet.pages)):
        meta = _meta(sheet, target, page)
        textures.append(
            {
                "image": meta["image"],
                "format": meta["format"],
                "size": meta["size"],
                "scale": 1,
                "frames": _array(sheet, page),
            }
        )
    data = {"textures": textures, "meta": {"app": APP, "version": __version__}}
    return {f"{target.stem}-atlas.json": json_bytes(data)}


def _array(sheet: PackedSheet, page: int) -> list[dict[str, Any]]:
    return [{"filename": frame.name, **frame_entry(frame)} for frame in sheet.record.on_page(page)]
