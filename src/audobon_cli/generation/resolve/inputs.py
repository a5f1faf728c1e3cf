"""From the pictures that a request names to pictures that are known to be usable, and kept."""

from pathlib import Path

from audobon_cli.domain.adapters import InputImage
from audobon_cli.domain.errors import AssetNotFound, InvalidInput
from audobon_cli.domain.inputs import (
    IMAGE_STRENGTH,
    MASK_STRENGTH,
    ImageInputs,
    ResolvedInputs,
    check_strength,
)
from audobon_cli.generation.input_images import LibraryOpener as LibraryOpener
from audobon_cli.generation.input_images import inspect_input


def resolve_inputs(inputs: ImageInputs, steps: int, library: LibraryOpener | None) -> ResolvedInputs:
    """``inputs`` with their pictures looked at and every choice made. Decodes the pictures once.

    ``library`` opens the library in which assets are looked for; None: files only. Raises InvalidInput for
    what cannot be used and for a strength at which no step would run, AssetNotFound and AssetAmbiguous.
    """
    if inputs.init_image is None:
        return ResolvedInputs(tile=inputs.tile)
    usual = IMAGE_STRENGTH if inputs.mask is None else MASK_STRENGTH
    strength = inputs.strength if inputs.strength is not None else usual
    check_strength(steps, strength)
    picture = _picture(inputs.init_image, library)
    mask = _picture(inputs.mask, library) if inputs.mask is not None else None
    _look_at(picture, mask)
    return ResolvedInputs(picture, strength, mask, inputs.tile)


def _picture(reference: str, library: LibraryOpener | None) -> InputImage:
    """The picture in the file ``reference``, else that of the asset which is meant by it."""
    return inspect_input(picture_path(reference, library)[0], library)


def picture_path(reference: str, library: LibraryOpener | None) -> tuple[Path, str]:
    """Where the picture ``reference`` lies, a file or else an asset, and what it is called. Raises AssetNotFound."""
    path = Path(reference).expanduser()
    if path.exists() or library is None:
        return path, path.stem
    opened = library()
    try:
        asset = opened.assets.resolve(reference)
    except AssetNotFound as error:
        error.message = f"There is no file {reference}, and no asset is called that."
        raise
    return opened.blobs.path(asset.blob), asset.name


def _look_at(picture: InputImage, mask: InputImage | None) -> None:
    """Raise InvalidInput for animated pictures, a mask of another size than its picture, or an empty one."""
    from audobon_cli.engines.diffusers.inputs.input_pixels import marked, read_picture

    image = read_picture(picture.path, content=picture.content)
    if mask is None:
        return
    marks = read_picture(mask.path, content=mask.content)
    if marks.size != image.size:
        raise InvalidInput(
            f"The mask has {marks.width}x{marks.height} pixels, its picture {image.width}x{image.height}.",
            hint="make the mask on a copy of the picture, in the same size",
        )
    if not marked(marks).getbbox():
        raise InvalidInput(
            "The mask marks nothing: all of it is black or transparent.",
            hint="paint white what is to be redrawn",
        )
