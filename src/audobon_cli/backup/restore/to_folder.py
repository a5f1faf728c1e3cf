"""Bringing back what a recovery point holds."""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.backup.check.affected_assets import Touched, touched_assets
from audobon_cli.backup.create.progress import ByteProgress
from audobon_cli.backup.create.snapshot import hash_file
from audobon_cli.backup.point_contents import PointContents
from audobon_cli.backup.repository.crypto import RecordKind
from audobon_cli.backup.repository.lists import DIGEST_BYTES, PIECE_BYTES, ListedFile
from audobon_cli.backup.repository.object_reader import Failed, Wanted
from audobon_cli.backup.repository.recovery_point import RecoveryPoint
from audobon_cli.domain.errors import (
    AudobonError,
    BackupDamaged,
    BackupExists,
    BackupIncomplete,
    DiskFull,
    InvalidInput,
)
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.ids import BlobId
from audobon_cli.domain.units import format_bytes, plural
from audobon_cli.library.modes.private import begin_private, keep_from_others
from audobon_cli.library.store.blobs import BlobStore
from audobon_cli.library.store.location import DATABASE_NAME
from audobon_cli.platforms import current
from audobon_cli.storage.copies import open_copy
from audobon_cli.storage.disk_errors import library_errors
from audobon_cli.storage.durable_files import (
    can_sync_filesystem,
    create_file,
    output_errors,
    sync_file,
    sync_filesystem,
    sync_folder,
    write_all,
)
from audobon_cli.storage.filesystems import refuse_unfit_filesystem

MARKER = "restoring"
EXTRAS = "restored"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. ``lost`` are pictures that the repository could not give, with the assets they belong to."""

    point: RecoveryPoint
    path: Path
    written_files: int
    present_files: int
    written_bytes: int
    lost: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def error(self) -> AudobonError | None:
        """What could not be restored, or None."""
        if not self.lost:
            return None
        return BackupIncomplete(
            f"The repository has lost {plural(len(self.lost), 'picture')}; everything else is restored.",
            hint="`audobon backup verify --read-data` names the damage; another recovery point may have them",
            blobs=[{"blob": blob, "assets": list(assets)} for blob, assets in self.lost],
        )


def restore_to(
    contents: PointContents,
    folder: Path,
    listen: Listener = ignore,
    lay_open: bool = False,
    private: bool = False,
) -> Restored:
    """Write a library to ``folder``, which is new or empty, or in which this restore was killed before.

    The database comes last: until then the folder is no library. Settings, presets and models that were backed up lie
    under ``folder``/restored. Durable on return. The library is not encrypted: ``lay_open`` agrees to that where the
    one that was backed up was. ``private``: no other account reads it. Raises InvalidInput where nobody agreed,
    BackupExists, BackupDamaged when the database or a list cannot be read, DiskFull, and what the remote raises.
    """
    point = contents.point
    refuse_laying_open(point, lay_open)
    refuse_unfit_filesystem(folder)
    with library_errors(folder):
        _claim(folder, point)
        if private:
            begin_private(folder)
        blobs = BlobStore(folder)
        _refuse_without_space(folder, point, blobs)
        blobs.create()
        progress = ByteProgress(listen, "restoring", point.size_bytes)
        writing = _Writing(contents, blobs, progress)
        lost = writing.run()
        draft = folder / f"{DATABASE_NAME}.{MARKER}"
        current().delete(draft, missing_ok=True)
        contents.write_database(draft, progress.add)
        _restore_extras(contents, folder / EXTRAS)
        names: Touched = ()
        if lost:
            with open_copy(draft) as statements:
                names = touched_assets(statements, lost)
        if private:
            keep_from_others(folder)
        _make_durable(folder, draft)
        current().replace(draft, folder / DATABASE_NAME)
        sync_folder(folder)
        (folder / MARKER).unlink()
        progress.finish()
    return Restored(point, folder, writing.written, writing.present, writing.written_bytes, names)


class _Writing:
    """Writes all pictures of a point into a folder that is no library yet: not through temporary names, since the
    database that makes them count comes last."""

    def __init__(self, contents: PointContents, blobs: BlobStore, progress: ByteProgress) -> None:
        self._contents, self._blobs, self._progress = contents, blobs, progress
        self.written = self.present = self.written_bytes = 0
        self._lock = threading.Lock()

    def run(self) -> list[bytes]:
        """Write them; the digests of those that the repository could not give."""
        lost: list[bytes] = []
        # All lists are read before the first picture: reading one may find that a prune has moved everything.
        absent = bytearray()
        for digest in self._absent(lost):
            absent += digest
        digests = (
            bytes(absent[start : start + DIGEST_BYTES]) for start in range(0, len(absent), DIGEST_BYTES)
        )
        visited = self._contents.reader.visit(
            (Wanted(RecordKind.FILE, digest) for digest in digests), self._take
        )
        lost += [done.wanted.digest for done in visited if isinstance(done, Failed)]
        return lost

    def _absent(self, lost: list[bytes]) -> Iterator[bytes]:
        """Digests of small pictures that are not there; large ones are written here and now, or go to ``lost``."""
        for file in self._contents.blobs():
            path = self._blobs.path(blob_of(file.digest))
            if is_whole(path, file):
                self.present += 1
            elif file.size_bytes <= PIECE_BYTES:
                yield file.digest
            else:
                try:
                    current().delete(path, missing_ok=True)
                    self._contents.write_file(file, path)
                    current().mark_stored(path)
                    self._count(file.size_bytes)
                except BackupDamaged:
                    current().delete(path, missing_ok=True)
                    lost.append(file.digest)

    def _take(self, wanted: Wanted, content: bytes) -> None:
        path = self._blobs.path(blob_of(wanted.digest))
        try:
            descriptor = create_file(path, 0o444)
        except FileExistsError:  # torn by a kill
            current().delete(path)
            descriptor = create_file(path, 0o444)
        try:
            write_all(descriptor, content)
        finally:
            os.close(descriptor)
        self._count(len(content))

    def _count(self, size_bytes: int) -> None:
        with self._lock:
            self.written += 1
            self.written_bytes += size_bytes
        self._progress.add(size_bytes)


def _refuse_without_space(folder: Path, point: RecoveryPoint, blobs: BlobStore) -> None:
    """Raise DiskFull now rather than half-way. What a killed restore has written counts."""
    needed = point.size_bytes - sum(size for _, size in blobs.sizes())
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFull(
            f"{folder} has {format_bytes(free)} left, and the recovery point needs {format_bytes(needed)}.",
            hint="restore to another disk, or only some assets: --asset QUERY",
            path=str(folder),
        )


def _claim(folder: Path, point: RecoveryPoint) -> None:
    """Make the folder ours: new, empty, or with the marker of this very restore."""
    with output_errors(folder):  # a file or a link to nowhere may be in its place
        folder.mkdir(parents=True, exist_ok=True)
    marker = folder / MARKER
    if any(folder.iterdir()):
        if not marker.is_file() or marker.read_text(encoding="utf-8") != point.id:
            raise BackupExists(
                f"{folder} is not empty.",
                hint="name a new folder with --to; --into-library restores into the library that you have",
                path=str(folder),
            )
        return
    marker.write_text(point.id, encoding="utf-8")
    sync_file(marker)


def _restore_extras(contents: PointContents, folder: Path) -> None:
    """Settings, presets and models; what lies there from a killed run is written again."""
    point = contents.point
    for name, file in contents.others():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BackupDamaged(
                f"The recovery point names a file outside of its folder: {name}.",
                hint="whoever made this recovery point is not to be trusted",
                path=name,
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        contents.write_file(file, path)
    if point.models:
        manifests = {m.name: m.manifest for m in point.models}
        path = folder / "models" / "manifests.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(manifests, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _make_durable(folder: Path, draft: Path) -> None:
    if can_sync_filesystem():
        descriptor = current().open_folder(folder)
        try:
            sync_filesystem(descriptor)
        finally:
            os.close(descriptor)
        return
    for path in (draft, *(path for path in folder.rglob("*") if path != draft)):
        if path.is_dir():
            sync_folder(path)
        else:
            sync_file(path)


def refuse_laying_open(point: RecoveryPoint, agreed: bool) -> None:
    """Raise InvalidInput where an encrypted library would become one that is not, and nobody ``agreed`` to that."""
    if point.encrypted_library and not agreed:
        raise InvalidInput(
            "The recovery point is of an encrypted library, and would be laid open there.",
            hint="restore it into an encrypted one: `audobon init --encrypted`, then `audobon backup restore "
            "--into-library`; or agree with --decrypted",
        )


def is_whole(path: Path, file: ListedFile) -> bool:
    """Whether the stored picture at ``path`` is there and is what it should be. Reads it."""
    try:
        if path.stat().st_size != file.size_bytes:
            return False
        return hash_file(path)[0] == file.digest
    except OSError:
        return False


def blob_of(digest: bytes) -> BlobId:
    """The library's name of a picture."""
    return BlobId(digest.hex())
