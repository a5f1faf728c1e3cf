"""CSS sprites: a class for each frame, and keyframes for animations."""

import re
from fractions import Fraction

from audobon_cli.sprites.sheets.formats.target import Target
from audobon_cli.sprites.sheets.names import unlike
from audobon_cli.sprites.sheets.record import Animation, FrameRecord
from audobon_cli.sprites.sheets.sheet import PackedSheet


def files(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """One style sheet. ``.STEM`` and ``.STEM-FRAME`` show a frame at its full size (margins stand for
    what was trimmed); ``.STEM-ANIMATION`` plays one, frame by frame."""
    stem = class_name(target.stem)
    images = [f"url({_quoted(page)})" for page in target.pages]
    lines = [
        f".{stem} {{ display: inline-block; background: {images[0]} no-repeat; image-rendering: pixelated; }}"
    ]
    taken: set[str] = set()
    for frame in sheet.record.frames:
        image = f" background-image: {images[frame.page]};" if frame.page else ""
        right = frame.source_width - frame.width - frame.offset_x
        bottom = frame.source_height - frame.height - frame.offset_y
        margin = (
            f" margin: {frame.offset_y}px {right}px {bottom}px {frame.offset_x}px;" if frame.trimmed else ""
        )
        lines.append(
            f".{unlike(f'{stem}-{class_name(frame.name)}', taken)} {{{image} width: {frame.width}px;"
            f" height: {frame.height}px; background-position: -{frame.x}px -{frame.y}px;{margin} }}"
        )
    for animation in sheet.record.animations:
        lines += _keyframes(unlike(f"{stem}-{class_name(animation.name)}", taken), animation, sheet, images)
    return {f"{target.stem}.css": ("\n".join(lines) + "\n").encode()}


def _keyframes(name: str, animation: Animation, sheet: PackedSheet, images: list[str]) -> list[str]:
    steps = animation.steps(sheet.record.frames)
    total = sum((Fraction(step.duration) for step in steps), Fraction(0))
    lines, at = [], Fraction(0)
    for step in steps:
        lines.append(f"  {_share(at, total)}% {{ {_shown(sheet.record.frames[step.place], images)} }}")
        at += step.duration
    lines.append(f"  100% {{ {_shown(sheet.record.frames[steps[-1].place], images)} }}")
    times = f"{animation.rounds} forwards" if animation.rounds else "infinite"
    return [
        f"@keyframes {name} {{",
        *lines,
        "}",
        f".{name} {{ animation: {name} {_number(total)}ms step-end {times}; }}",
    ]


def _share(at: Fraction, total: Fraction) -> str:
    """``at`` in per cent of ``total``, in four digits or as many as a millisecond takes."""
    short = f"{float(100 * at / total):.4g}"
    return (
        short
        if abs(Fraction(short) * total / 100 - at) < Fraction(1, 2)
        else f"{float(100 * at / total):.9g}"
    )


def _number(value: Fraction) -> str:
    return f"{float(value):.9g}"


def _shown(frame: FrameRecord, images: list[str]) -> str:
    right = frame.source_width - frame.width - frame.offset_x
    bottom = frame.source_height - frame.height - frame.offset_y
    return (
        f"background-image: {images[frame.page]}; width: {frame.width}px; height: {frame.height}px; "
        f"background-position: -{frame.x}px -{frame.y}px; "
        f"margin: {frame.offset_y}px {right}px {bottom}px {frame.offset_x}px;"
    )


def class_name(name: str) -> str:
    """``name`` as a CSS identifier: letters of every script, digits, ``-`` and ``_`` stay."""
    cleaned = re.sub(r"[^\w-]", "_", name)
    return cleaned if cleaned and not re.match(r"-?\d|--|-$", cleaned) else f"_{cleaned}"


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
