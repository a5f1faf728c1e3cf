"""Pictures as arrays: reading every kind of input the same way, and writing the same bytes each time."""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from audobon_cli.domain.errors import PictureUnusable
from audobon_cli.domain.media import ImageInfo
from audobon_cli.media.image.compose import MAX_FRAMES, Milliseconds, MovingImage, TooManyFrames, composed
from audobon_cli.media.image.gif_frames import GIF_SIGNATURES, moving_gif
from audobon_cli.media.image.inspect import MAX_PIXELS as MAX_PIXELS_OF_ONE
from audobon_cli.media.image.inspect import png_texts
from audobon_cli.media.image.png_chunks import PNG_SIGNATURE, text_chunks
from audobon_cli.media.image.png_frames import moving_png, still_png

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

UNSHOWN_MS = 10
"""Up to so much, browsers take a frame of a GIF, APNG or WebP for one that says no duration."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodedImage:
    """A decoded picture. ``durations_ms`` has one entry a frame; ``texts`` are a PNG's text chunks.

    Two pictures are equal only if they are the same object, so that one can be a key of a cache.
    """

    name: str
    frames: tuple[Pixels, ...]
    durations_ms: tuple[Milliseconds, ...] = (DEFAULT_DURATION_MS,)
    texts: Mapping[str, str] = field(default_factory=dict)
    format: str = "png"
    """The file's: png, webp, jpeg, gif, bmp or tiff."""
    mode: str = "RGBA"
    """The file's, as Pillow calls it; pixels are RGBA here whatever it is."""
    plays: int = 0
    """How often an animation is played; 0 is for ever."""

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

    @property
    def media(self) -> ImageInfo:
        """What the library knows of it."""
        return ImageInfo(self.width, self.height, self.mode, len(self.frames))

    @property
    def nbytes(self) -> int:
        """What its pixels take in memory."""
        return sum(frame.nbytes for frame in self.frames)


def read_picture(data: bytes, name: str = "the picture") -> DecodedImage:
    """Decode ``data``: 16 bits, greys, CMYK, palettes and Exif rotation become upright 8-bit RGBA; of animations each
    frame as it is seen.

    Colour profiles are ignored. Raises PictureUnusable for what is damaged, too large to decode
    safely, or of a kind not read here.
    """
    with _decoding(name):
        image, moving = _opened(data, name)
        mode = image.mode
        durations: Sequence[Milliseconds]
        if moving is not None:
            pictures = [np.array(_turned(frame, image), dtype=np.uint8) for frame in composed(moving, _part)]
            durations, plays = [part.duration for part in moving.parts], moving.plays
        else:
            # One info is shared by all frames: the duration is read while its frame is the current one.
            decoded = [
                (np.array(upright(frame), dtype=np.uint8), frame.info.get("duration"))
                for frame in _stored_frames(image)
            ]
            pictures, durations = [pixels for pixels, _ in decoded], [round(ms or 0) for _, ms in decoded]
            plays = image.info.get("loop", 0) if image.format == "WEBP" else 0
        shown = tuple(ms if ms > UNSHOWN_MS else DEFAULT_DURATION_MS for ms in durations)
        texts = png_texts(data) if image.format == "PNG" else {}
    return DecodedImage(name, tuple(pictures), shown, texts, _format(image), mode, plays)


def first_frame(data: bytes, name: str = "the picture") -> "Image":
    """The first frame that is seen of ``data``, upright: RGBA, or RGB where the file knows no transparency.

    The same pixels as those of ``read_picture``. Raises PictureUnusable as it does, but for the number of frames.
    """
    with _decoding(name):
        image, moving = _opened(data, name, frames=1, limit=MAX_PIXELS_OF_ONE)
        if moving is not None:
            return _turned(next(iter(composed(moving, _part))), image)
        return upright(image) if image.has_transparency_data else upright(image).convert("RGB")


def measure(data: bytes, name: str = "the picture") -> tuple[int, int, int]:
    """Width and height as they are stored, and number of frames, of what ``read_picture`` would decode; it is not
    decoded. Raises PictureUnusable."""
    with _decoding(name):
        image, moving = _opened(data, name)
        if moving is not None:
            return moving.width, moving.height, len(moving.parts)
        return image.width, image.height, _frames(image)


@contextmanager
def _decoding(name: str) -> Iterator[None]:
    """What Pillow and the readers here raise, as PictureUnusable; Pillow's warnings kept back."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Sizes are checked here, before anything is decoded.
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise _too_large(name, "Pillow takes it for an attack on the memory") from error
    except TooManyFrames as error:
        raise PictureUnusable(
            f"{name} is too long: {error}.", hint="cut it into several files", frames=MAX_FRAMES
        ) from error
    except UnidentifiedImageError as error:
        raise PictureUnusable(
            f"{name} is not a picture that can be read.", hint="give a PNG, WebP, JPEG, GIF, BMP or TIFF"
        ) from error
    # Pillow's decoders raise many kinds for damaged files.
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        IndexError,
        KeyError,
        ArithmeticError,
        MemoryError,
    ) as error:
        raise _damaged(name, str(error) or type(error).__name__) from error
    except (TypeError, struct.error, zlib.error) as error:
        raise _damaged(name, type(error).__name__) from error


def _damaged(name: str, why: str) -> PictureUnusable:
    return PictureUnusable(f"{name} is damaged: {why}.", hint="make or fetch it again")


def _opened(
    data: bytes, name: str, frames: int | None = None, limit: int = MAX_PIXELS
) -> "tuple[Image, MovingImage | None]":
    """The file opened by Pillow and not yet decoded, and its parts where it is composed here. Its size is checked:
    that of all frames together, or of ``frames`` of them."""
    from PIL import Image

    if not data:
        raise PictureUnusable(f"{name} is an empty file.", hint="give a PNG, WebP, JPEG, GIF, BMP or TIFF")
    if _is_vector(data):
        raise PictureUnusable(
            f"{name} is a vector picture (SVG), which has no pixels yet.",
            hint="draw it first, for example with resvg or Inkscape",
        )
    moving = None
    if data.startswith(PNG_SIGNATURE):
        moving, data = moving_png(data), still_png(data)
    elif data.startswith(GIF_SIGNATURES):
        moving = moving_gif(data)
    image = Image.open(io.BytesIO(data), formats=READABLE)
    if moving is not None and b"eXIf" in data:
        image.getexif()  # it may stand behind the picture, up to which Pillow has read
    if moving is None:
        _refuse_huge(name, image.width, image.height, frames or _frames(image), limit)
    else:
        _refuse_huge(name, moving.width, moving.height, frames or len(moving.parts), limit)
        stored = sum(part.width * part.height for part in moving.parts[:frames])
        if stored > limit:
            raise _too_large(name, f"{stored} pixels in the parts of its frames")
    return image, moving


def _is_vector(data: bytes) -> bool:
    return b"<svg" in data[:4096] and not data.startswith(
        (PNG_SIGNATURE, b"RIFF", b"GIF8", b"\xff\xd8", b"BM")
    )


def _frames(image: "Image") -> int:
    """How many pictures a file holds that Pillow composes: the further ones of a JPEG are other views, not frames."""
    count = 1 if _format(image) == "jpeg" else int(getattr(image, "n_frames", 1))
    if count > MAX_FRAMES:
        raise TooManyFrames
    return count


def _stored_frames(image: "Image") -> "Iterator[Image]":
    for number in range(_frames(image)):
        image.seek(number)
        yield image


def _format(image: "Image") -> str:
    form = str(image.format).lower()
    return "jpeg" if form == "mpo" else form


def _part(file: bytes) -> "Image":
    """A part of an animation, decoded to RGBA."""
    from PIL import Image

    return upright(Image.open(io.BytesIO(file), formats=("PNG", "GIF")))


def _turned(frame: "Image", opened: "Image") -> "Image":
    """A composed frame turned as the Exif of its file says."""
    from PIL import ImageOps

    if "exif" not in opened.info:
        return frame
    frame.info["exif"] = opened.info["exif"]
    return ImageOps.exif_transpose(frame)


def _refuse_huge(name: str, width: int, height: int, frames: int, limit: int) -> None:
    if width * height * frames > limit:
        raise _too_large(name, f"{width}x{height} pixels in {frames} frame{'s' if frames > 1 else ''}")


def _too_large(name: str, what: str) -> PictureUnusable:
    return PictureUnusable(
        f"{name} is too large to decode: {what}.",
        hint=f"at most {MAX_PIXELS} pixels are read: make it smaller",
    )


def upright(image: "Image") -> "Image":
    """The current frame of an opened picture in RGBA, 8 bits each, turned as its Exif says.

    Raises ValueError for floating-point pixels, and what Pillow raises for damaged files.
    """
    from PIL import Image, ImageOps

    if image.mode in ("I", "I;16", "I;16B", "I;16L", "I;16N"):  # Pillow's own conversion clips at 255
        levels = np.asarray(image, dtype=np.float64)
        grey = np.clip(levels / 257, 0, 255).round().astype(np.uint8)
        turned = Image.fromarray(grey).convert("RGBA")
        clear = image.info.get("transparency")
        if isinstance(clear, int):
            turned.putalpha(Image.fromarray(np.where(levels == clear, 0, 255).astype(np.uint8)))
        if "exif" in image.info:
            turned.info["exif"] = image.info["exif"]
        return ImageOps.exif_transpose(turned)
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
