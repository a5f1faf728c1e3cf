"""Marks: packs that will be deleted. Whoever writes a backup treats a marked pack as gone already.

A mark is never taken back. docs/backup-format.md says why that makes pruning safe beside writers, whatever the
clocks do.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from audobon_cli.backup.repository.cleanup import discard
from audobon_cli.backup.repository.crypto import Keys, RecordKind
from audobon_cli.backup.repository.documents import as_document, read_document, text
from audobon_cli.backup.repository.problems import damaged
from audobon_cli.domain.errors import RemoteObjectMissing
from audobon_cli.remotes.base import Remote

PREFIX = "marks/"


@dataclass(frozen=True, slots=True)
class Mark:
    """``packs`` with the versions that they had; ``since`` by the remote's clock."""

    name: str
    packs: dict[str, str]
    since: datetime


def read_marks(remote: Remote, keys: Keys) -> tuple[Mark, ...]:
    """All marks. Raises BackupDamaged."""
    found = []
    for stat in list(remote.list(PREFIX)):
        try:
            content = remote.get(stat.key)
        except RemoteObjectMissing:  # its packs are deleted, and so is it
            continue
        try:
            named = as_document(read_document(keys.open(RecordKind.MARK, content)).get("packs"))
            packs = {name: text(named, name) for name in named}
        except ValueError as error:
            raise damaged(f"The mark {stat.key} makes no sense: {error}.", object=stat.key) from error
        found.append(Mark(stat.key.removeprefix(PREFIX), packs, stat.modified))
    return tuple(found)


def put_mark(remote: Remote, keys: Keys, packs: Mapping[str, str]) -> str:
    """Mark ``packs`` (names and versions); the mark's name. From now on nobody relies on them."""
    content = json.dumps({"packs": dict(sorted(packs.items())), "salt": secrets.token_hex(8)}).encode()
    sealed = keys.seal(RecordKind.MARK, content)
    name = keys.name(sealed)
    remote.put(PREFIX + name, sealed)
    return name


def drop_mark(remote: Remote, mark: Mark) -> None:
    """Remove a mark; only when its packs are deleted."""
    discard(remote, PREFIX + mark.name)
