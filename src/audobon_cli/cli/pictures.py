"""Pictures in the terminal."""

import io

from rich.console import Console

MAX_COLUMNS = 64


def show_picture(console: Console, data: bytes) -> None:
    """Draw a picture (the bytes of a file) with half blocks, two pixels to a character, at most
    64 columns wide. Clear pixels stay the terminal's own colour. Terminals without colour get nothing."""
    if console.color_system is None:
        return
    from PIL import Image
    from rich_pixels import Pixels

    with Image.open(io.BytesIO(data)) as opened:
        image = opened.convert("RGBA")
    columns = min(MAX_COLUMNS, console.width)
    if image.width > columns:
        image = image.resize((columns, max(1, round(image.height * columns / image.width))))
    # rich-pixels draws partly clear pixels as solid ones: an edge looks better cut at half.
    alpha = image.getchannel("A").point(lambda value: 255 if value >= 128 else 0)
    image.putalpha(alpha)
    console.print(Pixels.from_image(image))
