"""A backup repository, opened: its keys, what it holds, and its recovery points."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from audobon_cli.backup.repository import config as configuration
from audobon_cli.backup.repository import key_slots
from audobon_cli.backup.repository.catalogue import Catalogue, in_parallel, load_catalogue
from audobon_cli.backup.repository.crypto import Keys, RecordKind, public_keys
from audobon_cli.backup.repository.key_slots import MASTER_BYTES, UnlockSecret
from audobon_cli.backup.repository.lease import PROBES
from audobon_cli.backup.repository.object_reader import ObjectReader
from audobon_cli.backup.repository.pack_writer import Counter, PackWriter
from audobon_cli.backup.repository.problems import Problem, damaged
from audobon_cli.backup.repository.recovery_point import RecoveryPoint, decode_point, encode_point
from audobon_cli.backup.repository.unlock_keys import read_keys
from audobon_cli.domain.errors import (
    AudobonError,
    BackupDamaged,
    BackupExists,
    RemoteObjectMissing,
    RemoteObjectShort,
)
from audobon_cli.remotes.base import ObjectStat, Remote

POINTS = "points/"
INTENTS = "intents/"
RESERVE = "reserve"
RESERVE_BYTES = 16 * 1024 * 1024
"""Deleted by a prune that finds the destination full: room for one pack, its index and a mark."""


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """A recovery point at the destination, under its name there."""

    name: str
    point: RecoveryPoint
    stat: ObjectStat


@dataclass(frozen=True)
class Repository:
    """An opened repository. ``uploads`` is how many packs are sent at once; ``reserve`` says that space is set aside
    for working on a full disk."""

    remote: Remote
    config: configuration.Config
    keys: Keys
    uploads: int = 1
    reserve: bool = False

    @classmethod
    def create(
        cls, remote: Remote, secret: UnlockSecret | None, label: str = "", reserve: bool = False
    ) -> "Repository":
        """Make a repository where none is; without a ``secret`` one that is not encrypted. Raises BackupExists.

        Of several processes at once one makes it, and it opens with what that one was given. The key comes before the
        configuration, which is created once and for all: it alone decides. A key of who was late or was killed opens
        nothing.
        """
        others = (one for one in remote.list() if not one.key.startswith((key_slots.PREFIX, PROBES)))
        found = next(others, None)
        if found is not None:
            raise BackupExists(
                f"{remote.address} is not empty: it holds {found.key}.",
                hint="name an empty place; a repository that is there already needs no init",
                address=remote.address,
            )
        leftovers = list(remote.list(key_slots.PREFIX))
        made, slot = configuration.new_config(secret is not None), ""
        if secret is None:
            keys = public_keys(made.repository)
        else:
            keys = Keys(made.repository, secrets.token_bytes(MASTER_BYTES))
            name, wrapped = key_slots.wrap(keys.master, made.repository, secret, label)
            slot = key_slots.PREFIX + name
            remote.put(slot, wrapped)
        encoded = configuration.encode_config(made)
        if not remote.put(configuration.KEY, encoded) and remote.get(configuration.KEY) != encoded:
            if slot:
                remote.delete(slot)
            raise BackupExists(
                f"Another process made a repository at {remote.address} at this moment.",
                hint="use that one, or name another place",
                address=remote.address,
            )
        for leftover in leftovers:
            remote.delete(leftover.key, leftover.version)
        repository = cls(remote, made, keys, reserve=reserve)
        if reserve:
            try:
                repository.refill_reserve()
            except AudobonError:
                remote.delete(configuration.KEY)
                raise
        return repository

    @classmethod
    def open(cls, remote: Remote, secret: UnlockSecret | None, uploads: int = 1) -> "Repository":
        """Open a repository. Raises BackupNotFound, BackupNewer, BackupKeyRefused, BackupDamaged."""
        found = configuration.read_config(remote)
        return cls(remote, found, read_keys(remote, found, secret), uploads)

    def catalogue(self) -> Catalogue:
        """What the repository holds now. Reads every index object."""
        return load_catalogue(self.remote, self.keys)

    def reader(self, catalogue: Catalogue | None = None) -> ObjectReader:
        """Reads objects; by a catalogue of its own it looks again when a prune moves them."""
        if catalogue is not None:
            return ObjectReader(self.remote, self.keys, catalogue)
        return ObjectReader(self.remote, self.keys, self.catalogue(), self.catalogue)

    def writer(self, catalogue: Catalogue, on_bytes: Counter = lambda count: None) -> PackWriter:
        """Writes objects that the ``catalogue`` does not have, and adds them to it."""
        return PackWriter(self.remote, self.keys, catalogue, self.uploads, on_bytes)

    def points(self, prefix: str = POINTS) -> Iterator[StoredPoint | Problem]:
        """All recovery points, or with INTENTS those that a writer was about to publish."""
        stats = list(self.remote.list(prefix))

        def read(stat: ObjectStat) -> StoredPoint | Problem | None:
            try:
                return self.read_point(stat.key.removeprefix(prefix), stat, prefix)
            except RemoteObjectMissing:  # pruned meanwhile
                return None
            except (BackupDamaged, RemoteObjectShort) as error:
                return Problem(stat.key, error.message)

        return (found for found in in_parallel(read, stats) if found is not None)

    def read_point(self, name: str, stat: ObjectStat, prefix: str = POINTS) -> StoredPoint:
        """One recovery point. Raises BackupDamaged, BackupNewer, RemoteObjectMissing."""
        content = self.remote.get(prefix + name)
        if self.keys.name(content) != name:
            raise damaged(
                f"The recovery point {name[:12]}… is not, byte for byte, what was written.", point=name
            )
        return StoredPoint(name, decode_point(self.keys.open(RecordKind.POINT, content)), stat)

    def seal_point(self, point: RecoveryPoint) -> tuple[str, bytes]:
        """A recovery point's name and bytes."""
        sealed = self.keys.seal(RecordKind.POINT, encode_point(point))
        return self.keys.name(sealed), sealed

    def refill_reserve(self) -> bool:
        """Put the reserve in its place if it is not there, or cut short."""
        found = self.remote.stat(RESERVE)
        if found is not None and found.size_bytes == RESERVE_BYTES:
            return True
        if found is not None:
            self.remote.delete(RESERVE, found.version)
        return self.remote.put(RESERVE, secrets.token_bytes(RESERVE_BYTES))
