"""Godot 4's SpriteFrames as a text resource (.tres, format 3)."""

import json
from fractions import Fraction

from audobon_cli.sprites.sheets.formats.target import Target
from audobon_cli.sprites.sheets.record import Animation, FrameRecord
from audobon_cli.sprites.sheets.sheet import PackedSheet


def files(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """One resource: an AtlasTexture for each frame, and the animations; without any, all frames are
    ``default``. Godot knows no ping-pong, so that one round is written out."""
    record = sheet.record
    animations = record.animations or (Animation("default", tuple(range(len(record.frames)))),)
    used = sorted({place for animation in animations for place in animation.frames})
    folder = target.resource_folder.rstrip("/") + ("//" if target.resource_folder.endswith("://") else "/")
    lines = [f'[gd_resource type="SpriteFrames" load_steps={len(sheet.pages) + len(used) + 1} format=3]', ""]
    for page, name in enumerate(target.pages):
        lines.append(f'[ext_resource type="Texture2D" path={_text(folder + name)} id="{page + 1}"]')
    lines.append("")
    for place in used:
        lines += _texture(place, record.frames[place])
    blocks = [_animation(animation, record.frames) for animation in sorted(animations, key=lambda a: a.name)]
    lines += ["[resource]", f"animations = [{', '.join(blocks)}]", ""]
    return {f"{target.stem}.tres": "\n".join(lines).encode()}


def _texture(place: int, frame: FrameRecord) -> list[str]:
    lines = [
        f'[sub_resource type="AtlasTexture" id="AtlasTexture_{place}"]',
        f'atlas = ExtResource("{frame.page + 1}")',
        f"region = Rect2({frame.x}, {frame.y}, {frame.width}, {frame.height})",
    ]
    if frame.trimmed:
        # Godot draws the region at the margin's position; its size is what the whole is larger by.
        more = (frame.source_width - frame.width, frame.source_height - frame.height)
        lines.append(f"margin = Rect2({frame.offset_x}, {frame.offset_y}, {more[0]}, {more[1]})")
    return [*lines, ""]


def _animation(animation: Animation, frames: tuple[FrameRecord, ...]) -> str:
    # Godot knows loops and no repeats: what plays several times is written out.
    steps = animation.steps(frames) * max(1, animation.rounds)
    # Durations are relative to the speed in frames a second: the shortest counts as 1.
    shortest = min(step.duration for step in steps)
    entries = ", ".join(
        f'{{\n"duration": {_number(step.duration / shortest)},\n'
        f'"texture": SubResource("AtlasTexture_{step.place}")\n}}'
        for step in steps
    )
    return (
        f'{{\n"frames": [{entries}],\n"loop": {str(animation.loop).lower()},\n'
        f'"name": &{_text(animation.name)},\n"speed": {_number(1000 / shortest)}\n}}'
    )


def _number(value: float | Fraction) -> str:
    return repr(round(float(value), 6))


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
