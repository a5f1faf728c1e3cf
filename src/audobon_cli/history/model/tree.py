"""Trees of records: a root of 64 groups of 64 shards, each shard a sorted list of assets and record hashes.

An asset's shard is given by the hash of its id, so a change rewrites one shard, one group and the root, and equal
subtrees of two trees are known by equal hashes. Formats in docs/history-format.md.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.ids import ASSET_ID_LENGTH, AssetId
from audobon_cli.history.model.records import ObjectHash, object_hash

FAN_OUT = 64
"""Groups of a root, and shards of a group: 4,096 shards in all, some 250 assets each at a million."""

HASH_BYTES = 32
NOTHING = ObjectHash(bytes(HASH_BYTES))
"""Stands for an empty subtree; no object has this name."""

ENTRY_BYTES = ASSET_ID_LENGTH + HASH_BYTES

ReadObject = Callable[[ObjectHash], bytes]
"""The canonical bytes of the object of a name."""

Changes = Mapping[AssetId, ObjectHash | None]
"""Assets and their new records; None for an asset that is gone."""


@dataclass(frozen=True, slots=True)
class NewTree:
    """A tree after changes: its root, and the nodes it has that may be new."""

    root: ObjectHash
    nodes: Mapping[ObjectHash, bytes]


@dataclass(frozen=True, slots=True)
class RecordDifference:
    """An asset whose record differs between two trees; None where a tree has none."""

    asset: AssetId
    before: ObjectHash | None
    after: ObjectHash | None


def place(asset: AssetId) -> tuple[int, int]:
    """The group and the shard of an asset: the first two 6-bit numbers of its id's SHA-256."""
    first, second = hashlib.sha256(asset.encode()).digest()[:2]
    return first >> 2, (first & 3) << 4 | second >> 4


def with_changes(read: ReadObject, root: ObjectHash, changes: Changes) -> NewTree:
    """The tree ``root`` after ``changes``."""
    nodes: dict[ObjectHash, bytes] = {}
    by_group: dict[int, dict[int, dict[AssetId, ObjectHash | None]]] = {}
    for asset, record in changes.items():
        group, shard = place(asset)
        by_group.setdefault(group, {}).setdefault(shard, {})[asset] = record
    groups = _children(read, root)
    for group, by_shard in by_group.items():
        shards = _children(read, groups[group])
        for shard, wanted in by_shard.items():
            entries = dict(_entries(read, shards[shard]))
            for asset, record in wanted.items():
                if record is None:
                    entries.pop(asset, None)
                else:
                    entries[asset] = record
            content = b"".join(asset.encode() + entries[asset] for asset in sorted(entries))
            shards[shard] = _add(nodes, content)
        groups[group] = _add(nodes, _joined(shards))
    return NewTree(_add(nodes, _joined(groups)) if changes else root, nodes)


def differences(read: ReadObject, before: ObjectHash, after: ObjectHash) -> Iterator[RecordDifference]:
    """Where two trees differ, in the order of shards. Equal subtrees are not looked at."""
    if before == after:
        return
    for old_group, new_group in zip(_children(read, before), _children(read, after), strict=True):
        if old_group == new_group:
            continue
        for old_shard, new_shard in zip(_children(read, old_group), _children(read, new_group), strict=True):
            if old_shard == new_shard:
                continue
            old, new = dict(_entries(read, old_shard)), dict(_entries(read, new_shard))
            for asset in sorted(old.keys() | new.keys()):
                if old.get(asset) != new.get(asset):
                    yield RecordDifference(asset, old.get(asset), new.get(asset))


def find(read: ReadObject, root: ObjectHash, asset: AssetId) -> ObjectHash | None:
    """The record of an asset in a tree, or None."""
    group, shard = place(asset)
    return dict(_entries(read, _children(read, _children(read, root)[group])[shard])).get(asset)


def entries(read: ReadObject, root: ObjectHash) -> Iterator[tuple[AssetId, ObjectHash]]:
    """Every asset of a tree with its record."""
    for group in _children(read, root):
        for shard in _children(read, group):
            yield from _entries(read, shard)


def parts(read: ReadObject, root: ObjectHash, seen: set[ObjectHash]) -> Iterator[ObjectHash]:
    """The names of every node and record from ``root`` down that is not in ``seen``, which it adds them to."""
    if _first_time(root, seen):
        yield root
        for group in _children(read, root):
            if _first_time(group, seen):
                yield group
                for shard in _children(read, group):
                    if _first_time(shard, seen):
                        yield shard
                        for _, record in _entries(read, shard):
                            if _first_time(record, seen):
                                yield record


def new_parts(read: ReadObject, before: ObjectHash, after: ObjectHash) -> Iterator[tuple[ObjectHash, bool]]:
    """The nodes and records of ``after`` that ``before`` has not at the same place, and whether each is a record.

    A whole comes before its parts. Costs in proportion to what differs.
    """
    if after in (before, NOTHING):
        return
    yield after, False
    for old_group, group in zip(_children(read, before), _children(read, after), strict=True):
        if group in (old_group, NOTHING):
            continue
        yield group, False
        for old_shard, shard in zip(_children(read, old_group), _children(read, group), strict=True):
            if shard in (old_shard, NOTHING):
                continue
            yield shard, False
            old = dict(_entries(read, old_shard))
            for asset, record in _entries(read, shard):
                if old.get(asset) != record:
                    yield record, True


def children(content: bytes, is_shard: bool) -> list[ObjectHash]:
    """What a root or group names, or a shard: nodes that are not empty, or records. Raises ValueError."""
    if is_shard:
        return [record for _, record in _entries(lambda _: content, object_hash(content))]
    return [child for child in _children(lambda _: content, object_hash(content)) if child != NOTHING]


def count(read: ReadObject, root: ObjectHash) -> int:
    """How many assets a tree has."""
    return sum(1 for _ in entries(read, root))


def _children(read: ReadObject, node: ObjectHash) -> list[ObjectHash]:
    if node == NOTHING:
        return [NOTHING] * FAN_OUT
    content = read(node)
    if len(content) != FAN_OUT * HASH_BYTES:
        raise ValueError(f"a tree node has {len(content)} bytes")
    return [ObjectHash(content[at : at + HASH_BYTES]) for at in range(0, len(content), HASH_BYTES)]


def _entries(read: ReadObject, shard: ObjectHash) -> Iterator[tuple[AssetId, ObjectHash]]:
    if shard == NOTHING:
        return
    content = read(shard)
    if len(content) % ENTRY_BYTES:
        raise ValueError(f"a shard has {len(content)} bytes")
    for at in range(0, len(content), ENTRY_BYTES):
        middle = at + ASSET_ID_LENGTH
        yield AssetId(content[at:middle].decode()), ObjectHash(content[middle : at + ENTRY_BYTES])


def _first_time(name: ObjectHash, seen: set[ObjectHash]) -> bool:
    if name == NOTHING or name in seen:
        return False
    seen.add(name)
    return True


def _joined(children: list[ObjectHash]) -> bytes:
    """A node of ``children``, or nothing when there are none."""
    return b"" if all(child == NOTHING for child in children) else b"".join(children)


def _add(nodes: dict[ObjectHash, bytes], content: bytes) -> ObjectHash:
    if not content:
        return NOTHING
    name = object_hash(content)
    nodes[name] = content
    return name
