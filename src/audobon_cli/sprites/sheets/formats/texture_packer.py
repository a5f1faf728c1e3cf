"""TexturePacker's JSON (hash and array), and Phaser 3's multi-atlas, which nests the array form."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from audobon_cli.__about__ import __version__
from audobon_cli.media.image.compose import Milliseconds
from audobon_cli.sprites.sheets.formats.target import Target, json_bytes
from audobon_cli.sprites.sheets.record import Animation, FrameRecord
from audobon_cli.sprites.sheets.sheet import PackedSheet

APP = "audobon"
ARRAY_APP = "audobon (texturepacker)"
"""Of the array, the form that melonJS reads: it tells a file's kind by what occurs in its application."""


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


def _meta(sheet: PackedSheet, target: Target, page: int, app: str = APP) -> dict[str, Any]:
    width, height = sheet.record.pages[page]
    return {
        "app": app,
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


def _durations(sheet: PackedSheet, names: Iterable[str]) -> dict[str, list[float]]:
    """Milliseconds for each of ``animations``: engines whose format has none can be told them."""
    known = set(names)
    return {
        animation.name: [_number(step.duration) for step in animation.steps(sheet.record.frames)]
        for animation in sheet.record.animations
        if animation.name in known
    }


def _number(value: Milliseconds) -> float:
    return value if isinstance(value, int) else round(float(value), 6)


def limits(sheet: PackedSheet, target: Target) -> list[str]:
    """Which animations no page holds alone."""
    held = {name for page in range(len(sheet.pages)) for name in _animations(sheet, page)}
    return [
        f"{target.stem}: the animation {animation.name} is left out of the JSON: its frames are on several pages, and"
        " PixiJS looks for them on one; raise --max-size"
        for animation in sheet.record.animations
        if animation.name not in held
    ]


def hash_files(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """A JSON hash for each page; the first names the others, which PixiJS then loads too."""
    files = {}
    for page in range(len(sheet.pages)):
        meta = _meta(sheet, target, page)
        if page == 0 and len(sheet.pages) > 1:
            others = range(1, len(sheet.pages))
            meta["related_multi_packs"] = [target.numbered(other, ".json") for other in others]
        frames = {frame.name: frame_entry(frame) for frame in sheet.record.on_page(page)}
        animations = _animations(sheet, page)
        times = _durations(sheet, animations)
        data = {"frames": frames, "animations": animations, "durations": times, "meta": meta}
        files[target.numbered(page, ".json")] = json_bytes(data)
    return files


def array_files(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """A JSON array for each page."""
    files = {}
    for page in range(len(sheet.pages)):
        animations = _animations(sheet, page)
        data = {
            "frames": _array(sheet, page),
            "animations": animations,
            "durations": _durations(sheet, animations),
            "meta": _meta(sheet, target, page, ARRAY_APP),
        }
        files[target.numbered(page, ".json")] = json_bytes(data)
    return files


def multi_atlas(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """All pages and the animations in one file: ``this.load.multiatlas(STEM, file)`` and, for the animations, which
    name the frames by the texture's key STEM and are called STEM-ANIMATION, ``this.load.animation(key, file)``."""
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
    animations = [_phaser_animation(animation, sheet, target) for animation in sheet.record.animations]
    data = {"textures": textures, "anims": animations, "meta": {"app": APP, "version": __version__}}
    return {f"{target.stem}-atlas.json": json_bytes(data)}


def _phaser_animation(animation: Animation, sheet: PackedSheet, target: Target) -> dict[str, Any]:
    """As Phaser's AnimationManager.toJSON writes it, one round written out: its yoyo shows the ends twice. The keys are
    ``STEM-ANIMATION``, for a game has all of them in one place and keeps the first of those alike."""
    steps = animation.steps(sheet.record.frames)
    shortest = min(step.duration for step in steps)
    frames = [
        {
            "key": target.stem,
            "frame": sheet.record.frames[step.place].name,
            "duration": _number(step.duration),
        }
        for step in steps
    ]
    return {
        "key": f"{target.stem}-{animation.name}",
        "type": "frame",
        "frames": frames,
        "frameRate": round(float(1000 / Fraction(shortest)), 6),
        "repeat": animation.rounds - 1,  # -1 is for ever
    }


def _array(sheet: PackedSheet, page: int) -> list[dict[str, Any]]:
    return [{"filename": frame.name, **frame_entry(frame)} for frame in sheet.record.on_page(page)]
