"""Pictures as arrays: reading every kind of input the same way, and writing the same bytes each time."""

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from audobon_cli.domain.errors import PictureUnusable
from audobon_cli.media.image.png_chunks import text_chunks, without_long_texts

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = NDArray[np.uint8]
"""Shape (height, width, 4): red, green, blue and straight (not premultiplied) alpha, sRGB."""

Mask = NDArray[np.bool_]
"""Shape (height, width)."""

MAX_PIXELS = 8192 * 8192
"""Pixels of all frames together: 256 MiB decoded. Larger files are refused before they are decoded."""

READABLE = ("PNG", "GIF", "WEBP", "JPEG", "BMP", "TIFF")
DEFAULT_DURATION_MS = 100
"""What browsers take for a frame that says no duration."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodedImage:
    """A decoded picture. ``durations_ms`` has one entry a frame; ``texts`` are a PNG's text chunks.

    Two pictures are equal only if they are the same object, so that one can be a key of a cache.
    """

    name: str
    frames: tuple[Pixels, ...]
    durations_ms: tuple[int, ...] = (DEFAULT_DURATION_MS,)
    texts: Mapping[str, str] = field(default_factory=dict)
    format: str = "png"
    """The file's: png, webp, jpeg, gif, bmp or tiff."""
    mode: str = "RGBA"
    """The file's, as Pillow calls it; pixels are RGBA here whatever it is."""

    @property
    def still(self) -> Pixels:
        """The only frame. Raises PictureUnusable for an animation."""
        if len(self.frames) > 1:
            raise PictureUnusable(
                f"{self.name} is an animation of {len(self.frames)} frames.",
                hint="take it apart with `audobon sprite slice`, or give it to `audobon sprite sheet`",
                frames=len(self.frames),
            )
        return self.frames[0]

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.frames[0].shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.frames[0].shape[0])


def read_picture(data: bytes, name: str = "the picture") -> DecodedImage:
    """Decode ``data``: 16 bits, greys, CMYK, palettes and Exif rotation become upright 8-bit RGBA.

    Colour profiles are ignored. Raises PictureUnusable for what is damaged, too large to decode
    safely, or of a kind not read here.
    """
    from PIL import Image, ImageSequence, UnidentifiedImageError

    if not data:
        raise PictureUnusable(f"{name} is an empty file.", hint="give a PNG, WebP, JPEG, GIF, BMP or TIFF")
    try:
        with warnings.catch_warnings():
            # Sizes are checked below, before anything is decoded.
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(without_long_texts(data)), formats=READABLE)
            mode = image.mode
            _refuse_huge(image, name)
            # One info is shared by all frames: the duration is read while its frame is the current one.
            decoded = [(_rgba(frame), frame.info.get("duration")) for frame in ImageSequence.Iterator(image)]
    except PictureUnusable:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(name, "Pillow takes it for an attack on the memory") from error
    except UnidentifiedImageError as error:
        vector = b"<svg" in data[:4096]
        raise PictureUnusable(
            f"{name} is a vector picture (SVG), which has no pixels yet."
            if vector
            else f"{name} is not a picture that can be read.",
            hint="draw it first, for example with resvg or Inkscape"
            if vector
            else "give a PNG, WebP, JPEG, GIF, BMP or TIFF",
        ) from error
    # Pillow's decoders raise many kinds for damaged files.
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError, MemoryError) as error:
        raise PictureUnusable(
            f"{name} is damaged: {error or type(error).__name__}.", hint="make or fetch it again"
        ) from error
    durations = tuple(round(duration or DEFAULT_DURATION_MS) for _, duration in decoded)
    texts = {k: str(v) for k, v in getattr(image, "text", {}).items()} if image.format == "PNG" else {}
    frames = tuple(pixels for pixels, _ in decoded)
    return DecodedImage(name, frames, durations, texts, str(image.format).lower(), mode)


def _refuse_huge(image: "Image", name: str) -> None:
    width, height = image.size
    frames = getattr(image, "n_frames", 1)
    if width * height * frames > MAX_PIXELS:
        raise _too_large(name, f"{width}x{height} pixels in {frames} frame{'s' if frames > 1 else ''}")


def _too_large(name: str, what: str) -> PictureUnusable:
    return PictureUnusable(
        f"{name} is too large to decode: {what}.",
        hint=f"at most {MAX_PIXELS} pixels are read: make it smaller",
    )


def _rgba(image: "Image") -> Pixels:
    return np.array(upright(image), dtype=np.uint8)


def upright(image: "Image") -> "Image":
    """The current frame of an opened picture in RGBA, 8 bits each, turned as its Exif says.

    Raises ValueError for floating-point pixels, and what Pillow raises for damaged files.
    """
    from PIL import Image, ImageOps

    if image.mode in ("I", "I;16", "I;16B", "I;16L", "I;16N"):  # Pillow's own conversion clips at 255
        grey = np.clip(np.asarray(image, dtype=np.float64) / 257, 0, 255).round().astype(np.uint8)
        return Image.fromarray(grey).convert("RGBA")
    if image.mode == "F":
        raise ValueError("pixels are floating-point numbers")
    turned = ImageOps.exif_transpose(image)
    if turned.mode in ("CMYK", "YCbCr", "LAB", "HSV"):
        turned = turned.convert("RGB")
    return turned.convert("RGBA")


def encode_png(pixels: Pixels, texts: Mapping[str, str] | None = None) -> bytes:
    """``pixels`` as a PNG; fully transparent ones lose their colour. The same input gives the same bytes
    with the same zlib; ``texts`` become iTXt chunks."""
    from PIL import Image

    chunks = text_chunks(dict(sorted((texts or {}).items())), compressed=True)
    stream = io.BytesIO()
    Image.fromarray(without_hidden_colour(pixels)).save(
        stream, format="PNG", pnginfo=chunks, compress_level=6
    )
    return stream.getvalue()


def without_hidden_colour(pixels: Pixels) -> Pixels:
    """``pixels`` with black where alpha is 0: hidden colours bleed into edges when an engine scales."""
    return np.where(pixels[..., 3:] == 0, np.uint8(0), pixels)


def visible_box(pixels: Pixels, threshold: int = 0) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom (exclusive) of the pixels with more alpha than ``threshold``; None if none."""
    mask = pixels[..., 3] > threshold
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if columns.size == 0:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def pad(pixels: Pixels, left: int, top: int, right: int, bottom: int) -> Pixels:
    """``pixels`` with transparent margins."""
    return np.pad(pixels, ((top, bottom), (left, right), (0, 0)))


def as_image(pixels: Pixels) -> "Image":
    """``pixels`` as a Pillow picture of mode RGBA."""
    from PIL import Image

    return Image.fromarray(pixels)


def resized(pixels: Pixels, width: int, height: int) -> Pixels:
    """``pixels`` scaled smoothly (area mean when shrinking), colours weighted by alpha."""
    from PIL import Image

    premultiplied = as_image(pixels).convert("RGBa").resize((width, height), Image.Resampling.BOX)
    return cast("Pixels", np.array(cast("Any", premultiplied).convert("RGBA"), dtype=np.uint8))
