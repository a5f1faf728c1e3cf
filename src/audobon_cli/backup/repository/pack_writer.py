"""Writing objects into packs, and packs to the destination, with as few of them in memory as keep it busy."""

import mmap
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from audobon_cli.backup.repository import index
from audobon_cli.backup.repository.catalogue import Catalogue
from audobon_cli.backup.repository.crypto import Keys, ObjectId, RecordKind
from audobon_cli.backup.repository.packs import TARGET_BYTES, PackBuilder, PackContents, pack_key
from audobon_cli.backup.repository.whole_objects import damaged_version, put_whole
from audobon_cli.remotes.base import Remote

Counter = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Written:
    """What a writer has put at the destination."""

    packs: int = 0
    objects: int = 0
    stored_bytes: int = 0


class PackWriter:
    """Takes objects in an order of the caller's and puts them into packs, of about 16 MiB each.

    Files go into packs of their own, apart from lists and database, which change with every backup. The same objects
    in the same order give the same packs: what a killed run has uploaded is found, and what it had begun to upload
    goes on. ``on_bytes`` is told of sealed bytes as they arrive at the destination. Use it as a context: leaving it
    by an exception drops what is not uploaded. Not safe to share between threads.
    """

    def __init__(
        self,
        remote: Remote,
        keys: Keys,
        catalogue: Catalogue,
        uploads: int = 1,
        on_bytes: Counter = lambda count: None,
    ) -> None:
        self._remote, self._keys, self.catalogue = remote, keys, catalogue
        self._on_bytes = on_bytes
        self._uploads = uploads
        self._pool = ThreadPoolExecutor(uploads)
        self._running: deque[Future[PackContents]] = deque()
        self._spare: list[mmap.mmap] = []
        self._files = PackBuilder(keys, self._spare)
        self._rest = PackBuilder(keys, self._spare)
        self._fresh: set[ObjectId] = set()
        self._new: list[PackContents] = []
        self._written = Written()
        self._packs: list[str] = []
        self._avoided: set[str] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Who is told to end does not wait for packs under way: a later run goes on with what came of them.
        is_interrupted = kind is not None and issubclass(kind, KeyboardInterrupt)
        self._pool.shutdown(wait=not is_interrupted, cancel_futures=kind is not None)

    @property
    def written(self) -> Written:
        """What is at the destination by this writer."""
        return self._written

    @property
    def packs(self) -> frozenset[str]:
        """The packs by this writer that stay."""
        return frozenset(self._packs) - self.catalogue.marked

    def has(self, identity: ObjectId) -> bool:
        """Whether the object is at the destination in a pack that stays, or on its way there."""
        return identity in self._fresh or self.catalogue.has(identity)

    def add(self, kind: RecordKind, digest: bytes, content: bytes) -> bool:
        """Store an object unless it is there; whether it was stored. ``digest`` is what its id is made of."""
        identity = self._keys.object_id(kind, digest)
        if self.has(identity):
            return False
        self.add_sealed(kind, identity, self._keys.seal(kind, content, None, identity))
        return True

    def add_sealed(self, kind: RecordKind, identity: ObjectId, sealed: bytes) -> None:
        """Store an object that is sealed already and not there."""
        builder = self._files if kind is RecordKind.FILE else self._rest
        if not builder.empty and builder.size_bytes + len(sealed) > TARGET_BYTES:
            builder = self._send(kind)
        builder.add(kind, identity, sealed)
        self._fresh.add(identity)

    def flush(self) -> None:
        """Put everything at the destination, durably, and then the index of the new packs."""
        self.end_pack(RecordKind.FILE)
        self.end_pack(RecordKind.LIST)
        while self._running:
            self._absorb(self._running.popleft().result())
        for name, sealed in index.sealed_indexes(self._keys, self._unlisted()):
            put_whole(self._remote, index.PREFIX + name, sealed)
        self.catalogue.unindexed.clear()
        self._new.clear()
        self._fresh.clear()

    def end_pack(self, kind: RecordKind) -> None:
        """Begin to upload what was added of ``kind`` (or in one pack with it), though the pack is not full."""
        self._send(kind)

    def _unlisted(self) -> list[PackContents]:
        """The packs that no index names: new ones, and those of killed runs."""
        known = {pack.name: pack for pack in (*self.catalogue.unindexed, *self._new)}
        return [pack for name, pack in sorted(known.items()) if name not in self.catalogue.marked]

    def _send(self, kind: RecordKind) -> PackBuilder:
        builder = self._files if kind is RecordKind.FILE else self._rest
        if builder.empty:
            return builder
        while len(self._running) >= self._uploads:
            self._absorb(self._running.popleft().result())
        self._running.append(self._pool.submit(self._upload, builder))
        fresh = PackBuilder(self._keys, self._spare)
        if kind is RecordKind.FILE:
            self._files = fresh
        else:
            self._rest = fresh
        return fresh

    def _upload(self, builder: PackBuilder) -> PackContents:
        """Put a pack under a name that nothing else has: what is marked will go, and what is damaged is no pack."""
        while True:
            with self._lock:
                avoided = self.catalogue.unusable.union(self._avoided)
            contents, content = builder.finish(avoided)
            key = pack_key(contents.name)
            # Equal packs come from other writers at this moment, and from a put whose reply was lost.
            if self._remote.put(key, content) or damaged_version(self._remote, key, content) is None:
                self._spare.append(builder.buffer)
                return contents
            with self._lock:
                self._avoided.add(contents.name)

    def _absorb(self, contents: PackContents) -> None:
        self._new.append(contents)
        self._packs.append(contents.name)
        self.catalogue.add(contents)
        self._fresh.difference_update([entry.id for entry in contents.entries()])
        done = self._written
        self._written = Written(
            done.packs + 1, done.objects + contents.count, done.stored_bytes + contents.size_bytes
        )
        self._on_bytes(contents.size_bytes)
