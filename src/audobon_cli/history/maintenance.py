"""Checking a library's history, and removing what nothing refers to any more."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from audobon_cli.domain.errors import HistoryDamaged
from audobon_cli.domain.ids import BlobId
from audobon_cli.history.model.commits import CommitId
from audobon_cli.history.model.graph import ancestors
from audobon_cli.history.model.records import ObjectHash, blob_of, record_from
from audobon_cli.history.model.tree import NOTHING, entries, parts
from audobon_cli.history.store.objects import unpacked
from audobon_cli.history.worktree import History, reading
from audobon_cli.library.store.library import Library

DAY_SECONDS = 86_400

KEPT_DAYS = 90
"""How long the operation log keeps what only it refers to."""


@dataclass(frozen=True, slots=True)
class HistoryGcReport:
    """What was removed, or would be."""

    objects: int
    commits: int
    blobs_released: int
    """Files that history no longer names; `assets prune` removes those that nothing else names either."""
    dry_run: bool


@dataclass(frozen=True, slots=True)
class HistoryVerifyReport:
    """What was looked at, and what is wrong."""

    commits: int
    objects: int
    problems: tuple[str, ...]

    def error(self) -> HistoryDamaged | None:
        """What a command must end with, or None."""
        if not self.problems:
            return None
        return HistoryDamaged(
            f"The library's history is damaged: {self.problems[0]}.",
            hint="restore audobon.db from a backup; the assets themselves are checked by `audobon assets verify`",
            problems=list(self.problems),
        )


def gc(
    library: Library, keep_days: int = KEPT_DAYS, dry_run: bool = False, now: datetime | None = None
) -> HistoryGcReport:
    """Remove objects and commits that no branch, tag, stash, waiting merge or recent operation reaches.

    Reads the whole history: seconds for each 100,000 assets.
    """
    with library.database.transaction() as statements:
        history = History(statements, now)
        rows = history.rows
        oldest = int(history.now.timestamp()) - keep_days * DAY_SECONDS  # may lie before the calendar
        if not dry_run:
            rows.forget_operations_until(oldest)
        commits, trees = _roots(history, oldest)
        reached = _reached(history, commits)
        objects: set[ObjectHash] = set()
        for tree in {*trees, *(rows.commit(name).tree for name in reached)}:
            deque(parts(rows.content, tree, objects), maxlen=0)  # fills `objects`
        blobs = {blob_of(record_from(rows.content(name))) for name in _records(history, reached, trees)}
        dead_objects = [name for name, _ in rows.all_objects() if name not in objects]
        dead_commits = [name for name in rows.all_commits() if name not in reached]
        released = {BlobId(row[0]) for row in statements.rows("SELECT blob FROM history_blobs")} - blobs
        if not dry_run:
            rows.remove(dead_objects, dead_commits)
            rows.replace_blobs(blobs)
        return HistoryGcReport(len(dead_objects), len(dead_commits), len(released), dry_run)


def verify(library: Library) -> HistoryVerifyReport:
    """Read the whole history: every object is what its name says, and everything that is referred to is there.

    Also holds the library's assets against the commit it is at, so that no change can hide.
    """
    with reading(library) as history:
        rows, objects = history.rows, 0
        problems: list[str] = []
        seen: set[ObjectHash] = set()
        for name, stored in rows.all_objects():
            objects += 1
            try:
                unpacked(stored, name)
            except HistoryDamaged as error:
                problems.append(_fact(error))
        commits = rows.all_commits()
        named = {*rows.refs().values(), *commits}
        for commit in sorted(named):
            try:
                tree = rows.commit(commit).tree
                for part in parts(rows.content, tree, seen):
                    rows.content(part)
            except (HistoryDamaged, ValueError) as error:
                problems.append(_fact(error))
        if not problems:
            problems += _hidden_changes(history)
        return HistoryVerifyReport(len(commits), objects, tuple(dict.fromkeys(problems)))


def _roots(history: History, oldest: int) -> tuple[set[CommitId], set[ObjectHash]]:
    """The commits and trees that are kept for their own sake."""
    rows = history.rows
    commits = set(rows.refs().values())
    trees: set[ObjectHash] = set()
    if history.head is not None:
        commits.add(history.head)
    for _, time, _, states in rows.operations(1_000_000):
        if time > oldest:
            for state in (states["before"], states["after"]):
                commits.update(CommitId(name) for name in state["refs"].values())
                trees.add(ObjectHash(bytes.fromhex(state["tree"])))
                if state["state"]["detached"] is not None:
                    commits.add(CommitId(state["state"]["detached"]))
    return commits, trees - {NOTHING}


def _reached(history: History, commits: set[CommitId]) -> set[CommitId]:
    reached: set[CommitId] = set()
    for name in commits:
        if name not in reached:
            reached.update(found for found, _ in ancestors(history.rows.commit, name))
    return reached


def _records(history: History, commits: set[CommitId], trees: set[ObjectHash]) -> Iterator[ObjectHash]:
    """Every record of the commits and trees, once."""
    seen: set[ObjectHash] = set()
    for tree in {*trees, *(history.rows.commit(name).tree for name in commits)}:
        for _, record in entries(history.rows.content, tree):
            if record not in seen:
                seen.add(record)
                yield record


def _hidden_changes(history: History) -> list[str]:
    noted = set(history.rows.changed())
    living = {row[0] for row in history.statements.rows("SELECT id FROM assets WHERE trashed_at IS NULL")}
    committed = {asset for asset, _ in entries(history.rows.content, history.tree)}
    hidden = (living ^ committed) - noted
    return [f"the asset {asset} differs from its commit unnoticed" for asset in sorted(hidden)[:20]]


def _fact(error: Exception) -> str:
    return str(error).removeprefix("The library's history is damaged: ").rstrip(".")
