"""The roster: which recovery points, indexes and keys there should be, so that one that vanished is missed.

Objects under roster/ each hold names that were written (``named``) and names that were removed on purpose
(``removed``). What there should be is all that is named anywhere and removed nowhere. Whoever writes one first reads
those that are there, takes over what they say, and removes them afterwards: two writers at once lose nothing.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from audobon_cli.backup.repository.cleanup import discard
from audobon_cli.backup.repository.crypto import Keys, RecordKind
from audobon_cli.backup.repository.whole_objects import put_whole
from audobon_cli.domain.errors import BackupDamaged, RemoteObjectMissing, RemoteObjectShort
from audobon_cli.domain.foreign.json_fields import read_document, texts
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.keys import is_key

PREFIX = "roster/"
WATCHED = ("points/", "index/", "keys/")
MOST_REMOVED = 2000
"""Removed names are remembered for so many removals, for the sake of a writer that has read an old roster."""


@dataclass(frozen=True, slots=True)
class Roster:
    """What should be there. ``missing`` are keys that are not; ``sources`` the objects that say so, of which those
    in ``damaged`` cannot be read."""

    named: frozenset[str]
    removed: tuple[str, ...]
    missing: tuple[str, ...]
    sources: tuple[str, ...]
    damaged: tuple[str, ...] = ()


def read_roster(remote: Remote, keys: Keys) -> Roster:
    """The roster, held against what is there."""
    named: set[str] = set()
    removed: dict[str, None] = {}
    damaged: list[str] = []
    stats = list(remote.list(PREFIX))
    for stat in stats:
        try:
            data = read_document(keys.open(RecordKind.ROSTER, remote.get(stat.key)))
            says_named, says_removed = _keys_in(data, "named"), _keys_in(data, "removed")
        except RemoteObjectMissing:  # merged into another one at this moment
            continue
        except (BackupDamaged, RemoteObjectShort, ValueError):
            damaged.append(stat.key)
            continue
        named |= set(says_named)
        removed |= dict.fromkeys(says_removed)
    named -= removed.keys()
    there = {stat.key for prefix in WATCHED for stat in remote.list(prefix)}
    missing = [key for key in named - there if remote.stat(key) is None]
    return Roster(
        frozenset(named), tuple(removed), tuple(sorted(missing)), tuple(s.key for s in stats), tuple(damaged)
    )


def _keys_in(data: dict[str, Any], name: str) -> tuple[str, ...]:
    found = texts(data, name)
    for key in found:
        if not is_key(key):
            raise ValueError(f"{key!r} is no key")
    return found


def write_roster(
    remote: Remote, keys: Keys, removed: Collection[str] = (), forgive: bool = False, mend: bool = False
) -> None:
    """Note what is there now, and what was removed on purpose; before it is removed, or just after.

    What was missing before stays missing, unless ``forgive``. With ``mend`` rosters that cannot be read go: what they
    alone would have missed is no longer missed.
    """
    before = read_roster(remote, keys)
    gone = dict.fromkeys((*before.removed, *removed, *(before.missing if forgive else ())))
    there = {stat.key for prefix in WATCHED for stat in remote.list(prefix)}
    named = (before.named | there) - gone.keys()
    content = {"named": sorted(named), "removed": list(gone)[-MOST_REMOVED:]}
    sealed = keys.seal(RecordKind.ROSTER, json.dumps(content, separators=(",", ":")).encode())
    key = PREFIX + keys.name(sealed)
    put_whole(remote, key, sealed)
    for source in before.sources:
        if source != key and (forgive or mend or source not in before.damaged):
            discard(remote, source)
