"""Animations as moving pictures: GIF, APNG, WebP."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.pixels import DecodedImage, Pixels, as_image
from audobon_cli.sprites.operations.colors import oklab, tree_of
from audobon_cli.sprites.operations.palettes import extract
from audobon_cli.sprites.sheets.formats.css import class_name
from audobon_cli.sprites.sheets.formats.target import Target
from audobon_cli.sprites.sheets.record import Animation
from audobon_cli.sprites.sheets.sheet import PackedSheet

if TYPE_CHECKING:
    from PIL.Image import Image

GIF_COLOURS = 255
"""One of the 256 is transparency."""


def frame_pixels(sheet: PackedSheet, place: int) -> Pixels:
    """A frame at its full size, as it was before packing."""
    frame = sheet.record.frames[place]
    whole = np.zeros((frame.source_height, frame.source_width, 4), dtype=np.uint8)
    part = sheet.pages[frame.page][frame.y : frame.y + frame.height, frame.x : frame.x + frame.width]
    whole[frame.offset_y :, frame.offset_x :][: frame.height, : frame.width] = part
    return whole


def apng(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """``STEM-ANIMATION.apng``."""
    options = {"format": "PNG", "disposal": 1, "blend": 0, "default_image": False}
    return _files(sheet, target, ".apng", options)


def webp(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """``STEM-ANIMATION.webp``, lossless."""
    return _files(sheet, target, ".webp", {"format": "WEBP", "lossless": True, "exact": True})


def gif(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """``STEM-ANIMATION.gif``: 255 colours, alpha on or off, durations in steps of 10 ms."""
    options = {"format": "GIF", "disposal": 2, "transparency": 0, "optimize": False}
    return _files(sheet, target, ".gif", options)


def _files(sheet: PackedSheet, target: Target, suffix: str, options: dict[str, Any]) -> dict[str, bytes]:
    whole = Animation("all", tuple(range(len(sheet.record.frames))))
    written = {}
    for animation in sheet.record.animations or (whole,):
        places = animation.played()
        durations = [sheet.record.frames[place].duration_ms for place in places]
        frames = _on_one_canvas([frame_pixels(sheet, place) for place in places], target.preview_scale)
        _check_limits(frames, durations, suffix)
        if suffix == ".gif":
            # Players take 10 ms or less for "no duration" and show 100 ms.
            durations = [max(20, round(duration / 10) * 10) for duration in durations]
            pictures = _indexed(frames)
        else:
            pictures = [as_image(frame) for frame in frames]
        stream = io.BytesIO()
        # GIF and APNG play once without a number; 0 is for ever, 1 once for APNG and WebP.
        times: dict[str, Any] = {"loop": 0} if animation.loop else ({} if suffix == ".gif" else {"loop": 1})
        pictures[0].save(
            stream, save_all=True, append_images=pictures[1:], duration=durations, **options, **times
        )
        written[f"{target.stem}-{class_name(animation.name)}{suffix}"] = stream.getvalue()
    return written


_LIMITS = {".gif": (65_535, 655_350), ".webp": (16_383, 2**24 - 1), ".apng": (2**31 - 1, 65_535)}
"""The longest side in pixels and the longest frame in ms. GIF89a has 16 bits for each, times in 10 ms; WebP 14 bits and
24 bits; APNG 31 bits and a fraction of two 16-bit numbers, whose divisor Pillow fixes at 1000."""


def _check_limits(frames: Sequence[Pixels], durations: Sequence[int], suffix: str) -> None:
    """Raise InvalidInput for what the format has no room for."""
    side, longest = _LIMITS[suffix]
    if max(max(frame.shape[:2]) for frame in frames) > side:
        raise InvalidInput(
            f"An animation in {suffix[1:].upper()} is at most {side:,} pixels a side.",
            hint="leave that format out, or cut the frames smaller",
        )
    if max(durations) > longest:
        raise InvalidInput(
            f"A frame in {suffix[1:].upper()} stays at most {longest:,} ms.",
            hint="leave that format out, or give the frames shorter durations",
        )


def _on_one_canvas(frames: list[Pixels], scale: int) -> list[Pixels]:
    height, width = max(f.shape[0] for f in frames), max(f.shape[1] for f in frames)
    padded = [np.pad(f, ((0, height - f.shape[0]), (0, width - f.shape[1]), (0, 0))) for f in frames]
    return [f.repeat(scale, axis=0).repeat(scale, axis=1) for f in padded]


def _indexed(frames: list[Pixels]) -> "list[Image]":
    """Frames of one palette; place 0 is transparency."""
    from PIL import Image

    if not any((frame[..., 3] >= 128).any() for frame in frames):
        palette = np.zeros((1, 3), dtype=np.uint8)
    else:
        palette = extract([DecodedImage("", tuple(frames))], GIF_COLOURS)
    tree = tree_of(palette)
    pictures = []
    for frame in frames:
        nearest = tree.query(oklab(frame[..., :3]))[1] + 1
        picture = Image.fromarray(np.where(frame[..., 3] >= 128, nearest, 0).astype(np.uint8), mode="P")
        picture.putpalette([0, 0, 0, *palette.ravel().tolist()])
        pictures.append(picture)
    return pictures
