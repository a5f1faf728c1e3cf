"""Hashes for likeness, packed for scanning: a million of them are read and compared in milliseconds.

Row ``page`` holds the hashes of the assets numbered ``page * 1024`` and on, 8 bytes each, little-endian;
0 stands for none.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from audobon_cli.library.store import sql as sql
from audobon_cli.storage.transaction import Transaction

if TYPE_CHECKING:
    import numpy

PAGE_LENGTH = 1024
_EMPTY = bytes(8 * PAGE_LENGTH)


def write_hashes(statements: Transaction, hashes: Mapping[int, int]) -> None:
    """Write the hash (a signed 64-bit number) of each asset by its number."""
    pages: dict[int, dict[int, int]] = defaultdict(dict)
    for number, value in hashes.items():
        page, place = divmod(number, PAGE_LENGTH)
        pages[page][place] = value
    for page, values in pages.items():
        row = statements.row(sql.HASH_PAGE, page)
        content = bytearray(row[0] if row is not None else _EMPTY)
        for place, value in values.items():
            content[8 * place : 8 * place + 8] = value.to_bytes(8, "little", signed=True)
        statements.run(sql.WRITE_HASH_PAGE, page, bytes(content))


def read_hashes(statements: Transaction) -> "tuple[numpy.ndarray, numpy.ndarray]":
    """The numbers of the assets that have a hash, and their hashes (uint64), in order of number."""
    import numpy as np

    rows = statements.rows(sql.HASH_PAGES)
    hashes = np.frombuffer(b"".join(content for _, content in rows), dtype="<u8")
    first = np.array([page for page, _ in rows], dtype=np.int64) * PAGE_LENGTH
    numbers = (first[:, None] + np.arange(PAGE_LENGTH)).reshape(-1)
    held = hashes != 0
    return numbers[held], hashes[held]


def nearest(statements: Transaction, dhash: int, bits: int, limit: int) -> list[tuple[int, int]]:
    """The numbers of up to ``limit`` assets whose hash differs in at most ``bits`` bits, nearest first."""
    import numpy as np

    rows = statements.rows(sql.HASH_PAGES)
    hashes = np.frombuffer(b"".join(content for _, content in rows), dtype="<u8")
    distances = np.bitwise_count(hashes ^ np.uint64(dhash))
    within = np.flatnonzero(distances <= bits)
    within = within[hashes[within] != 0]
    order = within[np.argsort(distances[within], kind="stable")][:limit]
    return [
        (rows[i // PAGE_LENGTH][0] * PAGE_LENGTH + int(i % PAGE_LENGTH), int(distances[i])) for i in order
    ]


def pairs(statements: Transaction, bits: int) -> list[tuple[int, int]]:
    """Pairs of assets whose hashes differ in at most ``bits`` (0 to 3) bits.

    Of four quarters of such hashes at least one is equal, so only those that share a quarter are compared:
    a bucket of n costs n^2 / 2 comparisons (a million random hashes: 30 M in all).
    """
    import numpy as np

    numbers, hashes = read_hashes(statements)
    found: list[tuple[int, int]] = []
    order = np.argsort(hashes, kind="stable")
    numbers, hashes = numbers[order], hashes[order]
    equal = np.flatnonzero(hashes[1:] == hashes[:-1])
    found += [(int(numbers[i]), int(numbers[i + 1])) for i in equal]
    if bits:
        first = np.concatenate(([True], hashes[1:] != hashes[:-1])) if len(hashes) else np.zeros(0, bool)
        numbers, hashes = numbers[first], hashes[first]
        for quarter in range(4):
            keys = (hashes >> np.uint64(16 * quarter)) & np.uint64(0xFFFF)
            order = np.argsort(keys, kind="stable")
            found += _within_buckets(keys[order], numbers[order], hashes[order], bits)
    return found


def _within_buckets(
    keys: "numpy.ndarray", numbers: "numpy.ndarray", hashes: "numpy.ndarray", bits: int
) -> list[tuple[int, int]]:
    """Near pairs among neighbours with equal keys, by comparing at growing offsets until no bucket is so long."""
    import numpy as np

    found: list[tuple[int, int]] = []
    for offset in range(1, len(keys)):
        same = np.flatnonzero(keys[offset:] == keys[:-offset])
        if not len(same):
            break
        near = same[np.bitwise_count(hashes[same] ^ hashes[same + offset]) <= bits]
        found += [(int(numbers[i]), int(numbers[i + offset])) for i in near]
    return found
