"""Aseprite's JSON array, as ``aseprite --sheet --data --format json-array --list-tags --list-slices`` writes it."""

from dataclasses import replace
from typing import Any

from audobon_cli.sprites.sheets.formats.target import Target, json_bytes
from audobon_cli.sprites.sheets.record import FORWARD, PING_PONG, Animation, FrameRecord
from audobon_cli.sprites.sheets.sheet import PackedSheet
from audobon_cli.sprites.sheets.timing import whole

APP = "audobon (aseprite)"
"""melonJS tells a file's kind by what occurs in its application."""


def files(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """One file. A tag is a range of frames, so the frames are listed animation by animation; one of two animations is
    listed twice, under a name of its own. Raises InvalidInput for several pages.

    What plays backwards is listed backwards, for half of the readers know no directions but ``forward`` and
    ``pingpong``.
    """
    image = target.only_page(sheet, "Aseprite's JSON")
    record = sheet.record
    order: list[tuple[int, int]] = []
    tags: list[dict[str, Any]] = []
    for animation in record.animations:
        steps = _one_way(animation).steps(record.frames)
        tags.append(_tag(animation, len(order), len(steps)))
        order += zip((step.place for step in steps), whole([step.duration for step in steps]), strict=True)
    shown = {place for place, _ in order}
    order += [(p, round(f.duration_ms)) for p, f in enumerate(record.frames) if p not in shown]
    width, height = record.pages[0]
    data = {
        "frames": _entries(record.frames, order),
        "meta": {
            "app": APP,
            "version": "1.3",  # of Aseprite's format
            "image": image,
            "format": "RGBA8888",
            "size": {"w": width, "h": height},
            "scale": "1",
            "frameTags": tags,
            "layers": [],
            "slices": _slices(record.frames, [place for place, _ in order]),
        },
    }
    return {f"{target.stem}-aseprite.json": json_bytes(data)}


def limits(sheet: PackedSheet, target: Target) -> list[str]:
    """What readers of the file will not show as it is meant."""
    frames = sheet.record.frames
    if any(frame.trimmed for frame in frames):
        return [
            f"{target.stem}-aseprite.json: frames are trimmed, which KAPLAY, Excalibur and melonJS do not look at:"
            " they move and stretch; add --no-trim"
        ]
    sizes = {(frame.source_width, frame.source_height) for frame in frames}
    if len(sizes) > 1:
        return [
            f"{target.stem}-aseprite.json: frames are of {len(sizes)} sizes; KAPLAY draws all at the first one's"
        ]
    return []


def _one_way(animation: Animation) -> Animation:
    """The same without the way back."""
    direction = animation.direction.removeprefix("pingpong").strip("_") or FORWARD
    return replace(animation, direction=direction, loop=True)


def _tag(animation: Animation, start: int, count: int) -> dict[str, Any]:
    tag: dict[str, Any] = {"name": animation.name, "from": start, "to": start + count - 1}
    tag["direction"] = PING_PONG if animation.bounces else FORWARD
    if not animation.loop:
        # Aseprite plays a tag for ever unless it says how often, and counts there and back as two.
        tag["repeat"] = str(animation.plays * (2 if animation.bounces else 1))
    return tag


def _entries(frames: tuple[FrameRecord, ...], order: list[tuple[int, int]]) -> list[dict[str, Any]]:
    seen: dict[str, int] = {}
    entries = []
    for place, duration in order:
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
                "duration": duration,
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
