"""Files from strangers: decoded with care, and brought to the form that was asked for."""

import io
import struct
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from audobon_cli.domain.errors import PictureUnreadable
from audobon_cli.domain.providers import Billed
from audobon_cli.domain.units import Size
from audobon_cli.media.image.png_chunks import without_long_texts
from audobon_cli.media.untrusted.decoding import picture_by
from audobon_cli.providers.protocol import FailureKind, ProviderFailure

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_PIXELS = 36 * 2**20
"""6144 x 6144: above the largest picture that any service here sells (4096 x 4096), and 144 MiB decoded."""

GROUND = (255, 255, 255)
"""What shows through where a picture is transparent that was asked for opaque."""


def decode(data: bytes, size: Size) -> Image.Image:
    """The picture in ``data`` as opaque RGB of ``size``: a service's own size is scaled to cover it and cut
    evenly, for a picture that was paid for is not thrown away.

    Its size is looked at before it is decoded. Raises ProviderFailure (BAD_ANSWER, billed) for no whole picture.
    """
    try:
        opaque = picture_by("delivery", data, "", _unreadable)
    except PictureUnreadable as error:
        raise ProviderFailure(FailureKind.BAD_ANSWER, error.message, Billed.YES) from error
    wanted = (size.width, size.height)
    return opaque if opaque.size == wanted else ImageOps.fit(opaque, wanted, Image.Resampling.LANCZOS)


def decoded_delivery(data: bytes, name: str) -> Image.Image:
    """The picture in ``data``, opaque, in its own size. Raises PictureUnreadable, which says what it delivered."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns at a limit of its own
            with Image.open(io.BytesIO(without_long_texts(data)), formats=FORMATS) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    raise _bad(f"it delivered a picture of {opened.width}x{opened.height} pixels")
                image = ImageOps.exif_transpose(opened)
                image.load()
    except Image.DecompressionBombError as error:
        raise _bad("it delivered a picture of far too many pixels") from error
    except UnidentifiedImageError as error:
        raise _bad("what it delivered is no picture") from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error) as error:
        raise _bad("the picture that it delivered is damaged") from error
    return _on_ground(image)


def _on_ground(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, (*GROUND, 255))
    return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")


def _bad(fact: str) -> PictureUnreadable:
    return PictureUnreadable(fact, hint="ask for it again")


def _unreadable(why: str) -> PictureUnreadable:
    return _bad(f"the picture that it delivered cannot be decoded: {why}")
