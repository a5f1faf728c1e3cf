"""The last change of a library, of whatever kind, and taking it back."""

from dataclasses import dataclass
from datetime import datetime

from audobon_cli.domain.errors import VersionNotFound
from audobon_cli.history.undo import LoggedOperation, undo
from audobon_cli.history.worktree import reading
from audobon_cli.library.store.library import Library
from audobon_cli.library.undo import UndoStep, last_step, undo_step


@dataclass(frozen=True, slots=True)
class LastChange:
    """What `audobon undo` would take back: a command that arranged or trashed assets, or a `version` command."""

    command: str
    time: datetime
    count: int
    names: tuple[str, ...]
    what: UndoStep | LoggedOperation


def last_change(library: Library) -> LastChange:
    """The newest change that was not taken back. Raises VersionNotFound when there is none."""
    step = last_step(library)
    with reading(library) as history:
        found = history.rows.current_operation()
    if found is not None and (step is None or found[0] > step.operation):
        operation = LoggedOperation(
            found[0], datetime.fromtimestamp(found[1]).astimezone(), found[2], undone=False
        )
        return LastChange(f"version {operation.command}", operation.time, 0, (), operation)
    if step is None:
        raise VersionNotFound(
            "There is nothing to undo.",
            hint="what was made is undone by `audobon assets trash`; see `audobon assets list`",
        )
    names = tuple(asset.name for asset in step.assets)
    return LastChange(f"assets {step.what}", step.time, step.count, names, step)


def undo_last(library: Library, change: LastChange) -> int:
    """Take ``change`` back; how many assets that was about, 0 for what a `version` command did.

    Raises UncommittedChanges when what it changed has changed since, VersionNotFound when it is gone.
    """
    if isinstance(change.what, UndoStep):
        return len(undo_step(library, change.what))
    undo(library)
    return 0
