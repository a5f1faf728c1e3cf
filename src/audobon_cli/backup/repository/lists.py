"""Lists of pictures and of database extents, cut so that a small change rewrites little of them."""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from audobon_cli.backup.repository.problems import damaged

EXTENT_BYTES = 32 * 1024
EXTENTS_PER_LIST = 4096
PIECE_BYTES = 16 * 1024 * 1024
DIGEST_BYTES = 32
MOST_PER_PAGE = 4096

_FILE = struct.Struct("<32sQ")
FILE_ENTRY_BYTES = _FILE.size
_PAGE = struct.Struct("<32sI")


BATCH_BYTES = 8 * 1024 * 1024


class ListedFile(NamedTuple):
    """A stored picture: its SHA-256 and its size."""

    digest: bytes
    size_bytes: int


class Page(NamedTuple):
    """A list's content and the SHA-256 by which it is named."""

    digest: bytes
    content: bytes


def sealed_list(content: bytes) -> Page:
    """``content`` with its digest."""
    return Page(hashlib.sha256(content).digest(), content)


def file_entry(digest: bytes, size_bytes: int) -> bytes:
    """One picture as pages have it."""
    return _FILE.pack(digest, size_bytes)


def cut_pages(chunks: Iterable[bytes]) -> Iterator[Page]:
    """Entries (sorted, 40 bytes each; ``chunks`` of whole ones) as pages of 256 on average.

    A page ends behind a digest whose last byte is 0, so that a picture more or less changes one page only.
    """
    page = bytearray()
    for chunk in chunks:
        start = 0
        for end in range(FILE_ENTRY_BYTES, len(chunk) + 1, FILE_ENTRY_BYTES):
            full = len(page) + end - start >= MOST_PER_PAGE * FILE_ENTRY_BYTES
            if full or chunk[end - FILE_ENTRY_BYTES + DIGEST_BYTES - 1] == 0:
                yield sealed_list(bytes(page) + chunk[start:end])
                page.clear()
                start = end
        page += chunk[start:]
    if page:
        yield sealed_list(bytes(page))


def list_of_pages(pages: Iterable[tuple[bytes, int]]) -> Page:
    """The list of pages, from their digests and numbers of pictures."""
    return sealed_list(b"".join(_PAGE.pack(digest, count) for digest, count in pages))


def decode_list_of_pages(content: bytes) -> list[bytes]:
    """The pages' digests in order. Raises BackupDamaged."""
    return [digest for digest, _ in _unpacked(_PAGE, content)]


def decode_page(content: bytes) -> Iterator[ListedFile]:
    """The pictures of a page. Raises BackupDamaged."""
    for digest, size in _unpacked(_FILE, content):
        yield ListedFile(digest, size)


def decode_digests(content: bytes) -> list[bytes]:
    """The digests in a list of extents or pieces. Raises BackupDamaged."""
    if len(content) % DIGEST_BYTES:
        raise damaged("A list has a broken entry.")
    return [content[start : start + DIGEST_BYTES] for start in range(0, len(content), DIGEST_BYTES)]


def _unpacked(form: struct.Struct, content: bytes) -> Iterator[tuple[bytes, int]]:
    if len(content) % form.size:
        raise damaged("A list has a broken entry.")
    yield from form.iter_unpack(content)


def in_batches(files: Iterable[ListedFile]) -> Iterator[list[ListedFile]]:
    """``files`` in their order, as many at a time as have BATCH_BYTES together; a larger one comes alone."""
    batch: list[ListedFile] = []
    size = 0
    for file in files:
        if batch and size + file.size_bytes > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size_bytes
    if batch:
        yield batch
