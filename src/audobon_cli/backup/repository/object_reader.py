"""Reading objects: each authenticated, and held against the SHA-256 that asked for it."""

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import NamedTuple

from audobon_cli.backup.repository.catalogue import Catalogue, Location
from audobon_cli.backup.repository.crypto import Keys, ObjectId, RecordKind
from audobon_cli.backup.repository.packs import pack_key
from audobon_cli.backup.repository.problems import damaged
from audobon_cli.domain.errors import (
    AudobonError,
    BackupDamaged,
    RemoteGarbled,
    RemoteObjectMissing,
    RemoteObjectShort,
)
from audobon_cli.remotes.base import Remote

RUN_BYTES = 4 * 1024 * 1024
"""Records that lie close together are fetched together, up to so much at a time."""
GAP_BYTES = 64 * 1024
GONE = "gone"
READERS = 3
_WANTED = struct.Struct("<B32s")


class Wanted(NamedTuple):
    """An object to be read: ``digest`` is the SHA-256 of its content (of the whole file for PIECES)."""

    kind: RecordKind
    digest: bytes


class Failed(NamedTuple):
    """An object that could not be read, and why."""

    wanted: Wanted
    error: AudobonError


class _Found(NamedTuple):
    wanted: Wanted
    id: ObjectId
    location: Location


class ObjectReader:
    """Reads objects of a repository. Safe to use from several threads."""

    def __init__(
        self, remote: Remote, keys: Keys, catalogue: Catalogue, renew: Callable[[], Catalogue] | None = None
    ) -> None:
        self._remote, self._keys, self.catalogue = remote, keys, catalogue
        self._renew = renew

    def read(self, kind: RecordKind, digest: bytes) -> bytes:
        """One object. Raises BackupDamaged when it is nowhere or is not what it was."""
        found = self._locate(Wanted(kind, digest), self.catalogue)
        if isinstance(found, Failed):
            raise found.error
        location = found.location
        try:
            sealed = self._remote.get(pack_key(location.pack), location.offset, location.length)
        except RemoteObjectMissing as error:
            if self._look_again():
                return self.read(kind, digest)
            raise _gone(location.pack) from error
        except (RemoteObjectShort, RemoteGarbled) as error:
            raise _gone(location.pack) from error
        return self._opened(found, sealed)

    def _look_again(self) -> bool:
        """Whether the catalogue was read anew, once: a prune may have copied what is needed and deleted its pack."""
        if self._renew is None:
            return False
        self.catalogue, self._renew = self._renew(), None
        return True

    def visit(
        self, wanted: Iterable[Wanted], take: Callable[[Wanted, bytes], None], readers: int = READERS
    ) -> Iterator[Failed | int]:
        """Read many objects in the order in which they lie, and hand each to ``take``, in one of some threads.

        Gives the bytes fetched, bit by bit, and what could not be read; an exception of ``take`` ends it.
        """
        missed = []
        for done in self._visit(wanted, take, readers):
            if isinstance(done, Failed) and self._renew is not None and GONE in done.error.details:
                missed.append(done)
            else:
                yield done
        if missed:
            self._look_again()
            yield from self._visit((one.wanted for one in missed), take, readers)

    def _visit(
        self, wanted: Iterable[Wanted], take: Callable[[Wanted, bytes], None], readers: int
    ) -> "Iterator[Failed | int]":
        catalogue = self.catalogue
        packs: dict[str, bytearray] = {}
        for one in wanted:
            found = self._locate(one, catalogue)
            if isinstance(found, Failed):
                yield found
            else:
                packs.setdefault(found.location.pack, bytearray()).extend(_WANTED.pack(*one))
        # Found again pack by pack, rather than kept: there may be as many as pictures.
        runs = (run for name in sorted(packs) for run in _runs(self._locate_all(packs.pop(name), catalogue)))
        with ThreadPoolExecutor(readers) as pool:
            waiting = set()
            try:
                for run in runs:
                    waiting.add(pool.submit(self._run, run, take))
                    if len(waiting) > readers:
                        done = next(as_completed(waiting))
                        waiting.remove(done)
                        yield from done.result()
                for done in as_completed(waiting):
                    yield from done.result()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def read_all(self, wanted: Iterable[Wanted]) -> dict[bytes, bytes]:
        """The content of objects by their digests; those that cannot be read are left out. All in memory at once."""
        found: dict[bytes, bytes] = {}

        def take(one: Wanted, content: bytes) -> None:
            found[one.digest] = content

        for _ in self.visit(wanted, take):
            pass
        return found

    def _run(self, run: list[_Found], take: Callable[[Wanted, bytes], None]) -> list[Failed | int]:
        start, last = run[0].location.offset, run[-1].location
        length = last.offset + last.length - start
        try:
            fetched = memoryview(self._remote.get(pack_key(last.pack), start, length))
        except (RemoteObjectMissing, RemoteObjectShort, RemoteGarbled):
            return [Failed(found.wanted, _gone(last.pack)) for found in run]
        results: list[Failed | int] = [length]
        for found in run:
            offset = found.location.offset - start
            try:
                content = self._opened(found, fetched[offset : offset + found.location.length])
            except BackupDamaged as error:
                results.append(Failed(found.wanted, error))
            else:
                take(found.wanted, content)
        return results

    def _locate(self, wanted: Wanted, catalogue: Catalogue) -> _Found | Failed:
        identity = self._keys.object_id(*wanted)
        location = catalogue.find(identity)
        if location is None:
            return Failed(
                wanted, damaged("An object of the recovery point is in no pack.", object=wanted.digest.hex())
            )
        return _Found(wanted, identity, location)

    def _locate_all(self, packed: bytearray, catalogue: Catalogue) -> list[_Found]:
        wanted = (Wanted(RecordKind(kind), digest) for kind, digest in _WANTED.iter_unpack(packed))
        return [found for one in wanted if isinstance(found := self._locate(one, catalogue), _Found)]

    def _opened(self, found: _Found, sealed: bytes | memoryview) -> bytes:
        try:
            content = self._keys.open(found.wanted.kind, sealed, found.id)
        except BackupDamaged as error:
            raise damaged(
                f"A record in the pack {found.location.pack[:12]}… is damaged.", pack=found.location.pack
            ) from error
        if (
            found.wanted.kind is not RecordKind.PIECES
            and hashlib.sha256(content).digest() != found.wanted.digest
        ):
            raise damaged(
                f"A record in the pack {found.location.pack[:12]}… has another content than it should.",
                pack=found.location.pack,
            )
        return content


def _runs(found: list[_Found]) -> Iterator[list[_Found]]:
    """``found``, all of one pack, in pieces that are worth one read each."""
    found.sort(key=lambda one: one.location.offset)
    run: list[_Found] = []
    for one in found:
        if run:
            last = run[-1].location
            end = last.offset + last.length
            if (
                one.location.offset - end > GAP_BYTES
                or one.location.offset + one.location.length - run[0].location.offset > RUN_BYTES
            ):
                yield run
                run = []
        run.append(one)
    if run:
        yield run


def _gone(pack: str) -> BackupDamaged:
    return damaged(f"The pack {pack[:12]}… is missing or cut short.", pack=pack, gone=True)
