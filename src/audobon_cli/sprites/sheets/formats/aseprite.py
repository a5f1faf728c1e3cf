"""Aseprite's JSON array, as ``aseprite --sheet --data --format json-array --list-tags --list-slices`` writes it."""

from typing import Any

from audobon_cli.sprites.sheets.formats.target import Target, json_bytes
from audobon_cli.sprites.sheets.formats.texture_packer import APP
from audobon_cli.sprites.sheets.record import FrameRecord
from audobon_cli.sprites.sheets.sheet import PackedSheet


def files(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """One file. A tag is a range of frames, so the frames are listed animation by animation; one of
    two animations is listed twice, under a name of its own. Raises InvalidInput for several pages."""
    image = target.only_page(sheet, "Aseprite's JSON")
    record = sheet.record
    order: list[int] = []
    tags: list[dict[str, Any]] = []
    for animation in record.animations:
        tag = {"name": animation.name, "from": len(order), "to": len(order) + len(animation.frames) - 1}
        # Aseprite plays a tag for ever unless it says how often.
        tags.append({**tag, "direction": animation.direction, **({} if animation.loop else {"repeat": "1"})})
        order += animation.frames
    listed = set(order)
    order += [place for place in range(len(record.frames)) if place not in listed]
    width, height = record.pages[0]
    data = {
        "frames": _frames(record.frames, order),
        "meta": {
            "app": APP,
            "version": "1.3",  # of Aseprite's format
            "image": image,
            "format": "RGBA8888",
            "size": {"w": width, "h": height},
            "scale": "1",
            "frameTags": tags,
            "layers": [],
            "slices": _slices(record.frames, order),
        },
    }
    return {f"{target.stem}-aseprite.json": json_bytes(data)}


def _frames(frames: tuple[FrameRecord, ...], order: list[int]) -> list[dict[str, Any]]:
    seen: dict[str, int] = {}
    entries = []
    for place in order:
        frame = frames[place]
        seen[frame.name] = seen.get(frame.name, 0) + 1
        name = frame.name if seen[frame.name] == 1 else f"{frame.name} ({seen[frame.name]})"
        entries.append(
            {
                "filename": name,
                "frame": {"x": frame.x, "y": frame.y, "w": frame.width, "h": frame.height},
                "rotated": False,
                "trimmed": frame.trimmed,
                "spriteSourceSize": {
                    "x": frame.offset_x,
                    "y": frame.offset_y,
                    "w": frame.width,
                    "h": frame.height,
                },
                "sourceSize": {"w": frame.source_width, "h": frame.source_height},
                "duration": frame.duration_ms,
            }
        )
    return entries


def _slices(frames: tuple[FrameRecord, ...], order: list[int]) -> list[dict[str, Any]]:
    """Pivots and nine-slices, in Aseprite's way: keys of a slice by the frame from which they hold."""
    slices: list[dict[str, Any]] = []
    for number, place in enumerate(order):
        frame = frames[place]
        if frame.pivot is None and frame.borders is None:
            continue
        key: dict[str, Any] = {
            "frame": number,
            "bounds": {"x": 0, "y": 0, "w": frame.source_width, "h": frame.source_height},
        }
        if frame.borders is not None:
            left, top, right, bottom = frame.borders
            size = {"w": frame.source_width - left - right, "h": frame.source_height - top - bottom}
            key["center"] = {"x": left, "y": top, **size}
        if frame.pivot is not None:
            x, y = frame.pivot[0] * frame.source_width, frame.pivot[1] * frame.source_height
            key["pivot"] = {"x": round(x), "y": round(y)}
        slices.append({"name": frame.name, "color": "#0000ffff", "keys": [key]})
    return slices
