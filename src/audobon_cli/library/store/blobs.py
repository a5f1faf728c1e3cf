"""Stored files, each named by the SHA-256 of its bytes: written once, never changed.

In an encrypted library they are sealed and their names keyed, which only this module knows: whoever reads and writes
here gives and gets plain bytes and ids.
"""

import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from audobon_cli.domain.errors import BlobCorrupt, BlobErased, BlobMissing, DiskFailed, LibraryReadOnly
from audobon_cli.domain.ids import BlobId, blob_id
from audobon_cli.library.store.stored_form import PLAIN, StoredForm
from audobon_cli.platforms import current
from audobon_cli.storage.disk_errors import library_errors, library_held
from audobon_cli.storage.durable_files import (
    can_sync_filesystem,
    create_file,
    sync_descriptor,
    sync_filesystem,
    sync_folder,
    write_all,
)
from audobon_cli.storage.temporary import TemporaryFolder, sweep, temporary_folder

OBJECTS = "objects"
PUBLIC_MODE, PRIVATE_MODE = 0o444, 0o400
"""Of stored files: for everybody, or for this account alone."""
SINGLE_SYNC_LIMIT = 8
"""From this many new files on, one syncfs for all is cheaper than an fsync each (Linux)."""

BATCH_FILES, BATCH_BYTES = 4000, 256 * 1024 * 1024
"""So much is made durable at once."""

FAN_OUT = tuple(f"{number:02x}" for number in range(256))
_NAME = re.compile(r"[0-9a-f]{62}")


@dataclass(slots=True)
class _Batch:
    """Files written under temporary names and not yet synced; the first few stay open for that."""

    waiting: dict[BlobId, str] = field(default_factory=dict)
    descriptors: list[int] = field(default_factory=list)
    present: set[BlobId] = field(default_factory=set)
    size_bytes: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.waiting) + len(self.present) >= BATCH_FILES or self.size_bytes >= BATCH_BYTES

    def close_files(self) -> None:
        while self.descriptors:
            os.close(self.descriptors.pop())


class BlobStore:
    """The files under ``root``/objects; unfinished ones live under ``root``/tmp. ``form`` is how they look there.

    A blob that ``put`` or ``put_many`` returned survives a power cut. Any number of processes may
    write at once. Writing raises DiskFull, LibraryReadOnly or DiskFailed; nothing half-written ever
    gets a blob's name. ``read_only`` ones are never written: see the setting.
    """

    def __init__(self, root: Path, form: StoredForm = PLAIN, read_only: bool = False) -> None:
        self.root = root
        self.form = form
        self.read_only = read_only
        self.mode = PUBLIC_MODE
        self._objects = root / OBJECTS
        self._folder = str(self._objects)
        self._temporary = root / "tmp"
        self._swept = False

    def create(self) -> None:
        """Make the folders, durably. All 256 at once, so that a later write need only sync its own."""
        self._require_writable()
        with library_errors(self.root):
            for folder in (*(self._objects / name for name in FAN_OUT), self._temporary):
                folder.mkdir(parents=True, exist_ok=True)
            sync_folder(self._objects)
            sync_folder(self.root)

    def path(self, blob: BlobId) -> Path:
        """Where ``blob`` lies, or would lie."""
        return Path(self.place(blob))

    def place(self, blob: BlobId) -> str:
        """The same as text: making a Path of it takes longer than a stat."""
        name = self.form.name(blob)
        return f"{self._folder}/{name[:2]}/{name[2:]}"

    def at(self, path: Path) -> BlobId | None:
        """The blob whose file is called as ``path`` is, if that lies among the stored files."""
        if path.parent.parent != self._objects or not _NAME.fullmatch(path.name):
            return None
        if path.parent.name not in FAN_OUT:
            return None
        return self.form.blob(path.parent.name + path.name)

    def put(self, data: bytes) -> BlobId:
        """Store ``data`` durably. Two syncs, about 0.6 ms where a sync takes 0.3."""
        return self.put_many([data])[0]

    def put_many(self, blobs: Iterable[bytes]) -> list[BlobId]:
        """Store all of ``blobs`` durably and return their ids in order.

        Syncs once for every 4,000 files or 256 MiB, and takes from the iterable one at a time, so that memory
        holds one. What is stored already is compared and left alone; if its bytes differ from what
        its name promises, it is replaced.
        """
        ids: list[BlobId] = []
        with library_errors(self.root), self._batches() as (folder, batch):
            for data in blobs:
                blob = blob_id(data)
                ids.append(blob)
                if blob not in batch.waiting and blob not in batch.present:
                    self._take(blob, data, folder, batch)
                if batch.is_full:
                    self._finish(folder, batch)
            self._finish(folder, batch)
        return ids

    def read(self, blob: BlobId) -> bytes:
        """The bytes of ``blob``, hashed again on the way. Raises BlobMissing, BlobErased or BlobCorrupt."""
        path = self.path(blob)
        try:
            with library_errors(self.root):
                stored = path.read_bytes()
        except FileNotFoundError as error:
            raise BlobMissing(
                f"The stored file {blob[:12]}… is missing.",
                hint="run `audobon assets verify` to see what else is; a copy of the library may have it",
                blob=blob,
                path=str(path),
            ) from error
        data = self.form.open(blob, stored)
        if blob_id(data) != blob:
            raise BlobCorrupt(
                f"The stored file {blob[:12]}… is damaged: its bytes are not those that were stored.",
                hint="run `audobon assets verify` to see what else is; a copy of the library may have it",
                blob=blob,
                path=str(path),
            )
        return data

    def is_whole(self, blob: BlobId, size_bytes: int) -> bool:
        """Whether ``blob``, of ``size_bytes``, is there and is what it should be. Reads it."""
        if self.size(blob) != size_bytes:
            return False
        try:
            self.read(blob)
        except (BlobMissing, BlobCorrupt, DiskFailed, LibraryReadOnly):
            return False
        return True

    def size(self, blob: BlobId) -> int:
        """The size of ``blob`` in bytes, by that of its file; 0 when it is not there."""
        try:
            return self.form.content_size(self.path(blob).stat().st_size) or 0
        except FileNotFoundError:
            return 0

    def is_erased(self, blob: BlobId) -> bool:
        """Whether the content of ``blob`` was erased, so that its file only says so."""
        path = self.path(blob)
        try:
            if self.form.content_size(path.stat().st_size) is None:  # or cut short
                self.form.open(blob, path.read_bytes())
        except BlobErased:
            return True
        except (FileNotFoundError, BlobCorrupt):
            pass
        return False

    def delete(self, blobs: Iterable[BlobId]) -> None:
        """Delete stored files that nothing names; those that are gone already are passed over."""
        self._require_writable()
        with library_errors(self.root):
            for blob in blobs:
                current().delete(self.path(blob), missing_ok=True)

    def __contains__(self, blob: object) -> bool:
        if not isinstance(blob, str):
            return False
        try:
            found = os.stat(self.place(BlobId(blob)))
        except (OSError, ValueError):
            return False
        return stat.S_ISREG(found.st_mode) and self.form.content_size(found.st_size) is not None

    def __iter__(self) -> Iterator[BlobId]:
        """All ids in order; memory holds 1/256 of them. Files with other names are passed over."""
        for name in FAN_OUT:
            yield from self.shard(name)

    def shard(self, name: str) -> list[BlobId]:
        """The ids that begin with the two hex digits ``name``, in order."""
        try:
            folder = self.form.folder(name)
            found = os.listdir(self._objects / folder)
        except FileNotFoundError:
            return []
        return sorted(self.form.blob(folder + rest) for rest in found if _NAME.fullmatch(rest))

    def sizes(self) -> Iterator[tuple[BlobId, int]]:
        """All ids in order with their sizes, in bytes."""
        for blob in self:
            with contextlib.suppress(FileNotFoundError):
                yield blob, self.form.content_size(self.path(blob).stat().st_size) or 0

    def _require_writable(self) -> None:
        if self.read_only:
            raise library_held(self.root)

    @contextlib.contextmanager
    def _batches(self) -> Iterator[tuple[TemporaryFolder, _Batch]]:
        self._require_writable()
        if not self._swept:
            sweep(self._temporary)
            self._swept = True
        batch = _Batch()
        with temporary_folder(self._temporary) as folder:
            try:
                yield folder, batch
            finally:
                batch.close_files()

    def _take(self, blob: BlobId, data: bytes, folder: TemporaryFolder, batch: _Batch) -> None:
        if self._holds(blob, data):
            # Its writer may have died before the folder was synced: the name must be made durable too.
            batch.present.add(blob)
            return
        temporary = f"{folder.path}/{self.form.name(blob)}"
        descriptor = create_file(temporary, self.mode)
        batch.descriptors.append(descriptor)
        write_all(descriptor, self.form.seal(blob, data))
        batch.waiting[blob] = temporary
        batch.size_bytes += len(data)
        if can_sync_filesystem():
            if len(batch.waiting) >= SINGLE_SYNC_LIMIT:
                batch.close_files()
        else:
            sync_descriptor(descriptor)
            batch.close_files()

    def _finish(self, folder: TemporaryFolder, batch: _Batch) -> None:
        """Make the batch durable: contents first, then names."""
        if not batch.waiting and not batch.present:
            return
        together = can_sync_filesystem() and len(batch.waiting) + len(batch.present) >= SINGLE_SYNC_LIMIT
        if together:
            batch.close_files()
            if batch.waiting:
                sync_filesystem(folder.descriptor)
        else:
            for descriptor in batch.descriptors:
                sync_descriptor(descriptor)
            batch.close_files()
        for blob, temporary in batch.waiting.items():
            self._rename(temporary, blob)
        if together:
            sync_filesystem(folder.descriptor)
        else:
            for shard in sorted({blob[:2] for blob in (*batch.waiting, *batch.present)}):
                sync_folder(self._objects / self.form.folder(shard))
        batch.waiting.clear()
        batch.present.clear()
        batch.size_bytes = 0

    def _rename(self, temporary: str, blob: BlobId) -> None:
        path = self.place(blob)
        try:
            current().replace(temporary, path)
        except FileNotFoundError:  # empty folders do not survive every way of copying a library
            self.create()
            current().replace(temporary, path)
        except PermissionError:
            # Windows replaces no file that somebody has open. Who reads this one has what we have.
            written = Path(temporary).read_bytes()
            if not self._holds(blob, self.form.open(blob, written)):
                raise

    def _holds(self, blob: BlobId, data: bytes) -> bool:
        """Whether the file of ``blob`` is one with exactly these bytes."""
        path = self.place(blob)
        try:
            found = os.stat(path)
            if not stat.S_ISREG(found.st_mode) or self.form.content_size(found.st_size) != len(data):
                return False
            return self.form.open(blob, Path(path).read_bytes()) == data
        except (FileNotFoundError, BlobCorrupt, BlobErased):
            return False
