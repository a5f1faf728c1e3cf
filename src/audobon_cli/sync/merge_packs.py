"""Many small packs and indexes of a place into few, so that a pull or clone of many pushes needs few requests.

**No object is ever without a copy**, however many processes merge at once, are killed or stand still: a pack is
deleted only while each of its objects is found in a *greater* one (by size, then by name), and those that may be
deleted are copied whole, whoever else has a copy. So the greatest pack with an object stays. Who reads by a catalogue
of before finds a pack gone, and looks again. Indexes only tell what packs' own trailers tell, too.
"""

from collections import defaultdict
from collections.abc import Iterable

from audobon_cli.backup.repository import index
from audobon_cli.backup.repository.catalogue import Catalogue, StoredPack
from audobon_cli.backup.repository.cleanup import discard
from audobon_cli.backup.repository.crypto import ObjectId, RecordKind
from audobon_cli.backup.repository.packs import TARGET_BYTES, pack_key
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.backup.repository.whole_objects import put_whole
from audobon_cli.domain.errors import BackupDamaged, RemoteObjectMissing, RemoteObjectShort, RemoteRefused

SMALL_BYTES = TARGET_BYTES // 4
SMALL_INDEX_BYTES = index.MOST_ENTRIES * 21 // 4
"""A quarter of a full one, 21 bytes to an entry."""
MOST_ALIKE = 8
"""So many small packs of one tier stay, and so many small indexes."""
TIER = 3
"""Packs of a tier differ in size by less than 2 to this power: each byte is copied once a tier, not once a merge."""


def is_due(catalogue: Catalogue) -> bool:
    """Whether there are so many small packs or indexes that merging them is worth it."""
    return bool(_chosen(catalogue)) or len(_small_indexes(catalogue)) > MOST_ALIKE


def merge_packs(repository: Repository) -> int:
    """Merge small packs and small indexes; how many objects there are fewer. Kill it at any moment.

    Nothing is deleted where the place does not let this account delete. Raises what a Remote raises.
    """
    catalogue = repository.catalogue()
    chosen = [pack for pack in _chosen(catalogue) if not _is_covered(catalogue, pack)]
    if len(chosen) > 1:
        _copy(repository, catalogue, chosen)
        catalogue = repository.catalogue()
    gone = set()
    for pack in catalogue.packs.values():
        if pack.stat.size_bytes < SMALL_BYTES and _is_covered(catalogue, pack):
            try:
                repository.remote.delete(pack.stat.key, pack.stat.version)
            except RemoteRefused:
                break
            gone.add(pack.contents.name)
    return len(gone) + _merge_indexes(repository, catalogue, gone)


def _chosen(catalogue: Catalogue) -> list[StoredPack]:
    """The small packs of files, or of all else, down from the greatest tier that has too many."""
    kinds: dict[bool, dict[int, list[StoredPack]]] = defaultdict(lambda: defaultdict(list))
    for _, pack in sorted(catalogue.packs.items()):
        if pack.stat.size_bytes < SMALL_BYTES and pack.contents.count:
            is_of_files = next(pack.contents.entries()).kind is RecordKind.FILE
            kinds[is_of_files][pack.stat.size_bytes.bit_length() // TIER].append(pack)
    chosen: list[StoredPack] = []
    for tiers in kinds.values():
        full = max((tier for tier, packs in tiers.items() if len(packs) > MOST_ALIKE), default=-1)
        chosen += [pack for tier, packs in sorted(tiers.items()) if tier <= full for pack in packs]
    return chosen


def _is_covered(catalogue: Catalogue, pack: StoredPack) -> bool:
    """Whether greater packs have all of its objects. The catalogue finds an object in the greatest with it."""
    own = (pack.stat.size_bytes, pack.contents.name)
    for entry in pack.contents.entries():
        location = catalogue.find(entry.id)
        if location is None or (catalogue.sizes[location.pack], location.pack) <= own:
            return False
    return True


def _copy(repository: Repository, catalogue: Catalogue, packs: Iterable[StoredPack]) -> None:
    """Put all that is in ``packs`` into new ones. A damaged pack is left as it is."""
    with repository.writer(catalogue) as writer:
        copied: set[ObjectId] = set()
        for pack in packs:
            try:
                content = memoryview(repository.remote.get(pack_key(pack.contents.name)))
                records = []
                for entry in pack.contents.entries():
                    sealed = bytes(content[entry.offset : entry.offset + entry.length])
                    repository.keys.open(entry.kind, sealed, entry.id)
                    records.append((entry, sealed))
            except (BackupDamaged, RemoteObjectMissing, RemoteObjectShort):
                continue
            for entry, sealed in records:
                if entry.id not in copied:
                    copied.add(entry.id)
                    writer.add_sealed(entry.kind, entry.id, sealed)
        writer.flush()


def _small_indexes(catalogue: Catalogue) -> list[str]:
    return [key for key, stat in sorted(catalogue.indexes.items()) if stat.size_bytes < SMALL_INDEX_BYTES]


def _merge_indexes(repository: Repository, catalogue: Catalogue, gone: set[str]) -> int:
    """Put one index in the place of small ones, without the packs that are ``gone``; how many fewer there are."""
    remote, keys = repository.remote, repository.keys
    small = _small_indexes(catalogue)
    if len(small) <= MOST_ALIKE and not gone:
        return 0
    named: set[str] = set()
    for key in small:
        try:
            packs = index.decode_index(keys.open(RecordKind.INDEX, remote.get(key)))
            named.update(contents.name for contents in packs)
        except (BackupDamaged, RemoteObjectMissing):
            continue
    kept = sorted((named & catalogue.packs.keys()) - gone)
    fresh = set()
    for name, sealed in index.sealed_indexes(keys, (catalogue.packs[one].contents for one in kept)):
        put_whole(remote, index.PREFIX + name, sealed)
        fresh.add(index.PREFIX + name)
    deleted = [discard(remote, key) for key in small if key not in fresh]
    return deleted.count(True) - len(fresh - set(small))
