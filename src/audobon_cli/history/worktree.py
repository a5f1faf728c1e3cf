"""Where a library's history stands: the commit it is at, what has changed since, and how it is moved."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import UncommittedChanges, VersionState
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.units import plural
from audobon_cli.history.model.commits import Commit, CommitId
from audobon_cli.history.model.records import (
    ObjectHash,
    Record,
    RecordChange,
    blob_of,
    changed_fields,
    classify,
    object_hash,
    record_bytes,
)
from audobon_cli.history.model.tree import NOTHING, Changes, differences, find, with_changes
from audobon_cli.history.store.asset_records import apply_records, read_records
from audobon_cli.history.store.objects import BRANCH, HistoryRows
from audobon_cli.library.store.library import Library
from audobon_cli.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class AssetChange:
    """An asset that differs between two states, with its records there (None: it is not)."""

    asset: AssetId
    change: RecordChange
    fields: tuple[str, ...]
    before: Record | None
    after: Record | None

    @property
    def name(self) -> str:
        """The asset's name, the newer one if it has two."""
        record = self.after or self.before or {}
        return str(record.get("name", ""))


def asset_change(asset: AssetId, before: Record | None, after: Record | None) -> AssetChange:
    """The change between two different records."""
    fields = changed_fields(before, after) if before is not None and after is not None else ()
    return AssetChange(asset, classify(before, after), fields, before, after)


class History:
    """A library's history within one transaction or read. Times are UTC in whole seconds."""

    def __init__(self, statements: Transaction, now: datetime | None = None) -> None:
        self.statements = statements
        self.rows = HistoryRows(statements)
        self.now = (now or datetime.now(UTC)).replace(microsecond=0)
        self._changes: list[AssetChange] | None = None

    @property
    def branch(self) -> str | None:
        """The branch that commits go to; None when the library stands at a commit of no branch."""
        return self.rows.state("branch")

    @property
    def head(self) -> CommitId | None:
        """The commit that the library is at; None before the first one."""
        branch = self.branch
        if branch is not None:
            return self.rows.refs().get(BRANCH + branch)
        detached = self.rows.state("detached")
        return None if detached is None else CommitId(detached)

    @property
    def tree(self) -> ObjectHash:
        """The tree of the commit that the library is at."""
        head = self.head
        return NOTHING if head is None else self.rows.commit(head).tree

    def forget_changes(self) -> None:
        """Look again for what has changed."""
        self._changes = None

    def set_head(self, commit: CommitId | None) -> None:
        """Move the branch (or, on none, the library's place) to a commit; see `recheck` for what follows."""
        self.forget_changes()
        branch = self.branch
        if branch is not None:
            self.rows.set_ref(BRANCH + branch, commit)
        else:
            self.rows.set_state("detached", commit)

    def changes(self) -> list[AssetChange]:
        """What differs between the library and the commit that it is at, by asset id.

        Looked up once; `forget_changes` after anything that moves the library or its commit.
        """
        if self._changes is None:
            self._changes = self._find_changes()
        return self._changes

    def _find_changes(self) -> list[AssetChange]:
        candidates = self.rows.changed()
        tree, found = self.tree, []
        for asset, now in read_records(self.statements, candidates).items():
            before = self.rows.record(find(self.rows.content, tree, asset))
            if before != now and (before is None or now is None or record_bytes(before) != record_bytes(now)):
                found.append(asset_change(asset, before, now))
        return found

    def store(self, changes: Iterable[AssetChange]) -> ObjectHash:
        """The tree of the library as it is now, stored with its records; ``changes`` is what `changes` gave."""
        objects: dict[ObjectHash, bytes] = {}
        wanted: dict[AssetId, ObjectHash | None] = {}
        for change in changes:
            wanted[change.asset] = self.add_record(objects, change.after)
        return self.store_tree(self.tree, wanted, objects)

    def add_record(self, objects: dict[ObjectHash, bytes], record: Record | None) -> ObjectHash | None:
        """Put a record among ``objects`` to be stored; its name."""
        if record is None:
            return None
        content = record_bytes(record)
        name = object_hash(content)
        objects[name] = content
        self.rows.add_blobs([blob_of(record)])
        return name

    def store_tree(
        self, tree: ObjectHash, changes: Changes, records: Mapping[ObjectHash, bytes]
    ) -> ObjectHash:
        """The tree after ``changes``, stored together with their records."""
        new = with_changes(self.rows.content, tree, changes)
        self.rows.add({**records, **new.nodes})
        return new.root

    def differences(self, before: ObjectHash, after: ObjectHash) -> Iterator[AssetChange]:
        """What differs between two trees."""
        for found in differences(self.rows.content, before, after):
            yield asset_change(found.asset, self.rows.record(found.before), self.rows.record(found.after))

    def add_commit(
        self, tree: ObjectHash, parents: Iterable[CommitId | None], author: str, message: str
    ) -> CommitId:
        """Store a commit made now; None among the parents stands for no commit.

        The author becomes one line without angle brackets, so that git can have it too.
        """
        known = tuple(parent for parent in parents if parent is not None)
        plain = " ".join(author.translate({ord(mark): " " for mark in "<>"}).split()) or "unknown"
        return self.rows.add_commit(Commit(tree, known, plain, self.now, message.strip()))

    def move_library(self, before: ObjectHash, after: ObjectHash) -> int:
        """Make the library's assets those of another tree, given the one they are at; how many changed.

        Costs in proportion to what differs. Set the head first: what then differs from it counts as changed.
        """
        moved = {
            found.asset: self.rows.record(found.after)
            for found in differences(self.rows.content, before, after)
        }
        apply_records(self.statements, moved)
        self.recheck(moved)
        return len(moved)

    def recheck(self, assets: Iterable[AssetId]) -> None:
        """Find out anew which of ``assets``, and of those changed before, differ from the commit."""
        self.rows.set_changed({*self.rows.changed(), *assets})
        self.forget_changes()
        self.rows.set_changed(change.asset for change in self.changes())

    def require_clean(self, doing: str) -> None:
        """Raise UncommittedChanges unless the library is as its commit says."""
        changes = self.changes()
        if changes:
            raise UncommittedChanges(
                f"{doing[0].upper()}{doing[1:]} would lose what has changed since the last commit: "
                f"{plural(len(changes), 'asset')}.",
                hint="commit them (`audobon version commit -m TEXT`), or put them aside with --stash",
                assets=[change.asset for change in changes[:20]],
            )

    def require_no_merge(self) -> None:
        """Raise VersionState while a merge waits for decisions."""
        if self.rows.state("merge") is not None:
            raise VersionState(
                "A merge is waiting for its conflicts to be resolved.",
                hint="`audobon version conflicts` shows them; `audobon version merge --abort` gives up the merge",
            )


@contextlib.contextmanager
def reading(library: Library) -> Iterator[History]:
    """The history at one moment."""
    with library.database.read() as statements:
        yield History(statements)


@contextlib.contextmanager
def operation(library: Library, command: str, now: datetime | None = None) -> Iterator[History]:
    """A change of the history and the library in one transaction, noted in the operation log.

    What is noted is enough to undo it: refs and state as they were, and the library's tree before and after.
    """
    with library.database.transaction() as statements:
        history = History(statements, now)
        before = _snapshot(history)
        yield history
        after = _snapshot(history)
        if (
            after["refs"] != before["refs"]
            or after["state"] != before["state"]
            or after["tree"] != before["tree"]
        ):
            history.rows.log_operation(
                int(history.now.timestamp()), command, {"before": before, "after": after}
            )


def _snapshot(history: History) -> dict[str, Any]:
    """Refs, state and the library's own tree (its records stored if the operation is to be undone)."""
    state = {key: history.rows.state(key) for key in ("branch", "detached", "merge")}
    tree = history.store(history.changes())
    return {"refs": dict(history.rows.refs()), "state": state, "tree": tree.hex()}
