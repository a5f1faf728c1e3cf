"""Which assets are used, as queries ask for it: ``used:sheet``, ``used:never``, ``used-in:NAME``."""

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.ids import AssetId
from audobon_cli.storage.transaction import Transaction

DERIVED, PART = "derived-from", "part-of-sheet"
NEVER, ANY, EXPORT = "never", "any", "export"
USES = (NEVER, ANY, EXPORT, *(kind.value for kind in AssetKind))
"""What ``used:`` may be: not at all, in anything, in an exported folder, in an asset of a kind."""

_OF_KIND = (
    f"SELECT r.target FROM relations r CROSS JOIN assets s ON s.number = r.source WHERE r.kind = '{DERIVED}'"
    " AND s.trashed_at IS NULL AND (?1 = '' OR s.kind = ?1)"
    f" UNION SELECT r.source FROM relations r CROSS JOIN assets s ON s.number = r.target WHERE r.kind = '{PART}'"
    " AND s.trashed_at IS NULL AND (?1 = '' OR s.kind = ?1)"
)
_EXPORTED = "SELECT DISTINCT a.number FROM exports e CROSS JOIN assets a ON a.id = e.asset"
_IN = (
    "SELECT r.target FROM assets s CROSS JOIN relations r ON r.source = s.number"
    f" WHERE s.id = ?1 AND r.kind = '{DERIVED}'"
    " UNION SELECT r.source FROM assets s CROSS JOIN relations r ON r.target = s.number"
    f" WHERE s.id = ?1 AND r.kind = '{PART}'"
)


def used_numbers(statements: Transaction, use: str) -> frozenset[int]:
    """The row numbers of the assets that are used so: ANY, EXPORT or a kind; of the trash, too. Reads all relations
    (for ANY and kinds) or all notes of exports: 0.1 s for 100,000."""
    found: set[int] = set()
    if use != EXPORT:
        found.update(row[0] for row in statements.rows(_OF_KIND, "" if use == ANY else use))
    if use in (ANY, EXPORT):
        found.update(row[0] for row in statements.rows(_EXPORTED))
    return frozenset(found)


def numbers_used_in(statements: Transaction, asset: AssetId) -> frozenset[int]:
    """The row numbers of what the asset is made of."""
    return frozenset(row[0] for row in statements.rows(_IN, asset))
