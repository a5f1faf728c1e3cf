"""The operation log, and taking operations back."""

from dataclasses import dataclass
from datetime import UTC, datetime

from audobon_cli.domain.errors import UncommittedChanges, VersionNotFound
from audobon_cli.domain.units import plural
from audobon_cli.history.model.commits import CommitId
from audobon_cli.history.model.records import ObjectHash
from audobon_cli.history.model.tree import differences, find
from audobon_cli.history.store.asset_records import apply_records
from audobon_cli.history.store.objects import UNDO
from audobon_cli.history.worktree import History, operation, reading
from audobon_cli.library.store.library import Library


@dataclass(frozen=True, slots=True)
class LoggedOperation:
    """Something that a `version` command did. ``undone`` says that it was taken back since."""

    number: int
    time: datetime
    command: str
    undone: bool


def operations(library: Library, limit: int = 50) -> list[LoggedOperation]:
    """The operation log, newest first."""
    with reading(library) as history:
        undone = history.rows.undone_operations()
        return [
            LoggedOperation(number, datetime.fromtimestamp(time, UTC), command, number in undone)
            for number, time, command, _ in history.rows.operations(limit)
        ]


def undo(library: Library, now: datetime | None = None) -> LoggedOperation:
    """Take back the newest operation that is not taken back yet: refs, state and the library's assets.

    Undoing goes back step by step; the log keeps both the operation and the undo. Raises VersionNotFound when
    nothing is left, UncommittedChanges when assets that it would change have changed since.
    """
    with reading(library) as history:
        chosen = history.rows.current_operation()
    if chosen is None:
        raise VersionNotFound("There is nothing to undo.", hint="`audobon version undo --list` shows the log")
    number, time, command, states = chosen
    with operation(library, f"{UNDO} {number}", now) as history:
        before, after = states["before"], states["after"]
        old, new = (ObjectHash(bytes.fromhex(states[side]["tree"])) for side in ("before", "after"))
        _require_untouched(history, old, new)
        candidates = {found.asset for found in differences(history.rows.content, history.tree, new)}
        heads = history.tree
        for name in {*before["refs"], *after["refs"]}:
            if before["refs"].get(name) != after["refs"].get(name):
                target = before["refs"].get(name)
                history.rows.set_ref(name, None if target is None else CommitId(target))
        for key, value in before["state"].items():
            history.rows.set_state(key, value)
        history.forget_changes()
        found = list(differences(history.rows.content, new, old))
        apply_records(history.statements, {one.asset: history.rows.record(one.after) for one in found})
        candidates |= {one.asset for one in found}
        candidates |= {one.asset for one in differences(history.rows.content, heads, history.tree)}
        history.recheck(candidates)
    return LoggedOperation(number, datetime.fromtimestamp(time, UTC), command, undone=True)


def _require_untouched(history: History, old: ObjectHash, new: ObjectHash) -> None:
    """Raise unless every asset that differs between the trees is in the library as in the newer one."""
    touched = {found.asset for found in differences(history.rows.content, old, new)}
    now = history.store(history.changes())
    moved = [
        asset
        for asset in touched
        if find(history.rows.content, now, asset) != find(history.rows.content, new, asset)
    ]
    if moved:
        raise UncommittedChanges(
            f"Undoing would lose later changes to {plural(len(moved), 'asset')}.",
            hint="commit first, or put the changes aside with `audobon version stash`",
            assets=moved[:20],
        )
