"""Throwing assets away in two steps, and freeing the space of what nothing names any more."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AssetNotFound, InvalidInput
from audobon_cli.domain.events import Listener, Progress, ignore
from audobon_cli.domain.ids import BlobId
from audobon_cli.library.store.ambiguity import ambiguous
from audobon_cli.library.store.blobs import FAN_OUT
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import microseconds
from audobon_cli.library.store.undo_steps import MOST_ASSETS

DEFAULT_GRACE_HOURS = 24.0
CLEANED_KINDS = ("sprite", "image", "animation", "vector", "sound")
"""What is made by the dozen. Sheets, styles, LoRAs and embeddings were made of others, inputs were given: they stay."""


@dataclass(frozen=True, slots=True)
class TrashedAsset:
    """An asset in the trash, and since when (UTC)."""

    asset: Asset
    since: datetime


@dataclass(frozen=True, slots=True)
class LibraryGcReport:
    """What gc found unused: ``marked`` now, ``waiting`` since less than the grace, ``deleted`` for good."""

    marked: int
    waiting: int
    deleted: int
    deleted_bytes: int


def trash_assets(library: Library, assets: Sequence[Asset]) -> int:
    """Put assets into the trash, all or none; how many. Nothing is deleted: `restore_assets` undoes it."""
    now = microseconds(datetime.now(UTC))
    with library.change() as changes:
        changes.undoable("trash")
        for asset in assets:
            changes.trash(asset.id, now)
    return len(assets)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The ``assets`` that went, or would go; ``kept`` as old ones that stay because something uses them."""

    assets: tuple[Asset, ...]
    kept: int


def clean_assets(
    library: Library, older_seconds: float, unrated: bool, dry_run: bool = False, limit: int = MOST_ASSETS
) -> Cleaned:
    """Trash assets that were added longer ago than ``older_seconds`` (with ``unrated`` only those without a rating), at
    most ``limit``, the oldest first: as many as one undo takes back.

    An asset stays that another is derived from or a variant of, that is part of a sheet, that a commit names, or that
    has a note.
    """
    before = time.time_ns() // 1000 - int(older_seconds * 1e6)
    assets, kept = library.survey.unused_since(before, unrated, CLEANED_KINDS, limit)
    if assets and not dry_run:
        trash_assets(library, assets)
    return Cleaned(assets, kept)


def list_trash(library: Library, limit: int = 1000) -> list[TrashedAsset]:
    """What lies in the trash, the last thrown away first."""
    return [TrashedAsset(asset, since) for asset, since in library.survey.trashed(limit)]


def select_trashed(library: Library, texts: Sequence[str]) -> list[Asset]:
    """The assets in the trash that ids, beginnings of ids or names mean.

    Raises AssetNotFound or AssetAmbiguous.
    """
    found: dict[str, Asset] = {}
    for text in texts:
        matches = library.survey.find_trashed(text)
        if not matches:
            raise AssetNotFound(
                f"Nothing in the trash goes by {text!r}.",
                hint="see `audobon assets trash --list`",
                reference=text,
            )
        if len(matches) > 1:
            raise ambiguous(text, matches, " in the trash")
        found[matches[0].id] = matches[0]
    return list(found.values())


def restore_assets(library: Library, assets: Sequence[Asset]) -> list[Asset]:
    """Take assets out of the trash as they were, all or none."""
    with library.change() as changes:
        changes.undoable("restore")
        return [changes.restore(asset.id) for asset in assets]


def purge_assets(library: Library, assets: Sequence[Asset]) -> int:
    """Delete the records of assets in the trash for good, all or none; their files are left to gc."""
    with library.change() as changes:
        for asset in assets:
            changes.purge(asset.id)
    return len(assets)


def collect_garbage(
    library: Library,
    grace_hours: float = DEFAULT_GRACE_HOURS,
    dry_run: bool = False,
    listen: Listener = ignore,
) -> LibraryGcReport:
    """Delete stored files that no asset names, trash included: marked first, deleted when they have been
    unused for ``grace_hours`` and are found unused again.

    Whoever files pictures holds the library's pin, and gc waits for it, shard by shard. A clock that was
    set back makes them wait longer, never less. Killed at any point, a later run goes on. Raises
    LibraryBusy and what Database raises.
    """
    if grace_hours < 0:
        raise InvalidInput("The grace cannot be negative.", hint="give hours from 0 on")
    if not dry_run:
        library.require_writable()
    totals = [0, 0, 0, 0]
    for done, shard in enumerate(FAN_OUT):
        listen(Progress("gc", done, len(FAN_OUT), "folders"))
        collector = _Shard(library, shard, grace_hours, dry_run)
        if collector.has_work():
            totals = [total + one for total, one in zip(totals, collector.collect(), strict=True)]
    listen(Progress("gc", len(FAN_OUT), len(FAN_OUT), "folders"))
    return LibraryGcReport(*totals)


class _Shard:
    """The stored files whose names begin alike."""

    def __init__(self, library: Library, shard: str, grace_hours: float, dry_run: bool) -> None:
        self._library = library
        self._shard = shard
        self._grace = int(grace_hours * 3_600_000_000)
        self._dry_run = dry_run
        self._now = 0

    def has_work(self) -> bool:
        """Whether there is anything unused or marked, by a look that holds nobody up."""
        rows = self._library.assets.blobs_in_shard(self._shard)
        unused = any(not rows.get(blob, False) for blob in self._library.blobs.shard(self._shard))
        return unused or not all(rows.values()) or bool(self._library.survey.gc_marks(self._shard))

    def collect(self) -> tuple[int, int, int, int]:
        """Numbers of marked, waiting and deleted files, and bytes freed."""
        if self._dry_run:
            return self._count(*self._scorer())
        # The pin keeps filing out: no file can come into use between the look and the deletion.
        with self._library.collecting():
            with self._library.change() as changes:
                marks, due = self._scorer()
                # The rows go first: a row must never name a file that is gone.
                changes.forget_blobs(due)
                changes.mark_blobs(self._shard, marks)
            counts = self._count(marks, due)
            self._library.blobs.delete(due)
        return counts

    def _scorer(self) -> tuple[dict[BlobId, int], list[BlobId]]:
        """The unused files that stay marked, with the time of each mark, and those to delete now."""
        rows = self._library.assets.blobs_in_shard(self._shard)
        unused = {blob for blob in self._library.blobs.shard(self._shard) if not rows.get(blob, False)}
        unused |= {blob for blob, used in rows.items() if not used}
        before = self._library.survey.gc_marks(self._shard)
        self._now = time.time_ns() // 1000
        marks = {blob: min(before.get(blob, self._now), self._now) for blob in unused}
        due = [blob for blob in sorted(unused) if self._now - marks[blob] >= self._grace]
        return {blob: marks[blob] for blob in unused if blob not in set(due)}, due

    def _count(self, marks: dict[BlobId, int], due: list[BlobId]) -> tuple[int, int, int, int]:
        new = sum(mark == self._now for mark in marks.values())
        return new, len(marks) - new, len(due), sum(map(self._library.blobs.size, due))
