"""Which assets are touched by lost pictures."""

from collections.abc import Sequence
from pathlib import Path

from audobon_cli.storage.copies import open_copy

Touched = tuple[tuple[str, tuple[str, ...]], ...]
"""Blobs, each with the ids of the assets that show it."""


def touched_assets(database: Path, lost: Sequence[bytes]) -> Touched:
    """The assets, by the database of a recovery point at ``database``, whose pictures are ``lost``; trash included."""
    if not lost:
        return ()
    found = []
    with open_copy(database) as statements:
        for digest in sorted(lost):
            rows = statements.rows("SELECT id FROM assets WHERE blob = ? ORDER BY created", digest.hex())
            found.append((digest.hex(), tuple(str(row[0]) for row in rows)))
    return tuple(found)
