"""What a recovery point holds, read from the repository."""

import contextlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.backup.repository.catalogue import in_parallel
from audobon_cli.backup.repository.crypto import RecordKind
from audobon_cli.backup.repository.lists import (
    PIECE_BYTES,
    ListedFile,
    decode_digests,
    decode_list_of_pages,
    decode_page,
)
from audobon_cli.backup.repository.object_reader import Failed, ObjectReader, Wanted
from audobon_cli.backup.repository.recovery_point import RecoveryPoint
from audobon_cli.domain.errors import BackupDamaged
from audobon_cli.platforms import current
from audobon_cli.storage.copies import open_copy, open_image
from audobon_cli.storage.durable_files import create_file
from audobon_cli.storage.transaction import Transaction

OnBytes = Callable[[int], None]
LISTS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class PointContents:
    """Reads one recovery point."""

    reader: ObjectReader
    point: RecoveryPoint

    def blobs(self) -> Iterator[ListedFile]:
        """The pictures in order, those left out that the library had lost. Raises BackupDamaged."""
        lost = {bytes.fromhex(digest) for digest in self.point.missing}
        for content in self._pages():
            for file in decode_page(content):
                if file.digest not in lost:
                    yield file

    def page_digests(self) -> list[bytes]:
        """The digests of the list of pages and of the pages. Raises BackupDamaged."""
        root = bytes.fromhex(self.point.pages)
        return [root, *decode_list_of_pages(self.reader.read(RecordKind.LIST, root))]

    def _pages(self) -> Iterator[bytes]:
        pages = self.page_digests()[1:]
        yield from in_parallel(lambda digest: self.reader.read(RecordKind.LIST, digest), pages, LISTS_AT_ONCE)

    def extents(self) -> list[bytes]:
        """The digests of the database's extents in order. Raises BackupDamaged."""
        return [
            digest
            for one in self.point.database.lists
            for digest in decode_digests(self.reader.read(RecordKind.LIST, bytes.fromhex(one)))
        ]

    def write_database(self, path: Path, on_bytes: OnBytes = lambda count: None) -> None:
        """Write the database to the new file ``path``; not durable. Raises BackupDamaged, OSError."""
        descriptor = create_file(path, 0o600)
        try:
            self._visit_extents(lambda at, content: current().write_at(descriptor, content, at), on_bytes)
            self._check_size(os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)

    def database_image(self, on_bytes: OnBytes = lambda count: None) -> bytes:
        """The pages of the database, in memory. Raises BackupDamaged."""
        image = bytearray(self.point.database.size_bytes)

        def put(at: int, content: bytes) -> None:
            image[at : at + len(content)] = content

        self._visit_extents(put, on_bytes)
        self._check_size(len(image))
        return bytes(image)

    @contextlib.contextmanager
    def reading_database(self, folder: Path) -> Iterator[Transaction]:
        """The database, for reading: from a copy in ``folder``, but in memory where its library was encrypted.

        Raises BackupDamaged, LibraryCorrupt, OSError.
        """
        if self.point.encrypted_library:
            with open_image(self.database_image()) as statements:
                yield statements
            return
        copy = folder / f"{secrets.token_hex(8)}.db"
        try:
            self.write_database(copy)
            with open_copy(copy) as statements:
                yield statements
        finally:
            copy.unlink(missing_ok=True)

    def _visit_extents(self, put: Callable[[int, bytes], object], on_bytes: OnBytes) -> None:
        places: dict[bytes, list[int]] = {}
        for number, digest in enumerate(self.extents()):
            places.setdefault(digest, []).append(number * self.point.database.extent_bytes)

        def take(wanted: Wanted, content: bytes) -> None:
            for offset in places[wanted.digest]:
                put(offset, content)
                on_bytes(len(content))

        for done in self.reader.visit((Wanted(RecordKind.EXTENT, digest) for digest in places), take):
            if isinstance(done, Failed):
                raise BackupDamaged(
                    f"The database of the recovery point {self.point.short} is damaged: {done.error.message}",
                    hint="take another recovery point: `audobon backup list`; or `audobon backup repair`",
                    point=self.point.id,
                ) from done.error

    def _check_size(self, size_bytes: int) -> None:
        if size_bytes != self.point.database.size_bytes:
            raise BackupDamaged(
                f"The database of the recovery point {self.point.short} has another size than it should.",
                hint="take another recovery point: `audobon backup list`",
                point=self.point.id,
            )

    def wanted(self, files: Iterable[ListedFile]) -> Iterator[Wanted]:
        """The objects that hold ``files``. Raises BackupDamaged when a list of pieces cannot be read."""
        for file in files:
            if file.size_bytes <= PIECE_BYTES:
                yield Wanted(RecordKind.FILE, file.digest)
            else:
                yield Wanted(RecordKind.PIECES, file.digest)
                yield from (Wanted(RecordKind.FILE, digest) for digest in self.pieces(file.digest))

    def pieces(self, digest: bytes) -> list[bytes]:
        """The digests of the pieces of a large file. Raises BackupDamaged."""
        return decode_digests(self.reader.read(RecordKind.PIECES, digest))

    def others(self) -> Iterator[tuple[str, ListedFile]]:
        """Files that are no pictures, with their paths: settings, presets, models."""
        stored = [(file.path, file) for file in self.point.files]
        stored += [(f"models/{m.name}/{file.path}", file) for m in self.point.models for file in m.files]
        for path, file in stored:
            yield path, ListedFile(bytes.fromhex(file.sha256), file.size_bytes)

    def write_file(self, file: ListedFile, path: Path) -> None:
        """Write one file of any size to the new file ``path``. Raises BackupDamaged, OSError."""
        import hashlib

        if file.size_bytes <= PIECE_BYTES:
            path.write_bytes(self.reader.read(RecordKind.FILE, file.digest))
            return
        whole = hashlib.sha256()
        with path.open("wb") as out:
            for digest in self.pieces(file.digest):
                piece = self.reader.read(RecordKind.FILE, digest)
                whole.update(piece)
                out.write(piece)
        if whole.digest() != file.digest:
            raise BackupDamaged(
                "A file does not have the digest of its name once its pieces are put together.",
                hint="run `audobon backup verify --read-data`",
                digest=file.digest.hex(),
            )
