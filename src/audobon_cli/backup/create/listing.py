"""The pictures of a snapshot, in a file rather than in memory: there may be millions."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

from audobon_cli.backup.repository.lists import FILE_ENTRY_BYTES, ListedFile, Page, cut_pages, decode_page
from audobon_cli.platforms import current

READ_BYTES = FILE_ENTRY_BYTES * 2048


class Listing:
    """Pictures in order, 40 bytes each as pages have them. Use it as a context: leaving it closes the file."""

    def __init__(self, path: Path) -> None:
        self._descriptor = current().open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def __len__(self) -> int:
        return self._size // FILE_ENTRY_BYTES

    def __iter__(self) -> Iterator[ListedFile]:
        for chunk in self._chunks():
            yield from decode_page(chunk)

    def _read(self, count: int, place: int) -> bytes:
        return current().read_at(self._descriptor, count, place)

    def fill(self, entries: Iterable[bytes]) -> None:
        """Append entries."""
        with os.fdopen(os.dup(self._descriptor), "wb", buffering=READ_BYTES) as file:
            file.writelines(entries)
        self._size = os.fstat(self._descriptor).st_size

    def some(self, numbers: Iterable[int]) -> Iterator[ListedFile]:
        """The pictures at these places of the order."""
        for number in numbers:
            yield from decode_page(self._read(FILE_ENTRY_BYTES, number * FILE_ENTRY_BYTES))

    def pages(self) -> Iterator[Page]:
        """All pictures, as pages."""
        return cut_pages(self._chunks())

    def _chunks(self) -> Iterator[bytes]:
        for start in range(0, self._size, READ_BYTES):
            yield self._read(READ_BYTES, start)


class ListingInMemory(Listing):
    """The same of an encrypted library: digests tell who has the same pictures which of them are here."""

    def __init__(self) -> None:
        self._entries = b""
        self._size = 0

    def __exit__(self, *_: object) -> None:
        self._entries = b""

    def _read(self, count: int, place: int) -> bytes:
        return self._entries[place : place + count]

    def fill(self, entries: Iterable[bytes]) -> None:
        """See Listing.fill."""
        self._entries += b"".join(entries)
        self._size = len(self._entries)
