"""Animations as moving pictures: GIF, APNG, WebP."""

import io
import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.moving_gif import encode_moving_gif
from audobon_cli.media.image.pixels import MAX_PIXELS, UNSHOWN_MS, DecodedImage, Pixels, as_image
from audobon_cli.sprites.operations.colors import oklab, tree_of
from audobon_cli.sprites.operations.palettes import extract
from audobon_cli.sprites.sheets.formats.css import class_name
from audobon_cli.sprites.sheets.formats.target import Target
from audobon_cli.sprites.sheets.record import Animation
from audobon_cli.sprites.sheets.sheet import PackedSheet
from audobon_cli.sprites.sheets.timing import in_steps
from audobon_cli.storage.file_names import file_names

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


class _Kind(NamedTuple):
    """A format: times are in multiples of ``step`` and at least ``least`` milliseconds, for browsers take less for no
    time and show 100 ms; a frame has at most ``longest`` of them, and a side ``side`` pixels."""

    suffix: str
    step: int
    least: int
    longest: int
    side: int
    options: Mapping[str, Any] = MappingProxyType({})


_APNG = _Kind(
    ".apng", 1, UNSHOWN_MS + 1, 0xFFFF, 0x7FFFFFFF,
    {"format": "PNG", "disposal": 0, "blend": 0, "default_image": False},
)  # fmt: skip
_WEBP = _Kind(
    ".webp", 1, UNSHOWN_MS + 1, 0xFFFFFF, 16383, {"format": "WEBP", "lossless": True, "exact": True}
)
_GIF = _Kind(
    ".gif",
    10,
    20,
    10 * 0xFFFF,
    0xFFFF,
)


def apng(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """``STEM-ANIMATION.apng``."""
    return _files(sheet, target, _APNG)


def webp(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """``STEM-ANIMATION.webp``, lossless."""
    return _files(sheet, target, _WEBP)


def gif(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """``STEM-ANIMATION.gif``: 255 colours, alpha on or off, durations in steps of 10 ms."""
    return _files(sheet, target, _GIF)


def apng_limits(sheet: PackedSheet, target: Target) -> list[str]:
    """Animations too fast for the format."""
    return _limits(sheet, _APNG)


def webp_limits(sheet: PackedSheet, target: Target) -> list[str]:
    """Animations too fast for the format."""
    return _limits(sheet, _WEBP)


def gif_limits(sheet: PackedSheet, target: Target) -> list[str]:
    """Animations too fast for the format."""
    return _limits(sheet, _GIF)


def _limits(sheet: PackedSheet, kind: _Kind) -> list[str]:
    notes = []
    for animation in _animations(sheet):
        steps = animation.steps(sheet.record.frames)
        shown = in_steps([step.duration for step in steps], kind.step, kind.least)
        wanted, taken = sum(step.duration for step in steps), sum(each.duration for each in shown)
        if len(shown) == len(steps) and 2 * (taken - wanted) > kind.step:
            notes.append(
                f"{animation.name}{kind.suffix}: a round takes {taken} ms and not {float(wanted):.6g}:"
                f" browsers show no frame for less than {kind.least} ms"
            )
        elif len(shown) < len(steps):
            notes.append(
                f"{animation.name}{kind.suffix}: {len(steps) - len(shown)} of {len(steps)} frames are left out:"
                f" browsers show none for less than {kind.least} ms"
            )
    return notes


def _animations(sheet: PackedSheet) -> tuple[Animation, ...]:
    return sheet.record.animations or (Animation("all", tuple(range(len(sheet.record.frames)))),)


def _files(sheet: PackedSheet, target: Target, kind: _Kind) -> dict[str, bytes]:
    animations = _animations(sheet)
    names = file_names(
        [f"{target.stem}-{class_name(animation.name)}" for animation in animations], kind.suffix
    )
    written = {}
    for name, animation in zip(names, animations, strict=True):
        steps = animation.steps(sheet.record.frames)
        shown = in_steps([step.duration for step in steps], kind.step, kind.least)
        places = [steps[each.place].place for each in shown]
        written[name] = _moving(sheet, animation, places, [each.duration for each in shown], target, kind)
    return written


def _moving(
    sheet: PackedSheet, animation: Animation, places: list[int], times: list[int], target: Target, kind: _Kind
) -> bytes:
    """The file of one animation. Raises InvalidInput for what the format cannot hold."""
    records = [sheet.record.frames[place] for place in places]
    width = max(record.source_width for record in records) * target.preview_scale
    height = max(record.source_height for record in records) * target.preview_scale
    if width * height * len(places) > MAX_PIXELS or max(width, height) > kind.side:
        raise InvalidInput(
            f"{animation.name} is too large for {kind.suffix}: {len(places)} frames of {width}x{height}.",
            hint="lower --preview-scale, or leave the format out",
        )
    if max(times) > kind.longest:
        raise InvalidInput(
            f"A frame of {animation.name} is shown for {max(times)} ms, and {kind.suffix} holds {kind.longest}.",
            hint="make it shorter, or leave the format out",
        )
    frames = _on_one_canvas([frame_pixels(sheet, place) for place in places], target.preview_scale)
    try:
        if kind is _GIF:
            return encode_moving_gif(_indexed(frames), times, animation.rounds)
        pictures = [as_image(frame) for frame in frames]
        stream = io.BytesIO()
        pictures[0].save(
            stream,
            save_all=True,
            append_images=pictures[1:],
            duration=times,
            loop=animation.rounds,
            **kind.options,
        )
    except (
        struct.error,
        OverflowError,
        ValueError,
    ) as error:  # equal neighbours are joined, and so their times
        raise InvalidInput(
            f"{animation.name} cannot be written as {kind.suffix}: {error}.", hint="leave the format out"
        ) from error
    return stream.getvalue()


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
