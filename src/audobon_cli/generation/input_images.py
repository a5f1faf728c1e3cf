"""Pictures of the user's own: looked at before a run, kept so that what was made from them can be made again."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.domain.adapters import InputImage
from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import MOST_PICTURE_BYTES, read_named
from audobon_cli.domain.ids import AssetId, BlobId, blob_id
from audobon_cli.domain.media import ImageInfo
from audobon_cli.domain.recipe import Recipe
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.serialization import all_facts, from_plain
from audobon_cli.library.add import AssetDraft, add_asset
from audobon_cli.library.input_pictures import sealed_content
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import RelationKind
from audobon_cli.library.store.stored_form import SEALED

if TYPE_CHECKING:
    from audobon_cli.sandbox.tasks import Answer

MAX_INPUT_PIXELS = 64 * 2**20
"""Larger than any picture a model here draws; decoded it takes a quarter of a gigabyte."""


LibraryOpener = Callable[[], Library]


def inspect_input(path: Path, library: LibraryOpener | None = None) -> InputImage:
    """The picture at ``path``, read and decoded once to see that it can be. ``library`` opens that whose stored file
    it may be.

    Raises InvalidInput if it is missing, not a whole picture, or larger than MAX_INPUT_PIXELS.
    """
    data, content = _bytes(path, library)
    _info(path, data)
    return InputImage(path, blob_id(data), content)


def inspect_exemplar(path: Path, library: LibraryOpener | None = None) -> tuple[InputImage, bytes]:
    """The picture at ``path``, of pixels or SVG, and its bytes. Raises as inspect_input, an SVG document excepted."""
    from audobon_cli.media.image.inspect import is_vector

    data, content = _bytes(path, library)
    if not is_vector(data):
        _info(path, data)
    return InputImage(path, blob_id(data), content), data


def keep_input(library: Library, path: Path) -> BlobId:
    """File the picture at ``path`` in the library as an asset of the kind ``input``; durable on return.

    The same bytes are filed once; a picture that the library made stays the asset that it is. Raises as
    inspect_input and add_asset.
    """
    from audobon_cli.media.image.inspect import is_vector
    from audobon_cli.media.untrusted.decoding import inspect_file

    data, _ = _bytes(path, lambda: library)
    if is_vector(data):
        found = inspect_file(data)
        draft = AssetDraft("", AssetKind.INPUT, found.media, format=found.format)
    else:
        draft = AssetDraft("", AssetKind.INPUT, _info(path, data))
    draft = replace(draft, name=path.stem or "input", same_bytes=True)
    return add_asset(library, draft, data).asset.blob


def import_inputs(library: Library, pictures: Iterable[InputImage]) -> None:
    """File all of ``pictures`` that are not the library's own files already.

    Raises InvalidInput for one that changed since it was inspected.
    """
    for picture in dict.fromkeys(pictures):
        if picture.path == library.blobs.path(picture.blob):
            continue
        if keep_input(library, picture.path) != picture.blob:
            raise InvalidInput(
                f"The picture {picture.path} was changed while it was being used.",
                hint="run the command again",
            )


def parents_of(library: Library, request: ResolvedRequest, recipe: Recipe) -> tuple[tuple[str, AssetId], ...]:
    """The relations of the picture of ``recipe`` to the assets whose pictures it was drawn from: the one it began with,
    those that it follows or resembles, and those that it is composed of. A mask is none: it says where, not what."""
    inputs, adapters = request.inputs, request.adapters
    pictures = (*((inputs.init_image,) if inputs.init_image else ()), *adapters.pictures)
    blobs = [picture.blob for picture in pictures]
    if request.composition is not None and request.composition.own:
        placed = {one["hand"] for one in recipe.composition["scene"].get("things", ())}
        blobs += [one.picture.blob for one in request.composition.own if one.picture.blob in placed]
    found = (library.assets.holding(blob) for blob in blobs)
    targets = dict.fromkeys(asset.id for asset in found if asset is not None)
    return tuple((RelationKind.DERIVED_FROM, target) for target in targets)


def _bytes(path: Path, library: LibraryOpener | None) -> tuple[bytes, bytes | None]:
    """The picture at ``path``; and once more where its file is sealed, so that others can do without it."""
    try:
        data = read_named(path.expanduser(), MOST_PICTURE_BYTES)
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"The picture {path} cannot be read: {getattr(error, 'strerror', error)}.",
            hint="check the path",
            path=str(path),
        ) from error
    content = sealed_content(library(), path) if library is not None and data.startswith(SEALED) else None
    return (data, None) if content is None else (content, content)


def _info(path: Path, data: bytes) -> ImageInfo:
    """The same, in the sandbox."""
    from audobon_cli.media.untrusted.decoding import from_sandbox

    return from_sandbox(
        *("look", {"path": str(path)}, data),
        lambda: _looked_at(path, data),
        lambda answer: from_plain(ImageInfo, answer.facts),
        lambda why: _unusable(path, f"cannot be used: {why}"),
    )


def _looked_at(path: Path, data: bytes) -> ImageInfo:
    """What the picture ``data``, the file at ``path``, is."""
    import io
    import warnings

    from PIL import Image, ImageOps, UnidentifiedImageError

    from audobon_cli.media.image.formats import INPUT_FORMATS
    from audobon_cli.media.image.png_frames import pillow_file

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own limit is lower, and only warns at first
            image: Image.Image = Image.open(io.BytesIO(pillow_file(data)), formats=INPUT_FORMATS)
        if image.width * image.height > MAX_INPUT_PIXELS:
            raise _unusable(path, f"has {image.width}x{image.height} pixels, more than are taken")
        image = ImageOps.exif_transpose(image)  # width and height are those that everybody sees
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise _unusable(path, "is not a picture that can be read") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise _unusable(path, f"is damaged ({error})") from error
    return ImageInfo(image.width, image.height, image.mode)


def looked_at(facts: dict[str, Any], data: bytes) -> "Answer":
    """The task of the sandbox: sides and mode of the picture ``data``, the file at ``path``."""
    from audobon_cli.sandbox.tasks import Answer

    return Answer(all_facts(_looked_at(Path(facts["path"]), data)))


def _unusable(path: Path, fact: str) -> InvalidInput:
    return InvalidInput(f"The file {path} {fact}.", hint="give a PNG, JPEG or WebP picture", path=str(path))
