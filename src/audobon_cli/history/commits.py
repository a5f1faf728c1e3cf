"""Committing, and looking at commits."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.text import plain
from audobon_cli.domain.ids import AssetId
from audobon_cli.history.merge import pending_merge
from audobon_cli.history.model.commits import Commit, CommitId
from audobon_cli.history.model.graph import ancestors
from audobon_cli.history.model.tree import NOTHING, count, find
from audobon_cli.history.revisions import find_commit
from audobon_cli.history.worktree import AssetChange, History, asset_change, operation, reading
from audobon_cli.library.store.library import Library


@dataclass(frozen=True, slots=True)
class Status:
    """Where the library stands. ``conflicts`` counts those of a merge that waits."""

    branch: str | None
    head: CommitId | None
    changes: tuple[AssetChange, ...]
    merging: CommitId | None
    conflicts: int


@dataclass(frozen=True, slots=True)
class LoggedCommit:
    """A commit as the log shows it, with the refs that point at it."""

    id: CommitId
    commit: Commit
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CommitMade:
    """A new commit, or None where there was nothing to commit."""

    id: CommitId | None
    branch: str | None
    changes: tuple[AssetChange, ...]


@dataclass(frozen=True, slots=True)
class CommitDetails:
    """A commit, what it changed against its first parent, and how many assets it has."""

    logged: LoggedCommit
    changes: tuple[AssetChange, ...]
    assets: int


def status(library: Library) -> Status:
    """What has changed since the last commit, and where the library stands."""
    with reading(library) as history:
        merge = pending_merge(history)
        open_conflicts = 0 if merge is None else len(merge.open)
        theirs = None if merge is None else merge.theirs
        return Status(history.branch, history.head, tuple(history.changes()), theirs, open_conflicts)


def commit(library: Library, message: str, author: str, now: datetime | None = None) -> CommitMade:
    """Record the library as it is. Milliseconds for few changes, whatever the size of the library.

    Raises InvalidInput for an empty message, VersionState while a merge waits.
    """
    if not message.strip():
        raise InvalidInput("A commit needs a message.", hint='say what changed: -m "the cast in flat style"')
    if plain(message) != message:
        raise InvalidInput(
            "The message is not valid UTF-8, or holds a NUL.", hint="check the terminal's encoding"
        )
    with operation(library, "commit", now) as history:
        history.require_no_merge()
        return commit_changes(history, message, author)


def commit_changes(history: History, message: str, author: str) -> CommitMade:
    """Commit within an operation that is under way."""
    changes = tuple(history.changes())
    if not changes:
        history.rows.set_changed(())
        return CommitMade(None, history.branch, ())
    name = history.add_commit(history.store(changes), [history.head], author, message)
    history.set_head(name)
    history.rows.set_changed(())
    return CommitMade(name, history.branch, changes)


def log(
    library: Library, start: str = "HEAD", limit: int = 50, asset: AssetId | None = None
) -> list[LoggedCommit]:
    """Commits from ``start`` on, newest first; with ``asset``, those that changed it.

    Empty before the first commit. Raises VersionNotFound.
    """
    with reading(library) as history:
        if history.head is None and start == "HEAD":
            return []
        rows, found = history.rows, ancestors(history.rows.commit, find_commit(history, start))
        refs: dict[CommitId, list[str]] = {}
        for name, target in rows.refs().items():
            refs.setdefault(target, []).append(name)
        wanted = (
            LoggedCommit(name, commit, tuple(refs.get(name, ())))
            for name, commit in found
            if asset is None or _touched(history, commit, asset)
        )
        return list(islice(wanted, limit))


def show(library: Library, revision: str) -> CommitDetails:
    """A commit and its changes. Raises VersionNotFound."""
    with reading(library) as history:
        name = find_commit(history, revision)
        commit = history.rows.commit(name)
        before = history.rows.commit(commit.parents[0]).tree if commit.parents else NOTHING
        refs = tuple(ref for ref, target in history.rows.refs().items() if target == name)
        changes = tuple(history.differences(before, commit.tree))
        return CommitDetails(
            LoggedCommit(name, commit, refs), changes, count(history.rows.content, commit.tree)
        )


def diff(library: Library, before: str | None = None, after: str | None = None) -> tuple[AssetChange, ...]:
    """What differs between two commits; without ``after`` between one and the library as it is.

    Raises VersionNotFound.
    """
    with reading(library) as history:
        if before is None and after is None:
            return tuple(history.changes())
        start = history.rows.commit(find_commit(history, before or "HEAD")).tree
        if after is not None:
            return tuple(history.differences(start, history.rows.commit(find_commit(history, after)).tree))
        own = {change.asset: change for change in history.changes()}
        committed = {change.asset: change for change in history.differences(start, history.tree)}
        return tuple(_joined(committed.get(asset), own.get(asset)) for asset in sorted({*own, *committed}))


def _joined(first: AssetChange | None, second: AssetChange | None) -> AssetChange:
    """Two changes of one asset, one after the other, as one. At least one is given."""
    if first is None or second is None:
        one = first or second
        assert one is not None
        return one
    return asset_change(first.asset, first.before, second.after)


def _touched(history: History, commit: Commit, asset: AssetId) -> bool:
    content = history.rows.content
    own = find(content, commit.tree, asset)
    parents: Sequence[CommitId] = commit.parents
    if not parents:
        return own is not None
    return all(find(content, history.rows.commit(parent).tree, asset) != own for parent in parents)
