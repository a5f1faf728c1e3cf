"""Copying pictures out of the library into ordinary files."""

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import DiskFull, InvalidInput, OutputExists
from audobon_cli.domain.events import Listener, Progress, ignore
from audobon_cli.domain.foreign.text import plain
from audobon_cli.library.select import select_assets
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.uses import note_exports
from audobon_cli.media.registry import suffix_of_format
from audobon_cli.media.untrusted.decoding import convert
from audobon_cli.storage.durable_files import output_errors, write_output
from audobon_cli.storage.file_names import (
    check_template,
    fill_template,
    numbered,
    safe_file_name,
    same_file_key,
)

TEMPLATE_FIELDS = frozenset({"name", "id", "prompt", "seed", "width", "height", "kind", "category"})


FileSigner = Callable[[Asset, bytes, str, Listener], bytes]
"""Gives the signed file of an asset's file and its format; no two are alike."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export and where to.

    Assets are those meant by ``references`` (see select_assets) and those that the
    query ``query`` finds, an empty one all. ``template`` names the files from {name} {id} {prompt}
    {seed} {width} {height} {kind} {category}; the ending is added. ``format`` None keeps each file's own,
    ``optimize`` makes PNG files smaller; ``sign`` puts into each file who exported it. ``dry_run`` checks all and
    writes nothing.
    """

    folder: Path
    references: tuple[str, ...] = ()
    query: str | None = None
    template: str = "{name}"
    overwrite: bool = False
    dry_run: bool = False
    format: str | None = None
    optimize: bool = False
    sign: FileSigner | None = None

    def keeps(self, asset: Asset) -> bool:
        """Whether the file of ``asset`` is copied byte for byte."""
        return self.format in (None, asset.format) and not self.optimize and self.sign is None

    def check(self, assets: Sequence[Asset]) -> None:
        """Raise InvalidInput, before anything is written, if one of ``assets`` cannot become such a file."""

    def content(self, library: Library, asset: Asset, listen: Listener = ignore) -> bytes:
        """The bytes of the file that ``asset`` becomes; read from the library and hashed on the way."""
        data = library.blobs.read(asset.blob)
        made = convert(asset, data, self.format, self.optimize)
        return made if self.sign is None else self.sign(asset, made, self.format or asset.format, listen)


class ExportStatus(StrEnum):
    """What became of one file."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    """The file was there already with the very same bytes."""
    PLANNED = "planned"
    """A dry run: it would be written."""


@dataclass(frozen=True, slots=True)
class ExportedFile:
    asset: Asset
    path: Path
    status: ExportStatus


@dataclass(frozen=True, slots=True)
class ExportReport:
    """The files, oldest asset first."""

    files: tuple[ExportedFile, ...]

    def count(self, status: ExportStatus) -> int:
        """How many files have ``status``."""
        return sum(file.status == status for file in self.files)


def export_assets(library: Library, request: ExportRequest, listen: Listener = ignore) -> ExportReport:
    """Write the pictures of assets as files; each is read back from the library and hashed first.

    All that can be known is checked before the first file is written: names, space, and files in
    the way. A file with the same bytes is left alone, so a killed export is finished by running it
    again. Of assets with one name the oldest keeps it and the others get a number.

    Raises InvalidInput, AssetNotFound, AssetAmbiguous, OutputExists, OutputUnwritable, DiskFull,
    BlobMissing or BlobCorrupt.
    """
    planned = planned_files(library, request)
    folder_exists = request.folder.is_dir()
    unchanged = {
        path for asset, path in planned if folder_exists and _holds_asset(path, asset, library, request)
    }
    todo = [(asset, path) for asset, path in planned if path not in unchanged]
    if not request.overwrite:
        _refuse_existing([path for _, path in todo])
    _refuse_without_space(request.folder, sum(asset.size_bytes for asset, _ in todo))
    if todo and not request.dry_run:
        with output_errors(request.folder):
            request.folder.mkdir(parents=True, exist_ok=True)
        for done, (asset, path) in enumerate(todo):
            listen(Progress("export", done, len(todo), "files"))
            write_output(path, request.content(library, asset, listen), request.overwrite)
        listen(Progress("export", len(todo), len(todo), "files"))
    if not request.dry_run:
        note_export(library, request, (asset for asset, _ in planned))
    status = ExportStatus.PLANNED if request.dry_run else ExportStatus.WRITTEN
    return ExportReport(
        tuple(
            ExportedFile(asset, path, ExportStatus.UNCHANGED if path in unchanged else status)
            for asset, path in planned
        )
    )


def note_export(library: Library, request: ExportRequest, assets: Iterable[Asset]) -> None:
    """Note that ``assets`` were exported as ``request`` says, for ``used:export``."""
    note_exports(
        library, (one.id for one in assets), plain(str(request.folder.absolute())), datetime.now(UTC)
    )


def planned_files(library: Library, request: ExportRequest) -> list[tuple[Asset, Path]]:
    """The assets that ``request`` means, oldest first, and the file that each becomes. Raises InvalidInput,
    AssetNotFound or AssetAmbiguous."""
    check_template(request.template, TEMPLATE_FIELDS)
    assets = _select(library, request)
    request.check(assets)
    return _names(assets, request)


def copy_to_open(library: Library, asset: Asset, folder: Path) -> Path:
    """A copy of ``asset``'s file in ``folder`` under a name that other programs know what to do with.

    The same asset always gets the same path. Raises OutputUnwritable, DiskFull, BlobMissing or BlobCorrupt; and
    InvalidInput for one of an encrypted library, since the copy would stay behind, readable by anyone.
    """
    if library.keys is not None:
        raise InvalidInput(
            f"{asset.name} is in an encrypted library, and a copy to open would stay behind in the clear.",
            hint=f"`audobon assets export {asset.id} --out FOLDER` writes one where you say; or `audobon studio`",
        )
    path = folder / asset.id / safe_file_name(asset.name, suffix_of_format(asset.format))
    data = library.blobs.read(asset.blob)
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_output(path, data, overwrite=True)
    return path


def _select(library: Library, request: ExportRequest) -> list[Asset]:
    if not request.references and request.query is None:
        raise InvalidInput(
            "Nothing was named to export.", hint="name assets by id or name, or search for them with --search"
        )
    found = select_assets(library, request.references)
    if request.query is not None:
        found += library.assets.matching(request.query)
    once = {asset.id: asset for asset in found}
    return sorted(once.values(), key=lambda asset: (asset.created, asset.id))


def _names(assets: Iterable[Asset], request: ExportRequest) -> list[tuple[Asset, Path]]:
    """Each asset with its path; no two alike on any file system."""
    taken: set[str] = set()
    counters: dict[str, int] = {}
    named = []
    for asset in assets:
        suffix = suffix_of_format(request.format or asset.format)
        stem = fill_template(request.template, _fields(asset))
        if stem.casefold().endswith(suffix):
            stem = stem[: -len(suffix)]
        number = counters.get(stem, 0)
        while True:
            number += 1
            name = numbered(stem, suffix, number)
            if same_file_key(name) not in taken:
                break
        counters[stem] = number
        taken.add(same_file_key(name))
        named.append((asset, request.folder / name))
    return named


def _fields(asset: Asset) -> dict[str, str]:
    return {
        "name": asset.name,
        "id": asset.id,
        "prompt": asset.prompt,
        "seed": "" if asset.seed is None else str(asset.seed),
        "width": str(asset.width),
        "height": str(asset.height),
        "kind": asset.kind.value,
        "category": asset.category,
    }


def _holds_asset(path: Path, asset: Asset, library: Library, request: ExportRequest) -> bool:
    if request.sign is not None:  # which gives other bytes each time
        return False
    as_it_is = request.keeps(asset)
    try:
        size_bytes = path.stat().st_size
    except OSError:
        return False
    if as_it_is and size_bytes != asset.size_bytes:
        return False
    content = request.content(library, asset)
    if size_bytes != len(content):  # whatever lies there, it is not read whole to know that
        return False
    with output_errors(path):
        return path.read_bytes() == content


def _refuse_existing(paths: list[Path]) -> None:
    existing = [str(path) for path in paths if os.path.lexists(path)]
    if existing:
        raise OutputExists(
            f"{existing[0]} exists already"
            + (f", and {len(existing) - 1} more." if len(existing) > 1 else "."),
            hint="export to another folder, or --overwrite to replace them; nothing was written",
            paths=existing,
        )


def _refuse_without_space(folder: Path, needed_bytes: int) -> None:
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    free_bytes = shutil.disk_usage(place).free
    if needed_bytes > free_bytes:
        raise DiskFull(
            f"The export needs {needed_bytes} bytes and {place} has {free_bytes} left.",
            hint="free some space, or export to another disk; nothing was written",
            path=str(place),
            needed_bytes=needed_bytes,
            free_bytes=free_bytes,
        )
