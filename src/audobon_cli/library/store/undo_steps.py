"""What one transaction arranges and trashes, as `audobon undo` takes it back."""

import json
import time
from dataclasses import field
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.ids import AssetId
from audobon_cli.library.store import sql as sql
from audobon_cli.storage.transaction import Transaction

FIELDS = ("name", "category", "tags", "note", "rating", "protected")
"""What of an asset is arranged; that it is in the trash is ``trashed_at``."""
MOST_ASSETS = 10_000
"""A step that changes more assets is known, but cannot be taken back."""
KEPT = 100
"""Steps that are kept."""


@dataclass(frozen=True, slots=True)
class StepAsset:
    """What a step changed of one asset."""

    asset: AssetId
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(slots=True)
class UndoRecorder:
    """Gathers the changes of a transaction, and writes them as one step at its end."""

    what: str
    _changes: dict[AssetId, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)

    def updated(self, before: Asset, after: Asset) -> None:
        """An asset was given other values."""
        changed = [name for name in FIELDS if getattr(before, name) != getattr(after, name)]
        if changed:
            old, new = ({name: getattr(one, name) for name in changed} for one in (before, after))
            self._changes[before.id] = (old, new)

    def trashed(self, asset: AssetId, before: int | None, after: int | None) -> None:
        """An asset went into the trash at ``after``, or came out where it had been since ``before``."""
        self._changes[asset] = ({"trashed_at": before}, {"trashed_at": after})

    def write(self, statements: Transaction) -> None:
        """Write the step, unless nothing was changed, and drop the oldest ones."""
        if not self._changes:
            return
        statements.run(sql.ADD_UNDO_STEP, time.time_ns() // 1000, self.what, len(self._changes))
        step = statements.last_number
        if len(self._changes) <= MOST_ASSETS:
            for asset, (before, after) in self._changes.items():
                statements.run(sql.ADD_UNDO_ASSET, step, asset, json.dumps(before), json.dumps(after))
        statements.run(sql.DROP_OLD_UNDO_STEPS, step - KEPT)


def assets_of_step(statements: Transaction, step: int) -> list[StepAsset]:
    """What the step changed; nothing for one of more than MOST_ASSETS."""
    rows = statements.rows(sql.UNDO_ASSETS, step)
    return [StepAsset(AssetId(row[0]), json.loads(row[1]), json.loads(row[2])) for row in rows]
