"""Small pictures of pictures."""

import io

from audobon_cli.domain.errors import PictureUnusable

SIDE = 128


def preview(data: bytes) -> bytes | None:
    """A WebP of at most 128 x 128 pixels, in 2 ms; None for vectors and what cannot be decoded."""
    from PIL import Image

    from audobon_cli.media.image.pixels import first_frame

    try:
        image = first_frame(data).convert("RGBA")
    except PictureUnusable:
        return None
    pixel_art = max(image.size) <= SIDE
    if not pixel_art:
        image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "WEBP", lossless=pixel_art, quality=85)
    return stream.getvalue()
