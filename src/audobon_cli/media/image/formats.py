"""The formats that pictures can be read and exported in."""

from enum import StrEnum

INPUT_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
"""What a picture to begin with may be, as Pillow calls them. It knows forty more, some of which start other programs
(EPS) or are read by nobody else's code."""


class ExportFormat(StrEnum):
    """The formats that export can write. PNG and WebP keep every pixel; AVIF, as Pillow writes it, may
    change a channel by 2 of 255."""

    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    SVG = "svg"
    """Of what is composed in vectors alone, drawn again from its recipe."""
