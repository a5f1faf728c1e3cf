"""Writing APNGs."""

import io
from collections.abc import Mapping, Sequence

from audobon_cli.media.image.pixels import Pixels, as_image, encode_png, without_hidden_colour
from audobon_cli.media.image.png_chunks import text_chunks


def encode_moving_png(
    frames: Sequence[Pixels], durations_ms: Sequence[int], plays: int, texts: Mapping[str, str] | None = None
) -> bytes:
    """``frames`` of one size as an APNG that is played ``plays`` times (0: for ever); else as ``encode_png``.

    No two neighbours may be alike: they would become one frame.
    """
    first, *others = (as_image(without_hidden_colour(frame)) for frame in frames)
    if not others:
        return encode_png(frames[0], texts)
    stream = io.BytesIO()
    first.save(
        stream,
        format="PNG",
        save_all=True,
        append_images=others,
        duration=list(durations_ms),
        loop=plays,
        disposal=0,  # with 1, Pillow leaves out a frame that is empty
        blend=0,
        default_image=False,
        pnginfo=text_chunks(dict(sorted((texts or {}).items())), compressed=True),
        compress_level=6,
    )
    return stream.getvalue()
