"""Commits: a tree with its parents, and who made it, when and why."""

import json
from datetime import UTC, datetime
from typing import NewType

from audobon_cli.dataclass import dataclass
from audobon_cli.history.model.records import ObjectHash, canonical

CommitId = NewType("CommitId", str)
"""Lower-case SHA-256 hex digest of a commit's canonical bytes."""

SHOWN_CHARACTERS = 10
"""How much of a commit's id people see."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One state of the library. ``time`` is UTC in whole seconds; the first parent is the branch's own line."""

    tree: ObjectHash
    parents: tuple[CommitId, ...]
    author: str
    time: datetime
    message: str

    def to_bytes(self) -> bytes:
        """Canonical bytes, whose hash is the commit's id."""
        return canonical(
            {
                "author": self.author,
                "message": self.message,
                "parents": list(self.parents),
                "time": int(self.time.timestamp()),
                "tree": self.tree.hex(),
            }
        )

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.strip().split("\n", 1)[0]


def commit_from(content: bytes) -> Commit:
    """The inverse of `Commit.to_bytes`. Raises ValueError for what is no commit."""
    try:
        data = json.loads(content)
        return Commit(
            ObjectHash(bytes.fromhex(data["tree"])),
            tuple(CommitId(parent) for parent in data["parents"]),
            str(data["author"]),
            datetime.fromtimestamp(data["time"], UTC),
            str(data["message"]),
        )
    except (KeyError, TypeError, UnicodeDecodeError) as error:
        raise ValueError(f"not a commit: {error}") from error


def short(commit: CommitId) -> str:
    """A commit's id as people see it."""
    return commit[:SHOWN_CHARACTERS]
