"""Which assets are touched by lost pictures."""

from collections.abc import Sequence

from audobon_cli.storage.transaction import Transaction

Touched = tuple[tuple[str, tuple[str, ...]], ...]
"""Blobs, each with the ids of the assets that show it."""


def touched_assets(statements: Transaction, lost: Sequence[bytes]) -> Touched:
    """The assets in the database of a recovery point whose pictures are ``lost``; trash included."""
    found = []
    for digest in sorted(lost):
        rows = statements.rows("SELECT id FROM assets WHERE blob = ? ORDER BY created", digest.hex())
        found.append((digest.hex(), tuple(str(row[0]) for row in rows)))
    return tuple(found)
