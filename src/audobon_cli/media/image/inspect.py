"""What a picture file is, told without decoding more than must be; damaged and hostile files are refused."""

import io
import re
import struct
import warnings
from collections.abc import Iterator
from dataclasses import field
from typing import TYPE_CHECKING
from xml.parsers import expat

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.errors import PictureUnreadable
from audobon_cli.domain.foreign.documents import HEAD_BYTES
from audobon_cli.media.image.gif_frames import moving_gif, xmp_of_gif
from audobon_cli.media.image.png_chunks import (
    PNG_SIGNATURE,
    Chunk,
    PngDamaged,
    chunks_of,
)
from audobon_cli.media.image.png_frames import png_chunks, shown_frames, still_png
from audobon_cli.media.image.texts import PngTexts, texts_of, xmp_texts

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 178_956_970
"""512 MiB at 3 bytes a pixel: from here on Pillow takes a picture for an attack on the memory."""
STYLE_TEXT = "audobon-style"
"""The keyword of the text in the picture of a style card; see audobon_cli.styles."""
MAX_VECTOR_BYTES = 64 * 1024 * 1024
MAX_FILE_BYTES = 3 * 2**29
"""MAX_PIXELS of four channels of 16 bits have 1.33 GiB before any compression."""

_PNG_MODES = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
_PILLOW_FORMATS = {"WEBP": "webp", "JPEG": "jpeg", "MPO": "jpeg", "GIF": "gif"}
_LENGTH = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,9})?)\s*(?:px)?\s*")
_BOX = re.compile(r"[\s,]+")
_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Inspected:
    """A picture file: ``mode`` is Pillow's; ``texts`` what is written in it, by keyword.

    A vector's width and height are those it asks to be drawn at.
    """

    kind: AssetKind
    format: str
    width: int
    height: int
    mode: str
    frames: int = 1
    texts: dict[str, str] = field(default_factory=dict)


def refused_size(head: bytes, size: int) -> str:
    """Why a picture's file that begins with ``head`` and has ``size`` bytes is too large; "" for one that is not."""
    if is_vector(head) and size > MAX_VECTOR_BYTES:
        return f"it is an SVG of more than {MAX_VECTOR_BYTES // 2**20} MiB"
    return f"it is a picture of more than {MAX_FILE_BYTES // 2**20} MiB" if size > MAX_FILE_BYTES else ""


def inspect_picture(data: bytes) -> Inspected:
    """What ``data`` is. PNG: chunks and checksums are read, nothing is decoded (about 20 us); JPEG, WebP
    and GIF: the first frame is decoded.

    Raises PictureUnreadable for what is empty, damaged, cut off, too large or no picture known here.
    """
    if not data:
        raise _unreadable("the file is empty")
    if why := refused_size(data[:HEAD_BYTES], len(data)):
        raise _unreadable(why)
    if data.startswith(PNG_SIGNATURE):
        return _png(data)
    if data.startswith((b"\xff\xd8\xff", b"GIF87a", b"GIF89a")) or data[:4] + data[8:12] == b"RIFFWEBP":
        return _by_pillow(data)
    if is_vector(data):
        return _svg(data)
    raise _unreadable("it is no PNG, WebP, JPEG, GIF or SVG")


def is_vector(data: bytes) -> bool:
    """Whether ``data`` is an SVG document, by its beginning."""
    return b"<svg" in data[:HEAD_BYTES] and not data.startswith(
        (b"\x89PNG", b"RIFF", b"GIF8", b"\xff\xd8", b"BM")
    )


def _png(data: bytes) -> Inspected:
    chunks = _whole_chunks(data)
    first = next(chunks)
    if first.kind != b"IHDR" or len(first.data) != 13:
        raise _unreadable("its header is missing")
    width, height, depth, color = struct.unpack_from(">IIBB", first.data)
    texts = PngTexts()
    kinds: list[bytes] = []
    clear, content = color in (4, 6), False
    for chunk in chunks:
        kinds.append(chunk.kind)
        if chunk.kind == b"IDAT":
            content |= len(chunk.data) > 0
        else:
            texts.take(chunk)
            clear |= chunk.kind == b"tRNS"
    if color not in _PNG_MODES or depth not in (1, 2, 4, 8, 16) or not content:
        raise _unreadable("its header or content makes no sense")
    _check_size(width, height)
    mode = {(0, 1): "1", (0, 16): "I;16"}.get((color, depth), _PNG_MODES[color])
    frames = shown_frames(kinds)
    if b"eXIf" in kinds:
        width, height = _upright_size(data, width, height)
    found = texts.found()
    kind = AssetKind.STYLE if STYLE_TEXT in found else _kind(clear, frames)
    return Inspected(kind, "png", width, height, mode, frames, found)


def png_texts(data: bytes) -> dict[str, str]:
    """What is written in a PNG, by keyword, also in one that is damaged elsewhere; see PngTexts for how much."""
    texts = PngTexts()
    for chunk in png_chunks(data):
        texts.take(chunk)
    return texts.found()


def _upright_size(data: bytes, width: int, height: int) -> tuple[int, int]:
    """Width and height once the picture is turned as its Exif says."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _turned_size(Image.open(io.BytesIO(still_png(data)), formats=("PNG",)))
    except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError):
        return width, height  # decoding will say what is wrong


def _turned_size(image: "Image") -> tuple[int, int]:
    """The size of an opened picture once it is turned as its Exif says."""
    sideways = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
    return (image.height, image.width) if sideways else (image.width, image.height)


def _whole_chunks(data: bytes) -> Iterator[Chunk]:
    try:
        for chunk in chunks_of(data):
            if not chunk.is_whole:
                raise _unreadable(f"it is damaged at byte {chunk.position}")
            yield chunk
    except PngDamaged as error:
        raise _unreadable(str(error)) from error


def _by_pillow(data: bytes) -> Inspected:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes, which are checked here, and of odd metadata
            with Image.open(io.BytesIO(data)) as image:
                _check_size(image.width, image.height)
                form = _PILLOW_FORMATS[image.format or ""]
                frames = getattr(image, "n_frames", 1) if form == "webp" else 1
                texts = texts_of(image)
                image.load()
                clear = "A" in image.getbands() or "transparency" in image.info
                width, height = _turned_size(image)
                if form == "gif":
                    texts = {**xmp_texts(xmp_of_gif(data)), **texts}
                    moving = moving_gif(data)
                    width, height, frames = moving.width, moving.height, len(moving.parts)
                    _check_size(width, height)
                return Inspected(_kind(clear, frames), form, width, height, image.mode, frames, texts)
    except UnidentifiedImageError as error:
        raise _unreadable("it is damaged (no picture can be found in it)") from error
    except (Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise _unreadable(f"it is damaged ({error})") from error
    except (KeyError, EOFError, struct.error, IndexError, MemoryError, OverflowError) as error:
        raise _unreadable(f"it is damaged ({type(error).__name__})") from error


def _svg(data: bytes) -> Inspected:
    root: dict[str, str] = {}
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        if not root:
            if name.rpartition(":")[2] != "svg":
                raise _unreadable("it is XML, but no SVG")
            root.update(attributes, xmlns=attributes.get("xmlns", ""))

    def entity(*_: object) -> None:
        raise _unreadable("it defines XML entities, which can be made to exhaust memory")

    parser.StartElementHandler = start
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise _unreadable(f"it is damaged ({error})") from error
    width, height = _svg_size(root)
    return Inspected(AssetKind.VECTOR, "svg", width, height, "RGBA")


def _svg_size(root: dict[str, str]) -> tuple[int, int]:
    """Width and height as asked for, else those of the view box, else 300 x 150 (CSS 2.1, 10.3.2)."""
    box = _BOX.split(root.get("viewBox", "").strip())
    fallback = ("300", "150") if len(box) != 4 else (box[2], box[3])
    sizes = []
    for name, other in zip(("width", "height"), fallback, strict=True):
        match = _LENGTH.fullmatch(root.get(name, "")) or _LENGTH.fullmatch(other)
        sizes.append(max(1, round(float(match[1]))) if match else 1)
    return sizes[0], sizes[1]


def _kind(clear: bool, frames: int) -> AssetKind:
    if frames > 1:
        return AssetKind.ANIMATION
    return AssetKind.SPRITE if clear else AssetKind.IMAGE


def _check_size(width: int, height: int) -> None:
    if not (width and height):
        raise _unreadable("it has no pixels")
    if width * height > MAX_PIXELS:
        raise _unreadable(f"{width}x{height} are more pixels than the {MAX_PIXELS} that are read here")


def _unreadable(why: str) -> PictureUnreadable:
    return PictureUnreadable(
        f"This is no picture that can be read: {why}.", hint="open it elsewhere", why=why
    )
