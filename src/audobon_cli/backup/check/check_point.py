"""What a recovery point has lost, by name."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.backup.check.affected_assets import touched_assets
from audobon_cli.backup.point_contents import PointContents
from audobon_cli.backup.repository.crypto import Keys, ObjectId, RecordKind
from audobon_cli.backup.repository.lists import ListedFile
from audobon_cli.backup.repository.object_reader import ObjectReader, Wanted
from audobon_cli.backup.repository.repository import StoredPoint
from audobon_cli.domain.errors import (
    AudobonError,
    BackupDamaged,
    RemoteGarbled,
    RemoteObjectMissing,
    RemoteObjectShort,
)

DAMAGE = (BackupDamaged, RemoteObjectMissing, RemoteObjectShort, RemoteGarbled)


@dataclass(frozen=True, slots=True)
class DamagedPoint:
    """A recovery point of which something is lost: pictures, each with its assets; and what else, in words."""

    point: StoredPoint
    blobs: tuple[tuple[str, tuple[str, ...]], ...]
    other: tuple[str, ...]


class PointCheck:
    """Looks for what one point needs. ``bad`` are objects whose records are damaged; ``missed`` will be those that
    are in no pack."""

    def __init__(
        self, reader: ObjectReader, keys: Keys, stored: StoredPoint, bad: Collection[ObjectId]
    ) -> None:
        self.missed: set[ObjectId] = set()
        self._keys, self._stored, self._bad, self._find = keys, stored, bad, reader.catalogue.find
        self._contents = PointContents(reader, stored.point)
        self._other: list[str] = []

    def run(self, working: Path) -> DamagedPoint | None:
        """What is lost, or None. In ``working`` a copy of the point's database is made to name assets by."""
        blobs: list[bytes] = []
        self._note("the list of its pictures", lambda: blobs.extend(self._lost_blobs()))
        self._note("its database", self._check_database)
        for name, file in self._contents.others():
            if self._loses(file):
                self._other.append(f"the file {name}")
        if not blobs and not self._other:
            return None
        return DamagedPoint(self._stored, self._named(blobs, working), tuple(self._other))

    def _lost_blobs(self) -> list[bytes]:
        return [file.digest for file in self._contents.blobs() if self._loses(file)]

    def _check_database(self) -> None:
        lost = sum(self._is_lost(Wanted(RecordKind.EXTENT, digest)) for digest in self._contents.extents())
        if lost:
            self._other.append(f"its database: {lost} parts are lost")

    def _note(self, what: str, check: Callable[[], None]) -> None:
        try:
            check()
        except DAMAGE as error:
            self._miss(error)
            self._other.append(f"{what}: {error.message}")

    def _loses(self, file: ListedFile) -> bool:
        try:
            return any(map(self._is_lost, self._contents.wanted([file])))
        except DAMAGE:
            return True

    def _is_lost(self, wanted: Wanted) -> bool:
        identity = self._keys.object_id(*wanted)
        if self._find(identity) is None:
            self.missed.add(identity)
            return True
        return identity in self._bad

    def _miss(self, error: AudobonError) -> None:
        if "object" in error.details:
            self.missed.add(
                self._keys.object_id(RecordKind.LIST, bytes.fromhex(str(error.details["object"])))
            )

    def _named(self, blobs: list[bytes], working: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if not blobs:
            return ()
        try:
            with self._contents.reading_database(working) as statements:
                return touched_assets(statements, blobs)
        except DAMAGE:
            return tuple((digest.hex(), ()) for digest in blobs)
