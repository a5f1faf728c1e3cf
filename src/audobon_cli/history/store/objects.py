"""Objects, commits and refs of a library's history, as rows."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from audobon_cli.domain.errors import BranchProtected, HistoryDamaged
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.history.model.commits import Commit, CommitId, commit_from
from audobon_cli.history.model.graph import is_ancestor
from audobon_cli.history.model.records import ObjectHash, Record, object_hash, record_from
from audobon_cli.storage.transaction import Transaction

RAW, DEFLATED = b"\0", b"\1"
"""First byte of a stored object: what follows is the content, or its zlib stream."""

SMALLEST_DEFLATED = 200
"""Shorter contents gain nothing from compression."""

BRANCH, TAG, STASH, REMOTE = "branch/", "tag/", "stash/", "remote/"
"""What the names of refs begin with."""

PROTECTED = "protected/"
"""What the keys of the state begin with that say, by branch, whether it is protected: YES, NO, or nothing said."""
YES, NO = "yes", "no"

UNDO = "undo"
"""The command of an operation that took back another is this word and the other's number."""
_UNDONE = (
    f"SELECT CAST(substr(command, {len(UNDO) + 2}) AS INTEGER) FROM history_operations "
    f"WHERE command LIKE '{UNDO} %'"
)


class HistoryRows:
    """The history tables as seen by one transaction or read.

    Objects are looked up by hash and remembered, so that walking a tree twice reads it once.
    """

    def __init__(self, statements: Transaction) -> None:
        self._statements = statements
        self._contents: dict[ObjectHash, bytes] = {}
        self._commits: dict[CommitId, Commit] = {}

    def content(self, name: ObjectHash) -> bytes:
        """The canonical bytes of an object. Raises HistoryDamaged when it is missing or not what its name says."""
        known = self._contents.get(name)
        if known is not None:
            return known
        row = self._statements.row("SELECT content FROM history_objects WHERE hash = ?", name)
        if row is None:
            raise damaged(f"the object {name.hex()[:12]} is missing")
        content = unpacked(row[0], name)
        self._contents[name] = content
        return content

    def record(self, name: ObjectHash | None) -> Record | None:
        """The record of a name; None for None."""
        return None if name is None else record_from(self.content(name))

    def add(self, objects: Mapping[ObjectHash, bytes]) -> None:
        """Store objects; those that are there stay as they are."""
        for name in sorted(objects):
            self._statements.run(
                "INSERT OR IGNORE INTO history_objects VALUES (?, ?)", name, packed(objects[name])
            )
        self._contents.update(objects)

    def add_blobs(self, blobs: Iterable[BlobId]) -> None:
        """Note blobs that history names, so that nothing removes them."""
        for blob in set(blobs):
            self._statements.run("INSERT OR IGNORE INTO history_blobs VALUES (?)", blob)

    def add_commit(self, commit: Commit) -> CommitId:
        """Store a commit; its id."""
        content = commit.to_bytes()
        name = CommitId(object_hash(content).hex())
        self._statements.run("INSERT OR IGNORE INTO history_commits VALUES (?, ?)", name, content)
        self._commits[name] = commit
        return name

    def commit(self, name: CommitId) -> Commit:
        """The commit of an id. Raises HistoryDamaged."""
        if name not in self._commits:
            row = self._statements.row("SELECT content FROM history_commits WHERE id = ?", name)
            if row is None:
                raise damaged(f"the commit {name[:12]} is missing")
            if object_hash(row[0]).hex() != name:
                raise damaged(f"the commit {name[:12]} is not what its id says")
            self._commits[name] = commit_from(row[0])
        return self._commits[name]

    def commits_beginning(self, prefix: str, limit: int = 10) -> list[CommitId]:
        """Ids of commits that begin with ``prefix``."""
        rows = self._statements.rows(
            "SELECT id FROM history_commits WHERE id >= ? AND id < ? LIMIT ?", prefix, prefix + "g", limit
        )
        return [CommitId(row[0]) for row in rows]

    def refs(self, beginning: str = "") -> dict[str, CommitId]:
        """Every ref whose name begins so, by whole name, in alphabetical order."""
        rows = self._statements.rows("SELECT name, commit_id FROM history_refs ORDER BY name")
        return {name: CommitId(commit) for name, commit in rows if name.startswith(beginning)}

    def set_ref(self, name: str, commit: CommitId | None) -> None:
        """Point a ref at a commit; None removes it. Raises BranchProtected unless a protected branch goes forward."""
        if name.startswith(BRANCH):
            self._require_forward(name.removeprefix(BRANCH), commit)
        if commit is None:
            self._statements.run("DELETE FROM history_refs WHERE name = ?", name)
        else:
            self._statements.run("INSERT OR REPLACE INTO history_refs VALUES (?, ?)", name, commit)

    def protections(self) -> dict[str, bool]:
        """Whether each branch is protected of which that was ever said."""
        rows = self._statements.rows("SELECT key, value FROM history_state ORDER BY key")
        return {key.removeprefix(PROTECTED): value == YES for key, value in rows if key.startswith(PROTECTED)}

    def set_protection(self, branch: str, protected: bool | None) -> None:
        """Protect a branch, or no longer; None: as if nothing had ever been said of it."""
        self.set_state(PROTECTED + branch, None if protected is None else YES if protected else NO)

    def _require_forward(self, branch: str, commit: CommitId | None) -> None:
        if self.state(PROTECTED + branch) != YES:
            return
        row = self._statements.row("SELECT commit_id FROM history_refs WHERE name = ?", BRANCH + branch)
        now = None if row is None else CommitId(row[0])
        if now is None or (commit is not None and is_ancestor(self.commit, now, commit)):
            return
        what = "removed or renamed" if commit is None else "moved away from its commits"
        raise BranchProtected(
            f"The branch {branch} is protected: it cannot be {what}.",
            hint=f"`audobon version unprotect {branch}` takes the protection away",
            branch=branch,
        )

    def state(self, key: str) -> str | None:
        """A value of the history's state: ``branch``, ``detached``, ``merge``."""
        row = self._statements.row("SELECT value FROM history_state WHERE key = ?", key)
        return None if row is None else str(row[0])

    def set_state(self, key: str, value: str | None) -> None:
        """Set a value of the state; None removes it."""
        if value is None:
            self._statements.run("DELETE FROM history_state WHERE key = ?", key)
        else:
            self._statements.run("INSERT OR REPLACE INTO history_state VALUES (?, ?)", key, value)

    def changed(self) -> list[AssetId]:
        """Assets that may differ from the last commit."""
        return [
            AssetId(row[0])
            for row in self._statements.rows("SELECT asset FROM history_changed ORDER BY asset")
        ]

    def set_changed(self, assets: Iterable[AssetId]) -> None:
        """Make these the assets that may differ from the last commit."""
        self._statements.run("DELETE FROM history_changed")
        for asset in assets:
            self._statements.run("INSERT OR IGNORE INTO history_changed VALUES (?)", asset)

    def log_operation(self, time: int, command: str, undo: Mapping[str, Any]) -> None:
        """Append to the operation log."""
        self._statements.run(
            "INSERT INTO history_operations (time, command, undo) VALUES (?, ?, ?)",
            time,
            command,
            json.dumps(undo),
        )

    def operations(self, limit: int) -> list[tuple[int, int, str, dict[str, Any]]]:
        """The newest operations first: number, time in seconds since 1970, command, and what undoes it."""
        rows = self._statements.rows(
            "SELECT number, time, command, undo FROM history_operations ORDER BY number DESC LIMIT ?", limit
        )
        return [(row[0], row[1], row[2], json.loads(row[3])) for row in rows]

    def undone_operations(self) -> set[int]:
        """The numbers of the operations that were taken back."""
        return {int(row[0]) for row in self._statements.rows(_UNDONE)}

    def current_operation(self) -> tuple[int, int, str, dict[str, Any]] | None:
        """The newest operation that is no undo and was not taken back, as `operations` gives it."""
        row = self._statements.row(
            f"SELECT number, time, command, undo FROM history_operations WHERE command NOT LIKE '{UNDO} %' "
            f"AND number NOT IN ({_UNDONE}) ORDER BY number DESC LIMIT 1"
        )
        return None if row is None else (row[0], row[1], row[2], json.loads(row[3]))

    def forget_operations_until(self, time: int) -> None:
        """Drop operations up to a time from the log."""
        self._statements.run("DELETE FROM history_operations WHERE time <= ?", time)

    def all_objects(self) -> Iterator[tuple[ObjectHash, bytes]]:
        """Every stored object, packed as it lies, in the order of names."""
        last = b""
        while rows := self._statements.rows(
            "SELECT hash, content FROM history_objects WHERE hash > ? ORDER BY hash LIMIT 1000", last
        ):
            for name, content in rows:
                yield ObjectHash(name), content
            last = rows[-1][0]

    def all_commits(self) -> list[CommitId]:
        """Every stored commit."""
        return [CommitId(row[0]) for row in self._statements.rows("SELECT id FROM history_commits")]

    def remove(self, objects: Iterable[ObjectHash], commits: Iterable[CommitId]) -> None:
        """Delete objects and commits."""
        for name in objects:
            self._statements.run("DELETE FROM history_objects WHERE hash = ?", name)
        for commit in commits:
            self._statements.run("DELETE FROM history_commits WHERE id = ?", commit)

    def replace_blobs(self, blobs: Iterable[BlobId]) -> None:
        """Make these the blobs that history names."""
        self._statements.run("DELETE FROM history_blobs")
        self.add_blobs(blobs)


def packed(content: bytes) -> bytes:
    """How a content is stored: deflated when that is shorter."""
    if len(content) >= SMALLEST_DEFLATED:
        deflated = zlib.compress(content, 1)
        if len(deflated) < len(content):
            return DEFLATED + deflated
    return RAW + content


def unpacked(stored: bytes, name: ObjectHash) -> bytes:
    """The inverse of ``packed``. Raises HistoryDamaged unless the content is what ``name`` says."""
    try:
        content = zlib.decompress(stored[1:]) if stored[:1] == DEFLATED else stored[1:]
    except zlib.error as error:
        raise damaged(f"the object {name.hex()[:12]} cannot be unpacked: {error}") from error
    if object_hash(content) != name:
        raise damaged(f"the object {name.hex()[:12]} is not what its name says")
    return content


def damaged(fact: str) -> HistoryDamaged:
    """The error for history that does not hold together."""
    return HistoryDamaged(
        f"The library's history is damaged: {fact}.",
        hint="run `audobon version verify`; the assets themselves are not touched",
    )
