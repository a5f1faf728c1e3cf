"""The library at one moment: a copy of its database, and the list of everything else."""

import contextlib
import hashlib
import io
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from audobon_cli.backup.create.listing import Listing, ListingInMemory
from audobon_cli.backup.extras import Extras
from audobon_cli.backup.repository.lists import file_entry
from audobon_cli.backup.repository.recovery_point import StoredFile, StoredModel
from audobon_cli.domain.errors import DiskFull, LibraryReadOnly
from audobon_cli.library.store.library import Library
from audobon_cli.platforms import current
from audobon_cli.storage.disk_errors import DENIED, FULL, library_errors
from audobon_cli.storage.temporary import temporary_folder

if TYPE_CHECKING:
    from audobon_cli.models.source import Manifest

HASH_CHUNK_BYTES = 1024 * 1024
COPIES = 2
"""Times the size of the database: its copy, and the list of pictures, which is smaller."""
DATABASE_COPY = "backup.db"
PICTURES = "pictures"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file beside the library, and where it lies now."""

    stored: StoredFile
    path: Path


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One moment of a library. ``pictures`` are sorted; ``began`` is when it was taken, by the monotonic clock.

    ``database`` is a copy in a file, or that of an encrypted library in memory: no disk sees its pages as they are.
    """

    library: Library
    database: Path | bytes
    pictures: Listing
    assets: int
    files: tuple[SourceFile, ...]
    models: tuple[StoredModel, ...]
    model_files: tuple[SourceFile, ...]
    began: float
    audit_head: str = ""
    """See RecoveryPoint."""

    @property
    def database_bytes(self) -> int:
        """The size of the database."""
        return len(self.database) if isinstance(self.database, bytes) else self.database.stat().st_size

    def open_database(self) -> BinaryIO:
        """The database as a file to read."""
        return io.BytesIO(self.database) if isinstance(self.database, bytes) else self.database.open("rb")

    @property
    def blob_count(self) -> int:
        """How many pictures there are."""
        return len(self.pictures)


@contextlib.contextmanager
def snapshot(library: Library, extras: Extras) -> Iterator[Snapshot]:
    """The library as it is now; others may go on changing it, but no stored file is collected meanwhile.

    Costs a temporary copy of the database. Raises what Database raises.
    """
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        # Where no lock can be had nobody can collect files either, or has no room to note that.
        with contextlib.suppress(LibraryReadOnly, DiskFull):
            stack.enter_context(library.pinned())
        folder = stack.enter_context(_working_folder(library))
        head = audit_head(library)  # before the copy, which then has it
        copy = folder / DATABASE_COPY if library.keys is None else library.database.image()
        if isinstance(copy, Path):
            library.database.copy_to(copy)
        pictures = stack.enter_context(
            Listing(folder / PICTURES) if library.keys is None else ListingInMemory()
        )
        with library_errors(library.root):
            assets = _list(library, copy, pictures)
        files = tuple(_source(name, path) for name, path in extras.files if path.is_file())
        models, model_files = _models(extras.models)
        yield Snapshot(library, copy, pictures, assets, files, models, model_files, began, head)


def audit_head(library: Library) -> str:
    """The last record of the audit log, as recovery points note it."""
    from audobon_cli.library.audit.log import audit_head as head_of

    head = head_of(library)
    return f"{head.number}:{head.mac.hex()}" if head else ""


@contextlib.contextmanager
def _working_folder(library: Library) -> Iterator[Path]:
    import tempfile

    with contextlib.ExitStack() as stack:
        inside = None
        try:
            needed = library.database.path.stat().st_size * COPIES
            if not library.read_only and shutil.disk_usage(library.root).free >= needed:
                inside = stack.enter_context(temporary_folder(library.root / "tmp"))
        except OSError as error:
            if current().posix_errno(error) not in DENIED | FULL:
                raise
        if inside is not None:
            yield inside.path
        else:
            # A library on a read-only medium or a full disk is backed up through the system's place for such files.
            name = stack.enter_context(tempfile.TemporaryDirectory(prefix="audobon-"))
            yield Path(name)


def _list(library: Library, database: Path | bytes, pictures: Listing) -> int:
    """Fill ``pictures`` with those of the database, but those that were erased; the number of assets in it."""
    from audobon_cli.storage.copies import open_copy, open_image

    with open_image(database) if isinstance(database, bytes) else open_copy(database) as statements:
        rows = statements.iterate("SELECT id, size_bytes FROM blobs ORDER BY id")
        if library.keys is not None:
            rows = (row for row in rows if not library.blobs.is_erased(row[0]))
        pictures.fill(file_entry(bytes.fromhex(blob), size) for blob, size in rows)
        counted = statements.row("SELECT value FROM totals WHERE name = 'assets'")
    return counted[0] if counted else 0


def _source(name: str, path: Path) -> SourceFile:
    digest, size = hash_file(path)
    return SourceFile(StoredFile(name, digest.hex(), size), path)


def hash_file(path: Path) -> tuple[bytes, int]:
    """The SHA-256 and the size of a file, read in pieces. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(HASH_CHUNK_BYTES):
            digest.update(piece)
            size += len(piece)
    return digest.digest(), size


def _models(manifests: "tuple[Manifest, ...]") -> tuple[tuple[StoredModel, ...], tuple[SourceFile, ...]]:
    if not manifests:
        return (), ()
    from audobon_cli.models.source import SourceKind

    models, sources = [], []
    for manifest in manifests:
        files: tuple[StoredFile, ...] = ()
        if manifest.kind is SourceKind.LOCAL:
            files = tuple(StoredFile(f.path, f.sha256, f.size_bytes) for f in manifest.files)
            sources += [SourceFile(file, Path(manifest.folder) / file.path) for file in files]
        models.append(StoredModel(manifest.name, manifest.to_dict(), files))
    return tuple(models), tuple(sources)
