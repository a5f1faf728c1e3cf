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
from audobon_cli.domain.errors import BackupDamaged, RemoteObjectMissing
from audobon_cli.domain.foreign.json_fields import as_document, read_document, text
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
        packs = _opened(keys, stat.key, content)
        found.append(Mark(stat.key.removeprefix(PREFIX), packs, stat.modified))
    return tuple(found)


def _opened(keys: Keys, key: str, content: bytes) -> dict[str, str]:
    """The packs of a mark, and the versions that they had. Raises BackupDamaged."""
    try:
        named = as_document(read_document(keys.open(RecordKind.MARK, content)).get("packs"))
        return {name: text(named, name) for name in named}
    except (ValueError, BackupDamaged) as error:
        raise BackupDamaged(
            f"The mark {key} makes no sense: {error}.",
            hint="`audobon backup repair --drop-damaged` removes it; nothing is deleted by a mark that is damaged",
            object=key,
        ) from error


def unreadable_marks(remote: Remote, keys: Keys) -> tuple[tuple[str, str], ...]:
    """Keys and versions of marks that are damaged."""
    found = []
    for stat in list(remote.list(PREFIX)):
        try:
            _opened(keys, stat.key, remote.get(stat.key))
        except RemoteObjectMissing:
            continue
        except BackupDamaged:
            found.append((stat.key, stat.version))
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
