"""What sprite operations work on: assets of the library, or plain files; told apart and read here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import read_bounded
from audobon_cli.library.select import select_assets
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.pixels import DecodedImage, read_picture

MOST_FILE_BYTES = 512 * 2**20
"""A decoded picture may have 256 MiB, and no format makes it larger than that by half."""


@dataclass(frozen=True, slots=True)
class Source:
    """One input: an asset, a file, or a picture that is in memory only (a dry run's, or made of files)."""

    name: str
    asset: Asset | None = None
    path: Path | None = None
    picture: DecodedImage | None = None

    @property
    def label(self) -> str:
        """What to call it in results: the asset's id, or the file's path."""
        return self.asset.id if self.asset else str(self.path or self.name)


KEEP_BYTES = 512 * 1024 * 1024
"""Decoded pictures that a reader keeps; beyond that it forgets them all and reads again."""


class Reader:
    """Reads sources, most of them only once. ``library`` is asked for assets alone."""

    def __init__(self, library: Library | None) -> None:
        self._library = library
        self._read: dict[str, DecodedImage] = {}
        self._held_bytes = 0

    def picture(self, source: Source) -> DecodedImage:
        """The decoded picture. Raises PictureUnusable, BlobMissing or BlobCorrupt."""
        if source.picture is not None:
            return source.picture
        key = f"{source.asset.blob} {source.name}" if source.asset else str(source.path)
        if key not in self._read:
            if source.asset is not None and self._library is not None:
                data = self._library.blobs.read(source.asset.blob)
            else:
                data = read_file(source.path or Path(source.name))
            picture = read_picture(data, source.name)
            self._held_bytes += sum(frame.nbytes for frame in picture.frames)
            if self._held_bytes > KEEP_BYTES:
                self._read.clear()
                self._held_bytes = sum(frame.nbytes for frame in picture.frames)
            self._read[key] = picture
        return self._read[key]


def read_file(path: Path) -> bytes:
    """The bytes of a file of the user's. Raises InvalidInput when it cannot be read."""
    try:
        return read_bounded(path, MOST_FILE_BYTES)
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be read: {error.strerror}.", hint="check the path", path=str(path)
        ) from error
    except ValueError as error:
        raise InvalidInput(
            f"{path} cannot be read: {error}.", hint="check the path", path=str(path)
        ) from error


def are_files(texts: Sequence[str]) -> bool:
    """Whether ``texts`` name files rather than assets: all do, or none. Raises InvalidInput when mixed.

    A file is what exists as one, and what looks like a path to one.
    """
    files = [text for text in texts if is_file(text)]
    if files and len(files) < len(texts):
        other = next(text for text in texts if text not in files)
        raise InvalidInput(
            f"{files[0]} is a file and {other!r} an asset.",
            hint="work on files or on assets; `audobon assets import` makes assets of files",
        )
    return bool(files)


def is_file(text: str) -> bool:
    """Whether ``text`` names a file."""
    path = Path(text).expanduser()
    looks_like = path.suffix.lower() in (".png", ".gif", ".webp", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
    return path.is_file() or (looks_like and ":" not in text)


def file_sources(texts: Sequence[str]) -> list[Source]:
    """A source for each file."""
    return [Source(Path(text).stem, path=Path(text).expanduser()) for text in texts]


def asset_sources(library: Library, texts: Sequence[str]) -> list[Source]:
    """A source for each asset meant by ``texts``, each once. Raises what select_assets raises."""
    return [Source(asset.name, asset=asset) for asset in select_assets(library, texts)]
