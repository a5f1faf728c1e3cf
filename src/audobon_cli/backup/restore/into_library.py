"""Bringing pictures and records of a recovery point back into a library that is in use."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.backup.check.affected_assets import Touched, touched_assets
from audobon_cli.backup.create.progress import ByteProgress
from audobon_cli.backup.point_contents import OnBytes, PointContents
from audobon_cli.backup.repository.crypto import RecordKind
from audobon_cli.backup.repository.lists import PIECE_BYTES, ListedFile, in_batches
from audobon_cli.backup.repository.object_reader import Wanted
from audobon_cli.backup.restore.to_folder import Restored, blob_of, refuse_laying_open
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import BackupDamaged, BlobMissing, LibraryCorrupt
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.history.store.asset_records import apply_records, read_records
from audobon_cli.library.export import ExportReport, ExportRequest, export_assets
from audobon_cli.library.select import select_assets
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.location import DATABASE_NAME
from audobon_cli.platforms import current
from audobon_cli.storage.copies import open_copy, write_image
from audobon_cli.storage.database import LOCK_NAME
from audobon_cli.storage.disk_errors import library_busy, library_errors
from audobon_cli.storage.durable_files import sync_file, sync_folder
from audobon_cli.storage.file_locks import exclusive_lock
from audobon_cli.storage.temporary import temporary_folder

if TYPE_CHECKING:
    from audobon_cli.library.store.encryption.keys import LibraryKeys

KEPT = f"{DATABASE_NAME}.before-restore"
LOG, LOG_INDEX = "-wal", "-shm"
"""What SQLite appends to the name of a database for the files beside it."""


def restore_into(
    contents: PointContents, library: Library, listen: Listener = ignore, lay_open: bool = False
) -> Restored:
    """Make the library what it was at the recovery point: its database changes in one step, lost pictures come back.

    The database as it was before is kept beside it (audobon.db.before-restore), a damaged one file by file. No stored
    picture is deleted. Raises what `restore_to` raises (``lay_open`` as there), LibraryBusy and LibraryReadOnly.
    """
    point = contents.point
    refuse_laying_open(point, lay_open or library.keys is not None)
    with library.pinned(), library_errors(library.root), temporary_folder(library.root / "tmp") as working:
        progress = ByteProgress(listen, "restoring", point.size_bytes)
        draft = working.path / DATABASE_NAME
        _write_draft(contents, draft, library.keys, progress.add)
        _bring_to_present_form(working.path, library.keys)
        lost, written, size = bring_blobs(contents, library, list(contents.blobs()), progress)
        names: Touched = ()
        if lost:
            with open_copy(draft, library.database.key) as statements:
                names = touched_assets(statements, lost)
        try:
            _keep_records(library, working.path / KEPT)
            library.database.replace_with(draft)
        except LibraryCorrupt:
            _replace_damaged(library, draft)
        progress.finish()
    present = point.blob_count - written - len(lost)
    return Restored(point, library.root, written, present, size, names)


def _keep_records(library: Library, before: Path) -> None:
    library.database.copy_to(before)
    sync_file(before)
    current().replace(before, library.root / KEPT)
    sync_folder(library.root)


def _replace_damaged(library: Library, draft: Path) -> None:
    """Put the database ``draft`` in the place of one that SQLite cannot read, whose files are kept beside it.

    Killed at any point, the same restore does it again. Other programs that have the library open must be closed: what
    they hold is the file of before. Raises LibraryBusy.
    """
    library.database.close()
    path = library.database.path
    with exclusive_lock(library.root / LOCK_NAME, library.database.wait_seconds) as taken:
        if not taken:
            raise library_busy(library.root, library.database.wait_seconds)
        for ending in ("", LOG):
            if path.with_name(path.name + ending).exists():
                shutil.copyfile(path.with_name(path.name + ending), library.root / f"{KEPT}{ending}")
                sync_file(library.root / f"{KEPT}{ending}")
        sync_file(draft)
        for ending in (LOG, LOG_INDEX):  # a log belongs to the file that it was written for
            current().delete(path.with_name(path.name + ending), missing_ok=True)
        current().replace(draft, path)
        sync_folder(library.root)


def _write_draft(
    contents: PointContents,
    path: Path,
    keys: "LibraryKeys | None",
    on_bytes: OnBytes = lambda count: None,
) -> None:
    """Write the database of the point to the new file ``path``, under the ``keys`` if there are any."""
    if keys is None:
        contents.write_database(path, on_bytes)
    else:
        write_image(contents.database_image(on_bytes), path, keys.database)


def _bring_to_present_form(folder: Path, keys: "LibraryKeys | None") -> None:
    """Upgrade the database in ``folder``, apart from the library. Raises LibraryNewer, LibraryCorrupt."""
    draft = Library.open(folder, keys=keys)
    with draft.database.read():
        pass
    draft.close()


def bring_blobs(
    contents: PointContents, library: Library, files: list[ListedFile], progress: ByteProgress
) -> tuple[list[bytes], int, int]:
    """Store those of ``files`` that the library lacks or has damaged: what is lost, how many came, how many bytes."""
    stored = library.blobs
    absent = [
        file
        for file in files
        # What was erased stays so, whichever recovery point comes back.
        if not stored.is_erased(blob_of(file.digest))
        and not stored.is_whole(blob_of(file.digest), file.size_bytes)
    ]
    lost: list[bytes] = []
    written = size = 0
    for batch in in_batches(absent):
        found: dict[bytes, bytes] = {}
        for file in batch:
            if file.size_bytes > PIECE_BYTES:
                with contextlib.suppress(BackupDamaged):
                    found[file.digest] = b"".join(
                        contents.reader.read(RecordKind.FILE, piece) for piece in contents.pieces(file.digest)
                    )
        small = (Wanted(RecordKind.FILE, file.digest) for file in batch if file.size_bytes <= PIECE_BYTES)
        found |= contents.reader.read_all(small)
        lost += [file.digest for file in batch if file.digest not in found]
        written += len(stored.put_many(found.values()))
        size += sum(map(len, found.values()))
        progress.add(sum(file.size_bytes for file in batch))
    return lost, written, size


def restore_assets(
    contents: PointContents, library: Library, query: str, lay_open: bool = False
) -> tuple[Asset, ...]:
    """Bring assets of the recovery point back as they were then, under their own ids; the others stay as they are.

    An asset that is in the library now gets the values of then; one in the trash leaves it. Relations to assets that
    are not in the library are left out. Raises AssetNotFound, AssetAmbiguous, QueryInvalid; BlobMissing, and nothing
    is changed, when the repository cannot give a picture. ``lay_open`` as `restore_to` has it.
    """
    refuse_laying_open(contents.point, lay_open or library.keys is not None)
    with library.pinned(), _records_of(contents, library.root / "tmp", library.keys) as then:
        assets = select_assets(then, [query])
        files = [ListedFile(bytes.fromhex(asset.blob), asset.size_bytes) for asset in assets]
        _bring_all(contents, library, files)
        with then.database.read() as statements:
            records = read_records(statements, [asset.id for asset in assets])
        with library.database.transaction() as statements:
            apply_records(statements, records)
    return tuple(assets)


def export_from(
    contents: PointContents, query: str, folder: Path, working: Path, listen: Listener = ignore
) -> ExportReport:
    """Write the pictures of assets of the recovery point to ``folder``, under their names; see export_assets."""
    keys = None
    if contents.point.encrypted_library:
        from audobon_cli.library.store.encryption.keys import passing_keys

        keys = passing_keys()
    with _records_of(contents, working, keys) as then:
        then.blobs.create()
        assets = select_assets(then, [query])
        files = [ListedFile(bytes.fromhex(asset.blob), asset.size_bytes) for asset in assets]
        _bring_all(contents, then, files)
        return export_assets(then, ExportRequest(folder, tuple(asset.id for asset in assets)), listen)


def _bring_all(contents: PointContents, library: Library, files: list[ListedFile]) -> None:
    lost, _, _ = bring_blobs(contents, library, files, ByteProgress())
    if lost:
        raise BlobMissing(
            f"{len(lost)} of the pictures are damaged or missing in the repository, too; nothing was restored.",
            hint="take another recovery point: `audobon backup list`",
            blobs=[digest.hex() for digest in lost],
        )


@contextlib.contextmanager
def _records_of(contents: PointContents, parent: Path, keys: "LibraryKeys | None") -> Iterator[Library]:
    """The recovery point's records as a library of their own, without pictures, for the block."""
    with temporary_folder(parent) as folder:
        _write_draft(contents, folder.path / DATABASE_NAME, keys)
        then = Library.open(folder.path, keys=keys)
        try:
            yield then
        finally:
            then.close()
