"""What operations work on: assets of the library, or plain files; told apart and read here."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import (
    AssetAmbiguous,
    AssetNotFound,
    InvalidInput,
    LibraryNotFound,
    QueryInvalid,
)
from audobon_cli.domain.foreign.documents import read_bounded
from audobon_cli.domain.foreign.text import name_of_file
from audobon_cli.domain.units import natural
from audobon_cli.library.find_files import SearchBounds, find_files
from audobon_cli.media.registry import found_suffixes
from audobon_cli.media.types import DecodedContent
from audobon_cli.media.untrusted.decoding import decode_content

if TYPE_CHECKING:
    from audobon_cli.library.store.library import Library

MOST_FILE_BYTES = 512 * 2**20
"""A decoded picture may have 256 MiB, and no format makes it larger than that by half."""


FOLDER_BOUNDS = SearchBounds(4096, 100_000)
"""What a folder that is named in place of files may hold."""

UNNAMED = "unnamed"
"""What a file is called of whose name nothing can be shown."""


@dataclass(frozen=True, slots=True)
class Source:
    """One input: an asset, a file, or a content that is in memory only (a dry run's, or made of files)."""

    name: str
    asset: Asset | None = None
    path: Path | None = None
    content: DecodedContent | None = None

    @property
    def is_from_outside(self) -> bool:
        """Whether its bytes are a stranger's; what is in memory was decoded already."""
        return self.asset.is_from_outside if self.asset is not None else self.content is None

    @property
    def label(self) -> str:
        """What to call it in results: the asset's id, or the file's path."""
        return self.asset.id if self.asset else str(self.path or self.name)


KEEP_BYTES = 512 * 1024 * 1024
"""Decoded contents that a reader keeps; beyond that it forgets them all and reads again."""


class Reader:
    """Reads sources, most of them only once. ``library`` is asked for assets alone."""

    def __init__(self, library: "Library | None") -> None:
        self._library = library
        self._read: dict[str, DecodedContent] = {}
        self._held_bytes = 0

    def content(self, source: Source, medium: str) -> DecodedContent:
        """The source, decoded as ``medium`` does. Raises PictureUnusable, SoundUnusable, BlobMissing or BlobCorrupt."""
        if source.content is not None:
            return source.content
        key = _key(source)
        if key not in self._read:
            content = decode_content(medium, self.data(source), source.name, source.is_from_outside)
            self._held_bytes += content.nbytes
            if self._held_bytes > KEEP_BYTES:
                self._read.clear()
                self._held_bytes = content.nbytes
            self._read[key] = content
        return self._read[key]

    def holds(self, source: Source) -> bool:
        """Whether the source is decoded already."""
        return source.content is not None or _key(source) in self._read

    def data(self, source: Source) -> bytes:
        """The bytes of the source's file. Raises InvalidInput, BlobMissing or BlobCorrupt."""
        if source.asset is not None and self._library is not None:
            return self._library.blobs.read(source.asset.blob)
        return read_file(source.path or Path(source.name))


def _key(source: Source) -> str:
    return f"{source.asset.blob} {source.name}" if source.asset else str(source.path)


def read_file(path: Path, limit: int | None = None) -> bytes:
    """The bytes of a file of the user's. Raises InvalidInput when it cannot be read, or has more than ``limit``."""
    try:
        return read_bounded(path, MOST_FILE_BYTES if limit is None else limit)
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
    looks_like = path.suffix.lower() in {*found_suffixes(), ".bmp", ".tif", ".tiff"} - {".svg"}
    return path.is_file() or (looks_like and ":" not in text)


def is_folder(text: str) -> bool:
    """Whether ``text`` names a folder."""
    return bool(text.strip()) and Path(text).expanduser().is_dir()


def with_files_of_folders(texts: Sequence[str], library: "Callable[[], Library]") -> Sequence[str]:
    """``texts``, with the files in a folder in its place, in the order of their names and numbers.

    A folder beside assets is none, and neither is one of which an asset has the name. Raises InvalidInput for folders
    that hold no file, or too many.
    """
    folders = [text for text in texts if not is_file(text) and is_folder(text)]
    if not folders or not all(is_file(text) or text in folders for text in texts):
        return texts
    if len(folders) == len(texts) and _are_assets(texts, library):
        return texts
    return [file for text in texts for file in ([text] if is_file(text) else _files_in(text))]


def _files_in(folder: str) -> list[str]:
    found = [str(file.path) for file in find_files([folder], FOLDER_BOUNDS)]
    if not found:
        raise InvalidInput(
            f"There is no picture or sound in {folder}.",
            hint="name the folder of the files, or assets: `audobon assets list`",
        )
    return sorted(found, key=natural)


def _are_assets(texts: Sequence[str], library: "Callable[[], Library]") -> bool:
    try:
        asset_sources(library(), texts)
    except (AssetNotFound, LibraryNotFound, QueryInvalid):
        return False
    except AssetAmbiguous:
        return True
    return True


def file_sources(texts: Sequence[str]) -> list[Source]:
    """A source for each file, called after it; files of one name in several folders after their folders too."""
    paths = [Path(text).expanduser() for text in texts]
    folders = [Path(os.path.abspath(path)).parent.parts for path in paths]
    names = distinct_names([path.stem for path in paths], folders)
    return [Source(name_of_file(name) or UNNAMED, path=path) for name, path in zip(names, paths, strict=True)]


def distinct_names(names: Sequence[str], folders: Sequence[tuple[str, ...]]) -> list[str]:
    """``names``; if some of different ``folders`` are the same, each with what its folder has beyond those that all
    have in common: walk_0 and run_0 of walk/0.png and run/0.png."""
    places: dict[str, set[tuple[str, ...]]] = {}
    for name, folder in zip(names, folders, strict=True):
        places.setdefault(name, set()).add(folder)
    if all(len(found) == 1 for found in places.values()):
        return list(names)
    common = 0
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        common += 1
    return ["_".join((*folder[common:], name)) for name, folder in zip(names, folders, strict=True)]


def asset_sources(library: "Library", texts: Sequence[str]) -> list[Source]:
    """A source for each asset meant by ``texts``, each once. Raises what select_assets raises."""
    from audobon_cli.library.select import select_assets

    return [Source(asset.name, asset=asset) for asset in select_assets(library, texts)]
