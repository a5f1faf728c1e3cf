"""The user's own pictures as drawings: traced into curves, so that every rule for vectors holds for them too."""

import io
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.exemplars.shapes import UNITS, Drawing, Shape, read_path
from audobon_cli.media.image.inspect import is_vector
from audobon_cli.media.untrusted.decoding import picture_by

if TYPE_CHECKING:
    from PIL.Image import Image

TRACED_SIDE = 512
"""Longest side of what is traced: smaller pictures are enlarged, so that their steps become curves."""

SOLID = 128
"""Alpha from which a pixel counts as part of the picture."""

MARGIN = 2
"""Pixels left free around a picture: the tracer needs something clear, or takes the whole for opaque."""

TRACER = {
    "img_format": "png",
    "mode": "spline",
    "hierarchical": "stacked",
    "path_precision": 1,
}
"""VTracer's settings."""

DETAILS = (
    {"filter_speckle": 4, "color_precision": 7, "layer_difference": 20},
    {"filter_speckle": 6, "color_precision": 6, "layer_difference": 32},
    {"filter_speckle": 8, "color_precision": 5, "layer_difference": 48},
)
"""How finely it traces, the finest first, by trial on tiles, drawings and photographs. Soft shading and light take
hundreds of bands each: what has too many is traced in fewer."""

MOST_SHAPES = 6_000
"""Of a picture: of more nothing is left that rules could change, and drawing takes seconds."""

_PATH = re.compile(r'<path d="([^"]*)" fill="(#[0-9A-Fa-f]{6})" transform="translate\(([-\d.]+),([-\d.]+)\)"')


def pixels_of_picture(data: bytes, name: str) -> "Image":
    """The picture ``data`` (its first frame; SVG at TRACED_SIDE), RGBA, cut to what is seen of it.

    Raises InvalidInput for what cannot be read or shows nothing, PictureUnusable for what is too large.
    """
    image = picture_by(
        *("own exemplar", data, name),
        lambda why: InvalidInput(f"{name} cannot be read: {why}.", hint="name another picture"),
    )
    seen = image.getchannel("A").point([255 if level >= SOLID else 0 for level in range(256)]).getbbox()
    if seen is None:
        raise InvalidInput(f"{name} shows nothing: all of it is clear.", hint="name another picture")
    return image.crop(seen)


@lru_cache(maxsize=16)
def traced(data: bytes, name: str) -> Drawing:
    """The drawing of the picture ``data``, filling its square, at the first of DETAILS that takes at most MOST_SHAPES
    shapes. The same bytes give the same drawing.

    Raises as pixels_of_picture, and InvalidInput for a picture of more shapes at any of them.
    """
    import vtracer
    from PIL import Image

    own = pixels_of_picture(data, name)
    scale = TRACED_SIDE / max(own.size)
    size = (max(1, round(own.width * scale)), max(1, round(own.height * scale)))
    resample = Image.Resampling.LANCZOS if scale > 1 else Image.Resampling.BOX
    large = own.convert("RGBa").resize(size, resample).convert("RGBA")
    alpha = large.getchannel("A").point([255 if level >= SOLID else 0 for level in range(256)])
    framed = Image.new("RGBA", (size[0] + 2 * MARGIN, size[1] + 2 * MARGIN))
    framed.paste(large.convert("RGB"), (MARGIN, MARGIN), alpha)
    stream = io.BytesIO()
    framed.save(stream, "PNG", compress_level=1)
    shapes: tuple[Shape, ...] = ()
    for detail in DETAILS:
        document = vtracer.convert_raw_image_to_svg(stream.getvalue(), **TRACER, **detail)
        shapes = _shapes(document, UNITS / TRACED_SIDE)
        if len(shapes) <= MOST_SHAPES:
            break
    if not shapes:
        raise InvalidInput(f"{name} has nothing that could be traced.", hint="name a larger picture")
    if len(shapes) > MOST_SHAPES:
        raise InvalidInput(
            f"{name} is too detailed to be composed with: {len(shapes)} shapes of at most {MOST_SHAPES}.",
            hint="name a plainer picture, or begin with it: --init-image",
        )
    return Drawing(shapes)


def _shapes(document: str, scale: float) -> tuple[Shape, ...]:
    found: list[Shape] = []
    for data, colour, left, top in _PATH.findall(document):
        drawing = Drawing((Shape(read_path(data), fill=colour.lower()),))
        x, y = (float(left) - MARGIN) * scale, (float(top) - MARGIN) * scale
        found += drawing.moved((scale, 0.0, 0.0, scale, x, y)).shapes
    return tuple(found)


def decoded_exemplar(data: bytes, name: str) -> "Image":
    """The picture ``data``, whole: see pixels_of_picture."""
    from audobon_cli.media.image.pixels import first_frame

    return _drawn(data, name) if is_vector(data) else first_frame(data, name).convert("RGBA")


def _drawn(data: bytes, name: str) -> "Image":
    import resvg_py
    from PIL import Image

    try:
        drawn = resvg_py.svg_to_bytes(
            svg_string=data.decode("utf-8"), width=TRACED_SIDE, skip_system_fonts=True
        )
    except ValueError as error:
        raise InvalidInput(f"{name} is no SVG drawing that can be read.", hint="check the file") from error
    return Image.open(io.BytesIO(bytes(drawn))).convert("RGBA")
