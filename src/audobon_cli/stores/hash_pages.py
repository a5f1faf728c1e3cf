"""Hashes for likeness, packed for scanning: a million of them are read and compared in milliseconds.

Row ``page`` holds the hashes of the assets numbered ``page * 1024`` and on, 8 bytes each, little-endian;
0 stands for none.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from audobon_cli.stores import asset_sql as sql
from audobon_cli.stores.database import Statements

if TYPE_CHECKING:
    import numpy

PAGE_LENGTH = 1024
_EMPTY = bytes(8 * PAGE_LENGTH)


def write_hashes(statements: Statements, hashes: Mapping[int, int]) -> None:
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


def read_hashes(statements: Statements) -> "tuple[numpy.ndarray, numpy.ndarray]":
    """The numbers of the assets that have a hash, and their hashes (uint64), in order of number."""
    import numpy as np

    rows = statements.rows(sql.HASH_PAGES)
    hashes = np.frombuffer(b"".join(content for _, content in rows), dtype="<u8")
    first = np.array([page for page, _ in rows], dtype=np.int64) * PAGE_LENGTH
    numbers = (first[:, None] + np.arange(PAGE_LENGTH)).reshape(-1)
    held = hashes != 0
    return numbers[held], hashes[held]
