"""The formats that pictures can be exported in."""

from enum import StrEnum


class ExportFormat(StrEnum):
    """The formats that export can write. PNG and WebP keep every pixel; AVIF, as Pillow writes it, may
    change a channel by 2 of 255."""

    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    SVG = "svg"
    """Of what is composed in vectors alone, drawn again from its recipe."""
