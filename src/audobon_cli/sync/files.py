"""The files of assets on their way to a place and back."""

import hashlib
from collections.abc import Iterable

from audobon_cli.backup.create.progress import ByteProgress
from audobon_cli.backup.repository.catalogue import in_parallel
from audobon_cli.backup.repository.crypto import ObjectId, RecordKind
from audobon_cli.backup.repository.lists import PIECE_BYTES, ListedFile, decode_digests, in_batches
from audobon_cli.backup.repository.object_reader import ObjectReader, Wanted
from audobon_cli.backup.repository.pack_writer import PackWriter
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.domain.errors import BackupDamaged, SyncDamaged
from audobon_cli.domain.ids import BlobId
from audobon_cli.domain.units import plural
from audobon_cli.history.model.records import Record, blob_of, record_from
from audobon_cli.library.store.library import Library

SEALERS = 2


def file_of(record: Record) -> ListedFile:
    """The file that a record names. Raises ValueError for what is no record."""
    try:
        return ListedFile(bytes.fromhex(blob_of(record)), int(record["content"]["size_bytes"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"a record names no file: {error}") from error


class FileUpload:
    """Stores the files that records name and the place lacks; ``files`` counts them."""

    def __init__(
        self, library: Library, repository: Repository, writer: PackWriter, progress: ByteProgress
    ) -> None:
        self._library, self._keys, self._writer, self._progress = library, repository.keys, writer, progress
        self._reader = repository.reader(writer.catalogue)
        self._seen: set[bytes] = set()
        self.files = 0

    def send(self, records: Iterable[bytes]) -> None:
        """Store the files of some records. Raises BlobMissing, BlobCorrupt and what a Remote raises."""
        new = []
        for content in records:
            file = file_of(record_from(content))
            if file.digest not in self._seen:
                self._seen.add(file.digest)
                new.append(file)
        small = [file for file in new if file.size_bytes <= PIECE_BYTES and not self._has(file.digest)]
        large = [file for file in new if file.size_bytes > PIECE_BYTES and not self._has_pieces(file.digest)]
        self._progress.total += sum(file.size_bytes for file in (*small, *large))
        for identity, sealed, size_bytes in in_parallel(self._seal, small, SEALERS):
            self._writer.add_sealed(RecordKind.FILE, identity, sealed)
            self._done(size_bytes)
        for file in large:
            self._send_pieces(file)

    def _has(self, digest: bytes) -> bool:
        return self._writer.has(self._keys.object_id(RecordKind.FILE, digest))

    def _has_pieces(self, digest: bytes) -> bool:
        if not self._writer.has(self._keys.object_id(RecordKind.PIECES, digest)):
            return False
        try:
            pieces = decode_digests(self._reader.read(RecordKind.PIECES, digest))
        except BackupDamaged:
            return False
        return all(self._has(piece) for piece in pieces)

    def _seal(self, file: ListedFile) -> tuple[ObjectId, bytes, int]:
        content = self._library.blobs.read(BlobId(file.digest.hex()))
        identity = self._keys.object_id(RecordKind.FILE, file.digest)
        return identity, self._keys.seal(RecordKind.FILE, content, file.digest, identity), len(content)

    def _send_pieces(self, file: ListedFile) -> None:
        content = memoryview(self._library.blobs.read(BlobId(file.digest.hex())))
        digests = bytearray()
        for start in range(0, len(content), PIECE_BYTES):
            piece = bytes(content[start : start + PIECE_BYTES])
            digest = hashlib.sha256(piece).digest()
            self._writer.add(RecordKind.FILE, digest, piece)
            digests += digest
        identity = self._keys.object_id(RecordKind.PIECES, file.digest)
        if not self._writer.has(identity):
            self._writer.add(RecordKind.PIECES, file.digest, bytes(digests))
        self._done(file.size_bytes)

    def _done(self, size_bytes: int) -> None:
        self.files += 1
        self._progress.add(size_bytes)


def fetch_files(
    library: Library, reader: ObjectReader, files: Iterable[ListedFile], progress: ByteProgress
) -> tuple[int, int]:
    """Store those of ``files`` that the library lacks: how many came, and their bytes.

    What has come stays, whatever happens then. Raises SyncDamaged where the place cannot give all of them.
    """
    absent = [file for file in files if _is_absent(library, file)]
    progress.total += sum(file.size_bytes for file in absent)
    count = size = 0
    lost: list[str] = []
    for batch in in_batches(absent):
        small = [file for file in batch if file.size_bytes <= PIECE_BYTES]
        found = reader.read_all(Wanted(RecordKind.FILE, file.digest) for file in small)
        for file in batch:
            if file.size_bytes > PIECE_BYTES:
                content = _joined_pieces(reader, file.digest)
                if content is not None:
                    found[file.digest] = content
        library.blobs.put_many(found.values())
        lost += [file.digest.hex() for file in batch if file.digest not in found]
        count, size = count + len(found), size + sum(map(len, found.values()))
        progress.add(sum(file.size_bytes for file in batch))
    if lost:
        raise SyncDamaged(
            f"The place lacks {plural(len(lost), 'file')} that commits there name; nothing was merged.",
            hint="on a machine that has them: `audobon library push PLACE --full`; then pull again",
            blobs=lost[:20],
        )
    return count, size


def _is_absent(library: Library, file: ListedFile) -> bool:
    """Whether the library lacks a file; what was erased is not to come back."""
    blob = BlobId(file.digest.hex())
    return library.blobs.size(blob) != file.size_bytes and not library.blobs.is_erased(blob)


def _joined_pieces(reader: ObjectReader, digest: bytes) -> bytes | None:
    """A large file; None if it is not what it should be."""
    try:
        pieces = decode_digests(reader.read(RecordKind.PIECES, digest))
        content = b"".join(reader.read(RecordKind.FILE, piece) for piece in pieces)
    except BackupDamaged:
        return None
    return content if hashlib.sha256(content).digest() == digest else None
