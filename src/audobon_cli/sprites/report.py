"""The check as one HTML page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from audobon_cli.domain.units import plural
from audobon_cli.media.image.pixels import Pixels, encode_png, resized
from audobon_cli.pages.render import render_page
from audobon_cli.sprites.check import Checked, CheckedImage, CheckedSequence, CheckReport
from audobon_cli.sprites.contract import Measured
from audobon_cli.sprites.gates import GATES
from audobon_cli.sprites.pictures import PictureReader

PICTURE_SIDE = 80
FRAME_SIDE = 64
"""Pixels a side at most; small sprites are enlarged by a whole number."""
MOST_FRAMES = 24


@dataclass(frozen=True, slots=True)
class _Card:
    """What the page shows of one picture or sequence; ``images`` are PNG files."""

    name: str
    size: str
    images: tuple[bytes, ...]
    gates: Sequence[Measured]
    failed: bool


def report_page(report: CheckReport, reader: PictureReader) -> str:
    """The page, pictures that failed first. ``reader`` gives the pictures once more."""
    by_name = {picture.source.name: picture for picture in report.pictures}
    everything: tuple[Checked, ...] = (*report.pictures, *report.sequences)
    failed, count = sum(bool(each.failed) for each in everything), len(everything)
    source = report.contract.source
    pictures = sorted(report.pictures, key=lambda each: (not each.failed, each.source.name))
    return render_page(
        "sprite_check.html",
        title="Sprite check",
        verdict=f"{failed} of {count} do not pass" if failed else f"all {count} pass",
        contract=f"held to the contract in {source}" if source else "held to defaults",
        about={name: gate.about for name, gate in GATES.items()},
        sequences=[_sequence(sequence, by_name, reader) for sequence in report.sequences],
        pictures=[_picture(picture, reader) for picture in pictures],
    )


def _picture(checked: CheckedImage, reader: PictureReader) -> _Card:
    pixels = reader.picture(checked.source).frames[0]
    size = f"{pixels.shape[1]}x{pixels.shape[0]}"
    images = (_thumbnail(pixels, PICTURE_SIDE),)
    return _Card(checked.source.name, size, images, checked.gates, bool(checked.failed))


def _sequence(checked: CheckedSequence, by_name: dict[str, CheckedImage], reader: PictureReader) -> _Card:
    frames = [by_name[name] for name in checked.frames if name in by_name][:MOST_FRAMES]
    images = tuple(_thumbnail(reader.picture(frame.source).frames[0], FRAME_SIDE) for frame in frames)
    size = f"{plural(len(checked.frames), 'frame')}"
    return _Card(checked.name, size, images, checked.gates, bool(checked.failed))


def _thumbnail(pixels: Pixels, side: int) -> bytes:
    height, width = pixels.shape[:2]
    largest = max(height, width)
    if largest > side:
        share = side / largest
        return encode_png(resized(pixels, max(1, round(width * share)), max(1, round(height * share))))
    factor = max(1, math.floor(side / largest))
    return encode_png(pixels.repeat(factor, axis=0).repeat(factor, axis=1))
