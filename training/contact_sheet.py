"""A contact sheet: every picture over the words it was asked for with."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

CELL_PIXELS = 128
LABEL_PIXELS = 18
MARGIN = 6
BACKGROUND = (232, 233, 236)
INK = (40, 42, 48)


def contact_sheet(images: Sequence[Image.Image], labels: Sequence[str], columns: int) -> Image.Image:
    """Lay straight-alpha pictures out at 128 x 128, each over its label, row by row."""
    wide, high = CELL_PIXELS + MARGIN, CELL_PIXELS + LABEL_PIXELS + MARGIN
    rows = -(-len(images) // columns)
    sheet = Image.new("RGB", (columns * wide + MARGIN, rows * high + MARGIN), BACKGROUND)
    pen = ImageDraw.Draw(sheet)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        left, upper = MARGIN + number % columns * wide, MARGIN + number // columns * high
        large = image.resize((CELL_PIXELS, CELL_PIXELS), Image.Resampling.NEAREST)
        sheet.paste(large, (left, upper), large)
        font = _fitting_font(label)
        x = left + (CELL_PIXELS - font.getlength(label)) / 2
        pen.text((x, upper + CELL_PIXELS + 1), label, fill=INK, font=font)
    return sheet


def _fitting_font(label: str) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The largest of some sizes at which `label` fits under its picture."""
    fonts = [ImageFont.load_default(points) for points in (14, 13, 12, 11, 10, 9, 8)]
    return next((font for font in fonts if font.getlength(label) <= CELL_PIXELS), fonts[-1])
