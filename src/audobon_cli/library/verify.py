"""Reading everything in a library again to see whether it is still what was stored."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from audobon_cli.domain.errors import (
    AudobonError,
    BlobCorrupt,
    BlobErased,
    BlobMissing,
    DiskFailed,
    LibraryCorrupt,
    LibraryReadOnly,
)
from audobon_cli.domain.events import Listener, Progress, ignore
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.library.store.blobs import FAN_OUT
from audobon_cli.library.store.library import Library

PROGRESS_EVERY = 256
NAMED = 5
"""How many assets the error itself names; the report has them all."""
HEAL = (
    "`audobon assets verify --repair-from DEST` takes the files from a backup; without one, put them back from a "
    "copy of the library, or make a picture again with `audobon reproduce ASSET`"
)


@dataclass(frozen=True, slots=True)
class DamagedBlob:
    """A stored file that is damaged or missing, and the assets that cannot be shown without it."""

    blob: BlobId
    assets: tuple[AssetId, ...]
    why: str
    names: tuple[str, ...] = ()
    """Of the assets, in their order."""
    file: str = ""
    """Where the stored file lies, or should lie."""

    @property
    def words(self) -> str:
        """What is lost, for people."""
        whose = ", ".join(f"{name} ({asset})" for name, asset in zip(self.names, self.assets, strict=False))
        return f"{whose or 'no asset'}: {self.file}"


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """What was read and what was wrong.

    ``unreferenced`` counts stored files that no asset uses: what killed runs leave, or pictures being
    filed at this moment; they cost space and harm nothing. ``erased`` are files that were erased on purpose, whose
    records history keeps: they are no damage.
    """

    blobs_read: int
    bytes_read: int
    corrupted: tuple[DamagedBlob, ...]
    missing: tuple[DamagedBlob, ...]
    unreferenced: int
    database_problems: tuple[str, ...]
    erased: tuple[BlobId, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing is damaged or missing."""
        return not (self.corrupted or self.missing or self.database_problems)

    def error(self) -> AudobonError | None:
        """The gravest finding as an error to raise, or None when all is well."""
        if self.database_problems:
            return LibraryCorrupt(
                f"The library's database is damaged: {self.database_problems[0]}.",
                hint="put back a copy of audobon.db; the pictures in objects/ are not touched",
                problems=list(self.database_problems),
            )
        names = [
            {"blob": damaged.blob, "assets": list(damaged.assets), "names": list(damaged.names)}
            for damaged in self.missing or self.corrupted
        ]
        if self.missing:
            return BlobMissing(_count(self.missing, "missing"), hint=HEAL, blobs=names)
        if self.corrupted:
            return BlobCorrupt(_count(self.corrupted, "damaged"), hint=HEAL, blobs=names)
        return None


def _count(found: Sequence[DamagedBlob], state: str) -> str:
    """How many files, and the assets of the first few."""
    files = "1 stored file is" if len(found) == 1 else f"{len(found)} stored files are"
    whose = [name for damaged in found for name in damaged.names]
    named = f": {', '.join(whose[:NAMED])}" if whose else ""
    more = f" and {len(whose) - NAMED} more assets" if len(whose) > NAMED else ""
    return f"{files} {state}{named}{more}."


def verify_library(library: Library, listen: Listener = ignore) -> VerificationReport:
    """Check the database, then read and hash every stored file. Changes nothing.

    Damage is reported, not raised, that of the database too: the files are then read all the same, as
    far as the database tells, with the assets they belong to. Other processes may go on filing pictures
    meanwhile. Reads at about 1 GB/s from cache on one core. Raises what else opening the database raises.
    """
    return _Verifier(library, listen).run(_database_problems(library))


def damaged_in_shards(library: Library, shards: Sequence[str]) -> tuple[DamagedBlob, ...]:
    """What is damaged or missing among the stored files of ``shards``, of which FAN_OUT lists all. Changes nothing."""
    return _Verifier(library, ignore).damaged(shards)


def _database_problems(library: Library) -> tuple[str, ...]:
    try:
        return library.database.problems() or library.assets.problems()
    except LibraryCorrupt as error:
        return (error.message,)


class _Verifier:
    """One walk over the shards, gathering the report's numbers."""

    def __init__(self, library: Library, listen: Listener) -> None:
        self._library = library
        self._listen = listen
        self._read = 0
        self._bytes = 0
        self._unreferenced = 0
        self._corrupted: list[DamagedBlob] = []
        self._missing: list[DamagedBlob] = []
        self._erased: list[BlobId] = []
        self._total: int | None = None

    def run(self, problems: tuple[str, ...]) -> VerificationReport:
        with contextlib.suppress(LibraryCorrupt):
            self._total = self._library.assets.count_blobs()
        for shard in FAN_OUT:
            self._check_shard(shard)
        self._listen(Progress("verify", self._read, self._read, "files"))
        return VerificationReport(
            self._read,
            self._bytes,
            tuple(self._corrupted),
            tuple(self._missing),
            self._unreferenced,
            problems,
            tuple(self._erased),
        )

    def damaged(self, shards: Sequence[str]) -> tuple[DamagedBlob, ...]:
        for shard in shards:
            self._check_shard(shard)
        return (*self._missing, *self._corrupted)

    def _check_shard(self, shard: str) -> None:
        rows: dict[BlobId, bool] | None = None
        with contextlib.suppress(LibraryCorrupt):
            # Before the files: what a row names was on the disk earlier, so a later look must find it.
            rows = self._library.assets.blobs_in_shard(shard)
        stored = self._library.blobs.shard(shard)
        for blob in stored:
            self._unreferenced += rows is not None and not rows.get(blob, False)
            self._check(blob)
        for blob in (rows or {}).keys() - set(stored):
            self._missing.append(self._damaged(blob, "it is not there"))

    def _check(self, blob: BlobId) -> None:
        try:
            self._bytes += len(self._library.blobs.read(blob))
        except BlobErased:
            self._erased.append(blob)
        except BlobMissing:
            self._missing.append(self._damaged(blob, "it is not there"))
        except (BlobCorrupt, DiskFailed, LibraryReadOnly) as error:
            self._corrupted.append(self._damaged(blob, error.message))
        self._read += 1
        if self._read % PROGRESS_EVERY == 0:
            self._listen(Progress("verify", self._read, self._total, "files"))

    def _damaged(self, blob: BlobId, why: str) -> DamagedBlob:
        assets: tuple[AssetId, ...] = ()
        names: tuple[str, ...] = ()
        with contextlib.suppress(LibraryCorrupt):
            assets = self._library.assets.of_blob(blob)
            names = tuple(self._library.assets.get(asset).name for asset in assets)
        return DamagedBlob(blob, assets, why, names, str(self._library.blobs.path(blob)))
