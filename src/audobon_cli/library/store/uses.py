"""Where assets are used: in other assets that are made of them, and in folders that they were exported to.

An asset uses what it is derived from, and a sheet what is part of it, while it is not in the trash: that follows from
relations, which have always been recorded. Exports are recorded since format 14.
"""

from collections.abc import Iterable
from datetime import datetime

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import DiskFull, LibraryBusy, LibraryReadOnly
from audobon_cli.domain.ids import AssetId
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import COLUMN_NAMES, from_row, microseconds, moment
from audobon_cli.library.store.search.uses import DERIVED, PART

_COLUMNS = ", ".join(f"s.{name}" for name in COLUMN_NAMES)
_USERS = (
    f"SELECT {_COLUMNS} FROM assets a CROSS JOIN relations r ON r.target = a.number AND r.kind = '{DERIVED}'"
    " CROSS JOIN assets s ON s.number = r.source WHERE a.id = ?1 AND s.trashed_at IS NULL"
    f" UNION SELECT {_COLUMNS} FROM assets a CROSS JOIN relations r ON r.source = a.number AND r.kind = '{PART}'"
    " CROSS JOIN assets s ON s.number = r.target WHERE a.id = ?1 AND s.trashed_at IS NULL"
)
_EXPORTS = "SELECT folder, time FROM exports WHERE asset = ? ORDER BY time DESC"
_NOTE = "INSERT OR REPLACE INTO exports (asset, folder, time) VALUES (?, ?, ?)"


@dataclass(frozen=True, slots=True)
class AssetExport:
    """A folder that an asset was exported to, and when last (UTC)."""

    folder: str
    time: datetime


@dataclass(frozen=True, slots=True)
class AssetUses:
    """The living assets that use one, oldest first, and the folders that it was exported to, the last first."""

    assets: tuple[Asset, ...] = ()
    exports: tuple[AssetExport, ...] = ()

    def to_dict(self) -> dict[str, list[dict[str, str]]]:
        """As commands and the HTTP interface tell it."""
        return {
            "assets": [{"id": one.id, "name": one.name, "kind": one.kind.value} for one in self.assets],
            "exports": [{"folder": one.folder, "time": one.time.isoformat()} for one in self.exports],
        }


def uses_of(library: Library, asset: AssetId) -> AssetUses:
    """Where ``asset`` is used."""
    with library.database.read() as statements:
        users = [from_row(row) for row in statements.rows(_USERS, asset)]
        exports = statements.rows(_EXPORTS, asset)
    users.sort(key=lambda one: (one.created, one.id))
    return AssetUses(tuple(users), tuple(AssetExport(folder, moment(time)) for folder, time in exports))


def note_exports(library: Library, assets: Iterable[AssetId], folder: str, now: datetime) -> None:
    """Note that assets were exported to ``folder``; an export does not fail because that cannot be noted."""
    noted = list(dict.fromkeys(assets))
    if library.read_only or not noted:
        return
    try:
        # A power cut may lose the note, but not the files.
        with library.database.transaction(durable=False) as statements:
            for asset in noted:
                statements.run(_NOTE, asset, folder, microseconds(now))
    except (LibraryReadOnly, LibraryBusy, DiskFull):
        return
