"""PNG files that carry their recipe: as JSON for this program, and as text that other tools read.

Three iTXt chunks (PNG specification, 11.3.3.4): ``audobon`` holds the recipe's canonical JSON;
``parameters`` the same in the form of AUTOMATIC1111's web UI (modules/infotext_utils.py there), which
most tools for generated pictures show and parse; the third is XMP with the digital source type (media/xmp.py).
"""

import contextlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from audobon_cli.__about__ import __version__
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.recipe import Recipe, recipe_from_json
from audobon_cli.media.image.png_chunks import MAX_TEXT_BYTES, PngDamaged, read_chunks, read_text, text_chunks
from audobon_cli.media.provenance import source_type_of
from audobon_cli.media.xmp import XMP_KEYWORD, xmp_packet

if TYPE_CHECKING:
    from PIL.Image import Image

RECIPE_KEYWORD = "audobon"
PARAMETERS_KEYWORD = "parameters"


def encode_png(image: "Image", recipe: Recipe) -> bytes:
    """``image`` as a PNG that carries ``recipe``: the same input gives the same bytes (no time in it).

    The bytes may differ between versions of zlib, the pixels and the recipe never do. Metadata that
    ``image`` brought along (profiles, Exif, texts) is left behind.
    """
    # JSON holds NUL, which no chunk of text can, as \u0000.
    texts = text_chunks(
        {
            RECIPE_KEYWORD: recipe.to_json(),
            PARAMETERS_KEYWORD: parameters_text(recipe),
            XMP_KEYWORD: xmp_packet(source_type_of(recipe).uri),
        }
    )
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
    settings = ", ".join(f"{key}: {_quoted(str(value))}" for key, value in pairs.items() if value != "")
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
    with contextlib.suppress(PngDamaged, ValueError, RecursionError):
        for chunk in read_chunks(stream, lambda kind, length: kind == b"iTXt" and length <= MAX_TEXT_BYTES):
            found = read_text(chunk) if chunk.is_whole else None
            if found is not None and found[0] == RECIPE_KEYWORD:
                return recipe_from_json(found[1])
    return None
