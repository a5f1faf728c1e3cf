"""PNG files that carry their recipe: as JSON for this program, and as text that other tools read.

Two iTXt chunks (PNG specification, 11.3.3.4): ``audobon`` holds the recipe's canonical JSON;
``parameters`` the same in the form of AUTOMATIC1111's web UI (modules/infotext_utils.py there), which
most tools for generated pictures show and parse.
"""

import io
import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from audobon_cli.__about__ import __version__
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.recipe import Recipe, recipe_from_json

if TYPE_CHECKING:
    from PIL.Image import Image

RECIPE_KEYWORD = "audobon"
PARAMETERS_KEYWORD = "parameters"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_TEXT_BYTES = 4 * 1024 * 1024
"""A recipe is some kilobytes; a larger chunk is not one of ours, and may be made to exhaust memory."""


def encode_png(image: "Image", recipe: Recipe) -> bytes:
    """``image`` as a PNG that carries ``recipe``: the same input gives the same bytes (no time in it).

    The bytes may differ between versions of zlib, the pixels and the recipe never do. Metadata that
    ``image`` brought along (profiles, Exif, texts) is left behind.
    """
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    for keyword, text in (
        (RECIPE_KEYWORD, recipe.to_json()),
        (PARAMETERS_KEYWORD, parameters_text(recipe)),
    ):
        # iTXt ends at a NUL, and takes nothing that UTF-8 cannot encode. JSON holds NUL as \u0000.
        texts.add_itxt(keyword, text.replace("\0", "").encode("utf-8", "replace").decode())
    bare = image.copy()
    bare.info = {}
    stream = io.BytesIO()
    bare.save(stream, format="PNG", pnginfo=texts, compress_level=9)
    return stream.getvalue()


def parameters_text(recipe: Recipe) -> str:
    """The recipe in A1111's form: prompt, negative prompt, then one line of ``Key: value`` pairs.

    Values with a comma, colon or line break are quoted as JSON strings, as A1111 does.
    """
    pairs = {
        "Steps": recipe.steps,
        "Sampler": recipe.scheduler,
        "CFG scale": f"{recipe.guidance:g}",
        "Seed": recipe.seed,
        "Size": f"{recipe.render_width}x{recipe.render_height}",
        "Model hash": recipe.model_digest[:10],
        "Model": recipe.model,
        "Version": f"audobon {recipe.libraries.get('audobon', __version__)}",
    }
    settings = ", ".join(f"{key}: {_quoted(str(value))}" for key, value in pairs.items())
    negative = f"\nNegative prompt: {recipe.resolved_negative}" if recipe.resolved_negative else ""
    return f"{recipe.resolved_prompt}{negative}\n{settings}"


def _quoted(value: str) -> str:
    if any(mark in value for mark in ",:\n"):
        return json.dumps(value, ensure_ascii=False)
    return value


def read_recipe(source: Path | bytes) -> Recipe | None:
    """The recipe that a PNG carries; None for files that carry none, foreign and damaged ones too.

    Only the file's chunks are walked and the picture is never decoded, so that a huge or hostile one
    costs nothing. Raises InvalidInput if the file cannot be read at all.
    """
    if isinstance(source, bytes):
        return _recipe_in(io.BytesIO(source))
    try:
        with source.open("rb") as stream:
            return _recipe_in(stream)
    except OSError as error:
        raise InvalidInput(
            f"{source} cannot be read: {error.strerror}.", hint="check the path", path=str(source)
        ) from error


def _recipe_in(stream: BinaryIO) -> Recipe | None:
    for data in _text_chunks(stream):
        text = _text_under(RECIPE_KEYWORD, data)
        if text is not None:
            try:
                return recipe_from_json(text)
            except (ValueError, RecursionError):
                return None
    return None


def _text_chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The data of all whole iTXt chunks of reasonable length. Stops where the file ends or is no PNG."""
    if stream.read(len(PNG_SIGNATURE)) != PNG_SIGNATURE:
        return
    while len(head := stream.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return
        if kind != b"iTXt" or length > MAX_TEXT_BYTES:
            stream.seek(length + 4, io.SEEK_CUR)
            continue
        data, checksum = stream.read(length), stream.read(4)
        if checksum == struct.pack(">I", zlib.crc32(kind + data)):
            yield data


def _text_under(keyword: str, data: bytes) -> str | None:
    """The text of an iTXt chunk with this keyword; None for others and for damaged ones.

    Layout: keyword, NUL, compression flag and method (a byte each), language, NUL, translated keyword,
    NUL, text in UTF-8.
    """
    name, _, rest = data.partition(b"\0")
    if name != keyword.encode() or len(rest) < 2:
        return None
    compressed, parts = rest[0] == 1, rest[2:].split(b"\0", 2)
    if len(parts) != 3:
        return None
    text = parts[2]
    try:
        if compressed:
            text = zlib.decompressobj().decompress(text, MAX_TEXT_BYTES)
        return text.decode("utf-8")
    except (zlib.error, UnicodeDecodeError):
        return None
