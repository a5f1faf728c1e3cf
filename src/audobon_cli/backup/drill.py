"""Restoring for practice: that a recovery point becomes a library again, and how it compares with the one here."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from audobon_cli.backup.create.snapshot import hash_file
from audobon_cli.backup.list_points import AssetDifferences, compare_assets
from audobon_cli.backup.point_contents import PointContents
from audobon_cli.backup.repository.recovery_point import RecoveryPoint
from audobon_cli.backup.restore.into_library import restore_into
from audobon_cli.backup.restore.to_folder import Restored, restore_to
from audobon_cli.domain.errors import AudobonError, BackupBehind, BackupDamaged
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.units import plural
from audobon_cli.history import maintenance
from audobon_cli.history.model.commits import CommitId
from audobon_cli.history.model.graph import is_ancestor
from audobon_cli.history.store.objects import BRANCH, TAG, HistoryRows
from audobon_cli.history.worktree import reading
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.location import DATABASE_NAME
from audobon_cli.library.verify import verify_library
from audobon_cli.storage.temporary import sweep, temporary_folder

PLACE = "audobon-drills"
"""The folder, in the one with room, that drills restore into. It is theirs alone: what a killed one leaves there, the
next one removes."""
RESTORED, COPY = "library", "here.db"


class HeadState(StrEnum):
    """How a branch or tag of the recovery point stands to that of the library."""

    SAME = "same"
    BEHIND = "behind"
    """The library has gone on since."""
    APART = "apart"
    """The library's is another commit that does not descend from it: switched back, or rewritten."""
    GONE = "gone"
    """The library has none of that name any more."""
    NEW = "new"
    """The recovery point has none of that name yet."""


@dataclass(frozen=True, slots=True)
class Head:
    """A branch or tag: its name as in history ("branch/main"), and where it is in the point and in the library."""

    name: str
    restored: CommitId | None
    library: CommitId | None
    state: HeadState


@dataclass(frozen=True, slots=True)
class DrillReport:
    """What a drill found.

    ``damage`` says in sentences what the restored library lacks. ``identical``: its database is, byte for byte, that
    of the library now (never so for an encrypted one, whose pages are written under other random numbers). ``since``
    are assets that the library has changed since the recovery point was made. Times are wall seconds.
    """

    point: RecoveryPoint
    assets: int
    files: int
    restored_bytes: int
    commits: int
    damage: tuple[str, ...]
    identical: bool
    since: AssetDifferences
    heads: tuple[Head, ...]
    restore_seconds: float
    check_seconds: float

    @property
    def moved(self) -> tuple[Head, ...]:
        """Branches and tags that are not where the recovery point has them."""
        return tuple(head for head in self.heads if head.state is not HeadState.SAME)

    @property
    def current(self) -> bool:
        """Whether the recovery point holds the library's assets and history as they are now."""
        return not self.since.count and not self.moved

    def error(self, exact: bool = False) -> AudobonError | None:
        """Why the drill has failed, or None; ``exact`` asks that the point holds the library as it is now."""
        if self.damage:
            more = f" ({len(self.damage) - 1} more)" if len(self.damage) > 1 else ""
            return BackupDamaged(
                f"What was restored of {self.point.short} is not whole: {self.damage[0]}{more}.",
                hint="`audobon backup verify --read-data` names the damage; `audobon backup repair` puts back what the "
                "library still has",
                point=self.point.id,
                damage=list(self.damage),
            )
        if exact and not self.current:
            moved = plural(len(self.moved), "branch or tag", "branches or tags")
            return BackupBehind(
                f"The recovery point {self.point.short} restores whole, and the library has gone on since: "
                f"{plural(self.since.count, 'asset')} and {moved} differ.",
                hint="`audobon backup create` makes a new one",
                point=self.point.id,
            )
        return None


def drill(contents: PointContents, library: Library, room: Path, listen: Listener = ignore) -> DrillReport:
    """Restore a recovery point below ``room``, open it, read and hash everything in it, compare it with ``library``,
    and remove it again. Changes neither the library nor the repository.

    Needs room for the whole recovery point and two copies of the database. Raises BackupDamaged where its database or
    lists cannot be read at all, DiskFull, and what the remote raises; what else is damaged is in the report.
    """
    with _place(room) as folder:
        began = time.monotonic()
        done, restored = _restore(contents, folder / RESTORED, library, listen)
        restored_at = time.monotonic()
        library.database.copy_to(folder / COPY)
        identical = hash_file(folder / COPY) == hash_file(folder / RESTORED / DATABASE_NAME)
        try:
            found = verify_library(restored, listen)
            history = maintenance.verify(restored)
            known = set(contents.point.missing)
            damage = [f"the repository has lost {blob[:12]}" for blob, _ in done.lost]
            damage += found.database_problems
            damage += [
                f"{one.words} {one.why}"
                for one in (*found.missing, *found.corrupted)
                if one.blob not in known and one.blob not in {blob for blob, _ in done.lost}
            ]
            damage += history.problems
            with restored.database.read() as before, library.database.read() as now:
                assets = before.rows("SELECT count(*) FROM assets")[0][0]
                since = compare_assets(before, now)
            heads = _heads(restored, library)
        finally:
            restored.close()
        if assets != contents.point.assets:
            damage.append(f"it has {assets} assets and should have {contents.point.assets}")
        ended = time.monotonic()
    return DrillReport(
        contents.point,
        assets,
        found.blobs_read,
        done.written_bytes,
        history.commits,
        tuple(damage),
        identical,
        since,
        heads,
        restored_at - began,
        ended - restored_at,
    )


def _restore(
    contents: PointContents, folder: Path, library: Library, listen: Listener
) -> tuple[Restored, Library]:
    """What was restored, still open: under the keys of ``library`` where that is encrypted, so that nothing is laid
    open on the disk."""
    if library.keys is None:
        return restore_to(contents, folder, listen), Library.open(folder)
    restored = Library.create(folder, keys=library.keys)
    return restore_into(contents, restored, listen), restored


@contextlib.contextmanager
def _place(room: Path) -> Iterator[Path]:
    """A folder below ``room`` that is gone afterwards, with what killed drills left there."""
    place = room / PLACE
    sweep(place)
    try:
        with temporary_folder(place) as folder:
            yield folder.path
    finally:
        with contextlib.suppress(OSError):  # another drill's folder is in it
            place.rmdir()


def _heads(restored: Library, library: Library) -> tuple[Head, ...]:
    with reading(restored) as before, reading(library) as now:
        was, here = before.rows.refs(), now.rows.refs()
        names = sorted(name for name in {*was, *here} if name.startswith((BRANCH, TAG)))
        return tuple(
            Head(name, was.get(name), here.get(name), _state(now.rows, was.get(name), here.get(name)))
            for name in names
        )


def _state(rows: HistoryRows, was: CommitId | None, here: CommitId | None) -> HeadState:
    """``rows`` is the library's history, which need not know the commit ``was``."""
    if was is None or here is None:
        return HeadState.NEW if was is None else HeadState.GONE
    if was == here:
        return HeadState.SAME
    return HeadState.BEHIND if is_ancestor(rows.commit, was, here) else HeadState.APART
