"""Small pictures of pictures."""

import io

from audobon_cli.media.image.png_chunks import without_long_texts

SIDE = 128


def preview(data: bytes) -> bytes | None:
    """A WebP of at most 128 x 128 pixels, in 2 ms; None for vectors and what cannot be decoded."""
    from PIL import Image

    from audobon_cli.media.image.pixels import upright

    try:
        with Image.open(io.BytesIO(without_long_texts(data))) as opened:
            image = upright(opened)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, MemoryError):
        return None
    pixel_art = max(image.size) <= SIDE
    if not pixel_art:
        image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "WEBP", lossless=pixel_art, quality=85)
    return stream.getvalue()
