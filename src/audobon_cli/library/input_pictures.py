"""Pictures of the library as generation takes them: by the paths of their files, read by whoever has the keys."""

from pathlib import Path

from audobon_cli.domain.adapters import InputImage
from audobon_cli.domain.ids import BlobId
from audobon_cli.library.store.library import Library


def input_picture(library: Library, blob: BlobId) -> InputImage:
    """The stored picture ``blob``. Of an encrypted library it carries the bytes: its file is of use to nobody else.

    Raises BlobMissing and BlobCorrupt of an encrypted library only.
    """
    sealed = library.keys is not None
    return InputImage(library.blobs.path(blob), blob, library.blobs.read(blob) if sealed else None)


def sealed_content(library: Library, path: Path) -> bytes | None:
    """The content of the encrypted library's stored file at ``path``; None for every other file."""
    blob = library.blobs.at(path) if library.keys is not None else None
    return None if blob is None else library.blobs.read(blob)
