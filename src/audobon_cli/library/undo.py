"""Taking back the last command that arranged, trashed or restored assets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import UncommittedChanges, VersionNotFound
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import from_row
from audobon_cli.library.store.undo_steps import MOST_ASSETS, StepAsset, assets_of_step
from audobon_cli.library.store.writer import AssetChanges
from audobon_cli.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class UndoStep:
    """A command that can be taken back.

    ``operation`` is the newest operation of the history that came before it; ``assets`` are those that it changed, as
    they are now, at most SHOWN of them.
    """

    number: int
    time: datetime
    what: str
    count: int
    operation: int
    assets: tuple[Asset, ...]


SHOWN = 5


def last_step(library: Library) -> UndoStep | None:
    """The newest command that was not taken back; None without one."""
    with library.database.read() as statements:
        row = statements.row(sql.LAST_UNDO_STEP)
        if row is None:
            return None
        changed = assets_of_step(statements, row[0])[:SHOWN]
        assets = tuple(asset for one in changed if (asset := _asset(statements, one)[0]) is not None)
    return UndoStep(row[0], datetime.fromtimestamp(row[1] / 1e6, UTC), row[2], row[3], row[4], assets)


def undo_step(library: Library, step: UndoStep) -> list[Asset]:
    """Take a step back, all of it or nothing; the assets as they are then.

    Raises UncommittedChanges when one of them was changed or purged since, VersionNotFound when the step is gone or
    was too large to be kept.
    """
    with library.database.transaction() as statements:
        changes = AssetChanges(statements)
        changed = assets_of_step(statements, step.number)
        if not changed:
            raise VersionNotFound(
                f"`{step.what}` changed {step.count} assets; steps of more than {MOST_ASSETS} are not kept.",
                hint="`audobon version restore --all` goes back to the last commit",
            )
        _require_unchanged(statements, changed)
        for one in changed:
            asset, _ = _asset(statements, one)
            assert asset is not None
            if "trashed_at" in one.before:
                moment = one.before["trashed_at"]
                changes.restore(one.asset) if moment is None else changes.trash(one.asset, moment)
            else:
                changes.update(_with(asset, one.before))
        statements.run(sql.DROP_UNDO_STEP, step.number)
        changes.finish()
        return [asset for one in changed if (asset := _asset(statements, one)[0]) is not None]


def _require_unchanged(statements: Transaction, changed: Sequence[StepAsset]) -> None:
    moved = []
    for one in changed:
        asset, trashed_at = _asset(statements, one)
        if "trashed_at" in one.after:
            same = asset is not None and trashed_at == one.after["trashed_at"]
        else:
            same = asset is not None and trashed_at is None and asset == _with(asset, one.after)
        if not same:
            moved.append(one.asset)
    if moved:
        raise UncommittedChanges(
            f"{len(moved)} of the assets have changed since, or are gone.",
            hint=f"`audobon assets show {moved[0]}` shows one as it is now",
            assets=moved[:20],
        )


def _asset(statements: Transaction, one: StepAsset) -> tuple[Asset | None, int | None]:
    for query in (sql.BY_ID, sql.TRASHED_WHOLE_ID):
        row = statements.row(query, one.asset)
        if row is not None:
            moment = statements.row(sql.TRASHED_AT, one.asset)
            return from_row(row), moment[0] if moment else None
    return None, None


def _with(asset: Asset, values: dict[str, Any]) -> Asset:
    found: dict[str, Any] = {name: tuple(v) if name == "tags" else v for name, v in values.items()}
    return replace(asset, **found)
