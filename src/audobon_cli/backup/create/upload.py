"""Putting everything of a snapshot that the repository lacks into packs."""

import hashlib
import io
import os
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from audobon_cli.backup.create.snapshot import Snapshot
from audobon_cli.backup.repository.crypto import ObjectId, RecordKind
from audobon_cli.backup.repository.lists import (
    DIGEST_BYTES,
    EXTENT_BYTES,
    EXTENTS_PER_LIST,
    FILE_ENTRY_BYTES,
    PIECE_BYTES,
    ListedFile,
    decode_digests,
    list_of_pages,
    sealed_list,
)
from audobon_cli.backup.repository.pack_writer import PackWriter
from audobon_cli.backup.repository.recovery_point import RecoveryPoint, StoredDatabase
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.domain.errors import BackupDamaged, BackupIncomplete, BlobCorrupt, BlobMissing
from audobon_cli.domain.ids import BlobId
from audobon_cli.platforms import current

SEALERS = 2
BATCH_FILES = 64
BATCH_BYTES = 512 * 1024
AHEAD = 1

OnBytes = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class StoredParts:
    """What a recovery point says of its content. ``missing`` are pictures that are damaged or gone in the library
    and not in the repository; ``packs`` all packs that hold a part of it."""

    pages: str
    blob_bytes: int
    database: StoredDatabase
    missing: tuple[str, ...]
    packs: frozenset[str]

    def matches(self, point: RecoveryPoint) -> bool:
        """Whether ``point`` holds the same pictures and database."""
        return (point.pages, point.database, point.missing) == (self.pages, self.database, self.missing)


class _Sealed(NamedTuple):
    id: ObjectId
    record: bytes
    size_bytes: int


class Storing:
    """One pass over a snapshot: whatever the writer has not is read, checked, sealed and written.

    A second pass writes what has been lost meanwhile. ``on_bytes`` is told of bytes of the library as they are done.
    """

    def __init__(
        self, snapshot: Snapshot, repository: Repository, writer: PackWriter, on_bytes: OnBytes
    ) -> None:
        self._snapshot, self._keys, self._writer, self._on_bytes = snapshot, repository.keys, writer, on_bytes
        self._reader = repository.reader(writer.catalogue)
        self._used: list[ObjectId] = []
        self._packs: set[str] = set()
        self._lost: list[str] = []
        self._missing: array[int] | None = None
        self.new_files = 0
        """Pictures and other files that the repository had not."""
        self.new_bytes = 0

    def missing_bytes(self) -> int:
        """Bytes of the pictures that the repository has not; looks through all of them."""
        find, object_id = self._writer.catalogue.find, self._keys.object_id
        stays = self._writer.catalogue.stays
        self._packs.clear()
        self._missing, self._blob_bytes, missing_bytes = array("I"), 0, 0
        for number, (digest, size_bytes) in enumerate(self._snapshot.pictures):
            self._blob_bytes += size_bytes
            location = find(object_id(RecordKind.FILE, digest))
            if location is not None and stays(location.pack):
                self._packs.add(location.pack)
            else:
                self._missing.append(number)
                missing_bytes += size_bytes
        return missing_bytes

    def run(self) -> StoredParts:
        """Store everything. Raises what reading the library and writing to the destination raise."""
        self._used.clear()
        self._lost.clear()
        if self._missing is None:
            self.missing_bytes()
        self._store_blobs()
        self._missing = None
        for source in (*self._snapshot.files, *self._snapshot.model_files):
            self._store_file(source.path, bytes.fromhex(source.stored.sha256), source.stored.size_bytes)
        # Uploaded while the database is read; and no more than two packs are ever in memory.
        self._writer.end_pack(RecordKind.FILE)
        database = self._store_database()
        pages = self._store_pages()
        self._writer.flush()
        lost = tuple(sorted(self._lost))
        return StoredParts(pages.hex(), self._blob_bytes, database, lost, self._holding())

    def _holding(self) -> frozenset[str]:
        """The packs that hold a part of the snapshot; and whatever else was written by the way."""
        locations = map(self._writer.catalogue.find, self._used)
        return self._writer.packs.union(self._packs, (one.pack for one in locations if one is not None))

    def _store_blobs(self) -> None:
        with ThreadPoolExecutor(SEALERS) as pool:
            running: deque[Future[list[_Sealed | ListedFile]]] = deque()
            for batch in _batches(self._new_blobs()):
                running.append(pool.submit(self._seal, batch))
                if len(running) > AHEAD:
                    self._take(running.popleft().result())
            while running:
                self._take(running.popleft().result())

    def _new_blobs(self) -> Iterator[ListedFile]:
        """Pictures that are not in the repository; large ones are stored here and now, piece by piece."""
        for blob in self._snapshot.pictures.some(self._missing or ()):
            if blob.size_bytes > PIECE_BYTES:
                try:
                    self._store_blob(blob)
                except (OSError, BackupIncomplete, BlobMissing, BlobCorrupt):
                    self._lost.append(blob.digest.hex())
                continue
            yield blob

    def _seal(self, batch: list[ListedFile]) -> list[_Sealed | ListedFile]:
        """Records of small pictures; those that are missing or damaged as they came."""
        keys, read = self._keys, self._read
        done: list[_Sealed | ListedFile] = []
        for blob in batch:
            try:
                content = read(blob)
            except (OSError, BlobMissing, BlobCorrupt):
                done.append(blob)
                continue
            if hashlib.sha256(content).digest() != blob.digest:
                done.append(blob)
                continue
            identity = keys.object_id(RecordKind.FILE, blob.digest)
            done.append(
                _Sealed(identity, keys.seal(RecordKind.FILE, content, blob.digest, identity), len(content))
            )
        self._on_bytes(sum(blob.size_bytes for blob in batch))
        return done

    def _take(self, done: Iterable[_Sealed | ListedFile]) -> None:
        for one in done:
            if isinstance(one, _Sealed):
                self._writer.add_sealed(RecordKind.FILE, one.id, one.record)
                self._count(one.size_bytes)
            else:
                self._lost.append(one.digest.hex())

    def _store_database(self) -> StoredDatabase:
        lists: list[bytes] = []
        digests = bytearray()
        size = 0
        with self._snapshot.open_database() as file:
            while extent := file.read(EXTENT_BYTES):
                size += len(extent)
                digests += self._add(RecordKind.EXTENT, extent)
                if len(digests) == EXTENTS_PER_LIST * DIGEST_BYTES:
                    lists.append(self._add(RecordKind.LIST, bytes(digests)))
                    digests.clear()
                self._on_bytes(len(extent))
        if digests:
            lists.append(self._add(RecordKind.LIST, bytes(digests)))
        return StoredDatabase(size, EXTENT_BYTES, tuple(digest.hex() for digest in lists))

    def _store_pages(self) -> bytes:
        pages = [
            (self._add(RecordKind.LIST, page.content), len(page.content) // FILE_ENTRY_BYTES)
            for page in self._snapshot.pictures.pages()
        ]
        return self._add(RecordKind.LIST, list_of_pages(pages).content)

    def _store_file(self, path: Path, digest: bytes, size_bytes: int) -> None:
        """A file of any size; a large one as pieces, behind which stands the list that names them."""
        if size_bytes <= PIECE_BYTES:
            self._used.append(self._keys.object_id(RecordKind.FILE, digest))
            if not self._writer.has(self._used[-1]):
                self._writer.add(RecordKind.FILE, digest, _checked(path, digest))
                self._count(size_bytes)
            return
        if self._has_pieces(digest):
            return
        with path.open("rb") as file:
            self._store_pieces(file, path, digest, size_bytes)

    def _store_pieces(self, file: BinaryIO, path: Path, digest: bytes, size_bytes: int) -> None:
        pieces = bytearray()
        whole = hashlib.sha256()
        while piece := file.read(PIECE_BYTES):
            whole.update(piece)
            pieces += self._add(RecordKind.FILE, piece)
            self._on_bytes(len(piece))
        if whole.digest() != digest:
            raise _changed(path)
        self._used.append(self._keys.object_id(RecordKind.PIECES, digest))
        self._writer.add(RecordKind.PIECES, digest, bytes(pieces))
        self._count(size_bytes)

    def _count(self, size_bytes: int) -> None:
        self.new_files += 1
        self.new_bytes += size_bytes

    def _has_pieces(self, digest: bytes) -> bool:
        """Whether a large file is in the repository, with every piece of it."""
        identity = self._keys.object_id(RecordKind.PIECES, digest)
        if not self._writer.has(identity):
            return False
        try:
            pieces = decode_digests(self._reader.read(RecordKind.PIECES, digest))
        except BackupDamaged:
            return False
        wanted = [self._keys.object_id(RecordKind.FILE, piece) for piece in pieces]
        self._used += [identity, *wanted]
        return all(map(self._writer.has, wanted))

    def _add(self, kind: RecordKind, content: bytes) -> bytes:
        digest = sealed_list(content).digest
        self._used.append(self._keys.object_id(kind, digest))
        self._writer.add(kind, digest, content)
        return digest

    def _read(self, blob: ListedFile) -> bytes:
        """The content of a small picture. What lies in the clear is checked by the caller."""
        library, found = self._snapshot.library, BlobId(blob.digest.hex())
        if library.keys is not None:
            return library.blobs.read(found)
        return _read(library.blobs.place(found), blob.size_bytes)

    def _store_blob(self, blob: ListedFile) -> None:
        library, found = self._snapshot.library, BlobId(blob.digest.hex())
        if library.keys is None:
            self._store_file(library.blobs.path(found), blob.digest, blob.size_bytes)
        elif not self._has_pieces(blob.digest):
            path = library.blobs.path(found)
            self._store_pieces(io.BytesIO(library.blobs.read(found)), path, blob.digest, blob.size_bytes)


def _batches(blobs: Iterable[ListedFile]) -> Iterator[list[ListedFile]]:
    batch: list[ListedFile] = []
    size = 0
    for blob in blobs:
        batch.append(blob)
        size += blob.size_bytes
        if len(batch) >= BATCH_FILES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _read(path: str, size_bytes: int) -> bytes:
    """The content of a file that should have ``size_bytes``. Takes half the time of Path.read_bytes."""
    descriptor = current().open(path, os.O_RDONLY)
    try:
        content = os.read(descriptor, size_bytes + 1)
        while len(content) < size_bytes and (more := os.read(descriptor, size_bytes + 1 - len(content))):
            content += more
        return content
    finally:
        os.close(descriptor)


def _checked(path: Path, digest: bytes) -> bytes:
    content = path.read_bytes()
    if hashlib.sha256(content).digest() != digest:
        raise _changed(path)
    return content


def _changed(path: Path) -> BackupIncomplete:
    return BackupIncomplete(
        f"{path} is not what it was when the backup began, or not what its record says.",
        hint="run the same command again; `audobon models verify` checks models, `audobon assets verify` pictures",
        path=str(path),
    )
