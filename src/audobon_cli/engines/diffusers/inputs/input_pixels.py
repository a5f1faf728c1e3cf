"""Pictures that come from outside: read with care, and made to fit what a model draws. No torch here."""

import io
import struct
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.model import Model
from audobon_cli.domain.units import Size
from audobon_cli.media.image.formats import INPUT_FORMATS
from audobon_cli.media.image.png_frames import pillow_file
from audobon_cli.media.image.scale import enlarge_nearest, shrink
from audobon_cli.media.untrusted.decoding import picture_by

MAX_PIXELS = 100_000_000
"""Of an input picture: 10,000 x 10,000, 400 MB once decoded. No model here draws a hundredth of it."""

SAVE_ANEW = "open it in a picture editor and save it as PNG"

GROUND = (255, 255, 255)
"""What shows through a transparent picture when the model draws opaque ones: white."""

MASK_THRESHOLD = 128
"""From this grey on, of 255, a mask means: redraw. diffusers' mask processors cut at one half too."""

_HARD = [255 if level >= MASK_THRESHOLD else 0 for level in range(256)]


def read_picture(path: Path, name: str = "", content: bytes | None = None) -> Image.Image:
    """The picture in ``path``, or that whose file is ``content``, turned as its EXIF says: RGB, or RGBA if it has any
    transparency.

    Raises InvalidInput, naming ``name`` (else the path), for what cannot be read or decoded, is
    animated, or has more than MAX_PIXELS.
    """
    shown = name or str(path)
    try:
        data = path.read_bytes() if content is None else content
    except FileNotFoundError as error:
        raise _unusable(shown, "there is no such file", "check the path") from error
    except OSError as error:
        raise _unusable(shown, error.strerror or "it cannot be read", "check the path") from error
    return picture_by("input", data, shown, lambda why: _unusable(shown, why, SAVE_ANEW))


def decoded_picture(data: bytes, shown: str) -> Image.Image:
    """The picture in the file ``data``, called ``shown``: see read_picture."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures at a limit of its own; ours is checked before decoding.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(pillow_file(data)), formats=INPUT_FORMATS) as image:
                _check(image, shown)
                return _straight(ImageOps.exif_transpose(image))
    except Image.DecompressionBombError as error:
        raise _unusable(shown, "it has far too many pixels", "scale it down first") from error
    except OSError as error:
        reason = error.strerror or "it is damaged, or no picture in a known format"
        raise _unusable(shown, reason, SAVE_ANEW) from error
    except (ValueError, SyntaxError, EOFError, IndexError, struct.error) as error:
        raise _unusable(shown, "it is damaged", SAVE_ANEW) from error


def fit_picture(image: Image.Image, model: Model, size: Size) -> Image.Image:
    """``image`` in ``size`` and in the mode of ``model``'s pictures, its proportions kept.

    Opaque models: scaled until it covers the size and cut evenly at the sides, on GROUND where it is
    transparent; RGB. Sprites: scaled until it fits and centred on clear ground, by exact repetition or
    averaging where the ratio is whole; RGBA.
    """
    if model.size_rule.scales:
        return contain(image.convert("RGBA"), size)
    return cover(on_ground(image), size)


def fit_mask(mask: Image.Image, model: Model, size: Size) -> Image.Image:
    """``mask`` fitted as its picture is: mode L, 255 to redraw and 0 to keep.

    Transparent places count as black. Around a sprite that does not fill the size all is redrawn.
    """
    grey = marked(mask)
    if model.size_rule.scales:
        width, height, left, top = contained_box(grey.size, size)
        fitted = Image.new("L", (size.width, size.height), 255)
        fitted.paste(grey.resize((width, height), Image.Resampling.BOX), (left, top))
    else:
        fitted = ImageOps.fit(grey, (size.width, size.height), Image.Resampling.BOX)
    return fitted.point(_HARD)


def marked(mask: Image.Image) -> Image.Image:
    """What ``mask`` marks, in its own size: mode L, 255 to redraw, 0 to keep."""
    ground = Image.new("RGBA", mask.size, (0, 0, 0, 255))
    return Image.alpha_composite(ground, mask.convert("RGBA")).convert("L").point(_HARD)


def on_ground(image: Image.Image) -> Image.Image:
    """``image`` as RGB, on GROUND where it is transparent."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, (*GROUND, 255))
    return Image.alpha_composite(ground, image).convert("RGB")


def cover(image: Image.Image, size: Size) -> Image.Image:
    """``image`` scaled to cover ``size``, its middle kept. Colours of clear pixels do not bleed."""
    return ImageOps.fit(image, (size.width, size.height), Image.Resampling.LANCZOS)


def contain(image: Image.Image, size: Size) -> Image.Image:
    """``image`` (RGBA) scaled to fit into ``size``, centred on clear ground."""
    width, height, left, top = contained_box(image.size, size)
    if not (_whole_ratio(image.width, width) and image.width * height == image.height * width):
        # Pillow multiplies by alpha before it resamples and divides afterwards.
        scaled = image.resize((width, height), Image.Resampling.LANCZOS)
    else:
        scaled = _scaled_exactly(image, Size(width, height))
    fitted = Image.new("RGBA", (size.width, size.height), (0, 0, 0, 0))
    fitted.paste(scaled, (left, top))
    return fitted


def contained_box(picture: tuple[int, int], size: Size) -> tuple[int, int, int, int]:
    """Width, height, left and top of ``picture`` (width, height) when it is fitted into ``size``."""
    factor = min(size.width / picture[0], size.height / picture[1])
    width, height = (max(1, round(side * factor)) for side in picture)
    return width, height, (size.width - width) // 2, (size.height - height) // 2


def premultiplied_planes(image: Image.Image) -> NDArray[np.float32]:
    """``image`` (RGBA, straight alpha) as a sprite autoencoder sees it: (1, 4, height, width) in -1..1."""
    pixels = np.asarray(image, dtype=np.float32) / 255.0
    pixels[..., :3] *= pixels[..., 3:]
    planes: NDArray[np.float32] = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None]) * 2 - 1
    return planes


def keep_unmasked(drawn: Image.Image, original: Image.Image, mask: Image.Image) -> Image.Image:
    """``drawn`` where ``mask`` is 255, ``original`` pixel for pixel where it is 0; all of one size."""
    return Image.composite(drawn, original.convert(drawn.mode), mask)


def _check(image: Image.Image, shown: str) -> None:
    if getattr(image, "n_frames", 1) > 1:
        raise _unusable(shown, f"it is animated ({image.n_frames} frames)", "export the frame you mean")  # type: ignore[attr-defined]
    if image.width * image.height > MAX_PIXELS:
        raise _unusable(
            shown,
            f"it has {image.width}x{image.height} pixels, more than {MAX_PIXELS // 10**6} million",
            "scale it down first",
        )


def _straight(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        # 16-bit and float greys would be clipped to white by a plain conversion.
        levels = np.asarray(image, dtype=np.float64)
        span = 65535.0 if image.mode.startswith("I") else 1.0
        return Image.fromarray(np.clip(levels / span * 255, 0, 255).astype(np.uint8)).convert("RGB")
    transparent = image.has_transparency_data
    return image.convert("RGBA" if transparent else "RGB")


def _whole_ratio(one: int, other: int) -> bool:
    return one % other == 0 or other % one == 0


def _unusable(shown: str, fact: str, hint: str) -> InvalidInput:
    return InvalidInput(f"The picture {shown} cannot be used: {fact}.", hint=hint, path=shown, reason=fact)


def _scaled_exactly(image: Image.Image, size: Size) -> Image.Image:
    """``image`` at a whole multiple or fraction of its size: pixels repeated, or averaged."""
    if size.width >= image.width:
        return enlarge_nearest(image, size.width // image.width)
    return shrink(image, size)
