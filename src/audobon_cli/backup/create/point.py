"""Making recovery points."""

import secrets
import shutil
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audobon_cli.__about__ import __version__
from audobon_cli.backup.create.progress import ByteProgress
from audobon_cli.backup.create.publish import Draft, publish
from audobon_cli.backup.create.snapshot import Snapshot, snapshot
from audobon_cli.backup.create.upload import StoredParts, Storing
from audobon_cli.backup.extras import Extras
from audobon_cli.backup.repository.lease import remote_now
from audobon_cli.backup.repository.recovery_point import RecoveryPoint
from audobon_cli.backup.repository.repository import Repository, StoredPoint
from audobon_cli.domain.errors import AudobonError, BackupIncomplete, InvalidInput
from audobon_cli.domain.events import Listener, Warned, ignore
from audobon_cli.domain.foreign.text import plain
from audobon_cli.domain.units import format_bytes, plural
from audobon_cli.library.store.library import Library
from audobon_cli.platforms import current
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.directory.remote import DirectoryRemote

CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup did. ``unchanged``: the library is as ``point`` has it, so no new one was made; what the
    repository had lost of it was written again. Added are pictures and other files that the repository had not;
    stored, what was written there for all of it. ``packs`` are all that the repository should have now, with their
    sizes in bytes."""

    point: RecoveryPoint
    name: str
    unchanged: bool
    added_files: int = 0
    added_bytes: int = 0
    stored_bytes: int = 0
    seconds: float = 0.0
    packs: tuple[tuple[str, int], ...] = ()

    def error(self) -> AudobonError | None:
        """What is wrong with the library itself, or None."""
        if not self.point.missing:
            return None
        return BackupIncomplete(
            f"The library lacks {plural(len(self.point.missing), 'picture')}, and no backup has them; "
            "everything else is backed up.",
            hint="`audobon assets verify` names them, and --repair-from DEST takes them from another backup",
            blobs=list(self.point.missing),
        )


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a backup is called and made from: ``previous`` is the last point of this library in the repository."""

    extras: Extras
    note: str = ""
    previous: StoredPoint | None = None


def create_backup(
    repository: Repository, library: Library, purpose: Purpose, listen: Listener = ignore
) -> BackupReport:
    """Back up the library as it is now; unless the previous point holds just that.

    Kill it at any moment: no recovery point is ever incomplete, and the next run goes on with what was uploaded.
    Raises BackupDamaged, and what the library and the remote raise.
    """
    with snapshot(library, purpose.extras) as moment:
        return create_point(repository, moment, purpose, listen)


def create_point(
    repository: Repository, moment: Snapshot, purpose: Purpose, listen: Listener = ignore
) -> BackupReport:
    """The same of a moment that was taken already."""
    if moment.library.keys is not None and not repository.config.encrypted:
        raise InvalidInput(
            f"The library is encrypted, and the repository at {repository.remote.address} is not: "
            "whoever can read that would read everything.",
            hint="make another one: `audobon backup init DEST`",
        )
    if purpose.previous is not None and _is_ahead(purpose.previous):
        when = f"{purpose.previous.point.time:%Y-%m-%d %H:%M} UTC"
        listen(
            Warned(
                f"The last recovery point is from the future ({when}): the clock was ahead, or was set back."
            )
        )
    catalogue = repository.catalogue()
    for problem in catalogue.problems:
        listen(Warned(f"{problem.key}: {problem.why} `audobon backup repair` mends what can be mended."))
    progress = ByteProgress(listen, "backing up")
    with repository.writer(catalogue) as writer:
        storing = Storing(moment, repository, writer, progress.add)
        progress.total = storing.missing_bytes() + moment.database_bytes
        _warn_of_space(repository.remote, progress.total, listen)
        parts = storing.run()
        now = _time(repository.remote, purpose.previous)
        point = replace(_point(moment, parts, purpose.note), time=now)
        before = purpose.previous
        if before is not None and before.point.same_content(point):
            seconds, stored = time.monotonic() - moment.began, writer.written.stored_bytes
            held = tuple(catalogue.sizes.items())
            return BackupReport(
                before.point, before.name, True, stored_bytes=stored, seconds=seconds, packs=held
            )
        draft = Draft(replace(point, added_bytes=writer.written.stored_bytes), parts.packs)
        name = publish(repository, writer, draft, lambda: _draft_again(storing, draft.point))
        progress.finish()
    stored = writer.written.stored_bytes
    seconds = time.monotonic() - moment.began
    return BackupReport(
        draft.point,
        name,
        False,
        storing.new_files,
        storing.new_bytes,
        stored,
        seconds,
        tuple(catalogue.sizes.items()),
    )


def _is_ahead(stored: StoredPoint) -> bool:
    return stored.point.time - datetime.now(UTC) > CLOCK_TOLERANCE


def _time(remote: Remote, previous: StoredPoint | None) -> datetime:
    """Now. By the destination's clock if this machine's contradicts the previous point: a clock that was set back would
    make the newest point look like the oldest, which is the first to be pruned."""
    if previous is not None and _is_ahead(previous):
        return remote_now(remote)
    return datetime.now(UTC)


def _warn_of_space(remote: Remote, most_bytes: int, listen: Listener) -> None:
    """Say before it begins that a folder may become full. Only a warning: much may be packed smaller."""
    if isinstance(remote, DirectoryRemote):
        free = shutil.disk_usage(remote.address).free
        if free < most_bytes:
            listen(
                Warned(
                    f"{remote.address} has {format_bytes(free)} left, and up to {format_bytes(most_bytes)} are new: "
                    "the disk may become full. What is sent until then is kept."
                )
            )


def _draft_again(storing: Storing, point: RecoveryPoint) -> Draft:
    parts = storing.run()
    missing = parts.missing
    return Draft(replace(point, pages=parts.pages, database=parts.database, missing=missing), parts.packs)


def _point(moment: Snapshot, parts: StoredParts, note: str) -> RecoveryPoint:
    return RecoveryPoint(
        id=secrets.token_hex(16),
        time=datetime.now(UTC),
        host=current().host_name(),
        library=plain(str(moment.library.root)),
        program=__version__,
        pages=parts.pages,
        blob_count=moment.blob_count,
        blob_bytes=parts.blob_bytes,
        database=parts.database,
        files=tuple(source.stored for source in moment.files),
        models=moment.models,
        missing=parts.missing,
        note=note,
        assets=moment.assets,
        encrypted_library=moment.library.keys is not None,
        audit_head=moment.audit_head,
    )


def refuse_inside(remote: Remote, library: Path) -> None:
    """Raise InvalidInput when a destination and the library in ``library`` lie in each other."""
    if isinstance(remote, DirectoryRemote):
        refuse_nesting(Path(remote.address), library)


def refuse_nesting(folder: Path, library: Path) -> None:
    """The same for a folder that need not be there yet."""
    place, root = folder.resolve(), library.resolve()
    if place == root or place.is_relative_to(root) or root.is_relative_to(place):
        raise InvalidInput(
            f"The destination {place} and the library {root} lie in each other.",
            hint="back up to a folder of its own, on another disk if there is one",
            address=str(place),
        )
