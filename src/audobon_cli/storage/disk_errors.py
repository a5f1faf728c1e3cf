"""What the operating system's and SQLite's refusals mean, worded in one place for whatever is kept on disk."""

import contextlib
import errno
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import (
    AudobonError,
    DiskFailed,
    DiskFull,
    LibraryBusy,
    LibraryCorrupt,
    LibraryNewer,
    LibraryNotFound,
    LibraryReadOnly,
    OutputUnwritable,
    SystemLimit,
)
from audobon_cli.platforms import current

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
DENIED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
# EUCLEAN ("structure needs cleaning") is what a damaged ext4 or xfs answers; 117 where it has no name.
FAILING = frozenset({errno.EIO, errno.ENXIO, errno.ENODEV, errno.ESTALE, getattr(errno, "EUCLEAN", 117)})


ELSEWHERE = "keep models on another disk: set HF_HOME (models of the hub) or XDG_DATA_HOME (all others)"


@dataclass(frozen=True, slots=True)
class Kept:
    """Something kept in a folder as its errors name it ("the ``noun`` ``preposition`` FOLDER"), with their hints."""

    noun: str
    preposition: str
    full: str
    denied: str
    failed: str
    missing: str = ""
    damaged: str = ""


LIBRARY = Kept(
    noun="library",
    preposition="at",
    full="free some space and run the same command again; what was acknowledged is kept",
    denied="check the permissions of the folder, or name another library with --library",
    failed="copy the library to another disk, then run `audobon assets verify`",
    missing="make one with `audobon init`",
    damaged="put back a copy of the file; the pictures themselves are in objects/ and are not touched",
)
ENCRYPTED = replace(
    LIBRARY,
    damaged="put back a copy of the file, or of the folder keys/ if another library's lies there; the pictures "
    "themselves are in objects/ and are not touched",
)
"""An encrypted library: with another key its database looks damaged."""
LEDGER = Kept(
    noun="usage ledger",
    preposition="at",
    full="free some space and run the same command again; what was acknowledged is kept",
    denied="check the permissions of the folder",
    failed="copy the folder to another disk",
    missing="run the same command again",
    damaged="put back a copy of the file; without one, move it away: budgets then count from zero",
)
METRICS = Kept(
    noun="metrics",
    preposition="at",
    full="free some space and run the same command again",
    denied="check the permissions of the folder",
    failed="copy the folder to another disk",
    missing="run the same command again",
    damaged="move the file away: metrics then count from zero",
)
MODELS = Kept(
    noun="models",
    preposition="in",
    full=f"free some space and run the same command again, which goes on where it ended; or {ELSEWHERE}",
    denied=f"check the permissions of the folder, or {ELSEWHERE}",
    failed="run `audobon models verify`; replace the disk",
)


def explain_disk_error(error: OSError, folder: Path, kept: Kept) -> AudobonError | None:
    """What the operating system's refusal in ``folder`` means; None when it is none we know."""
    where, why = str(error.filename or folder), error.strerror or str(error)
    named = f"the {kept.noun} {kept.preposition} {folder}"
    number = current().posix_errno(error)
    if current().is_in_use(error):
        return _in_use(where, kept)
    if number == errno.EFBIG:
        return SystemLimit(
            f"{where} would be larger than its disk or your limit allows.",
            hint="FAT holds files of at most 4 GiB: keep it on another disk; `ulimit -f` tells the limit",
            path=where,
        )
    if number in FULL:
        return DiskFull(f"No space is left for {named}.", hint=kept.full, path=where)
    if number in DENIED and kept is MODELS:
        return OutputUnwritable(f"Models cannot be written to {where}: {why}.", hint=kept.denied, path=where)
    if number in DENIED:
        return library_read_only(folder, why, kept)
    if number in FAILING:
        return DiskFailed(f"The disk failed under {named}: {why}.", hint=kept.failed, path=where)
    return None


def _in_use(where: str, kept: Kept) -> AudobonError:
    """Of Windows, where nobody replaces or deletes what somebody has open."""
    kind = OutputUnwritable if kept is MODELS else LibraryBusy
    return kind(
        f"Another program has {where} open.",
        hint="close it there, or let its command end; then run the same command again",
        path=where,
    )


@contextlib.contextmanager
def disk_errors(folder: Path, kept: Kept) -> Iterator[None]:
    """Turn an OSError of the body into DiskFull, DiskFailed or, where it may not be written, LibraryReadOnly
    (of models OutputUnwritable); others pass as they are."""
    try:
        yield
    except OSError as error:
        explained = explain_disk_error(error, folder, kept)
        if explained is None:
            raise
        raise explained from error


def library_errors(root: Path) -> contextlib.AbstractContextManager[None]:
    """See disk_errors, of the library at ``root``."""
    return disk_errors(root, LIBRARY)


def model_errors(folder: Path) -> contextlib.AbstractContextManager[None]:
    """See disk_errors, of the models in ``folder``."""
    return disk_errors(folder, MODELS)


def library_not_found(root: Path, kept: Kept = LIBRARY) -> LibraryNotFound:
    return LibraryNotFound(f"There is no {kept.noun} at {root}.", hint=kept.missing, path=str(root))


def library_read_only(root: Path, why: str, kept: Kept = LIBRARY) -> LibraryReadOnly:
    return LibraryReadOnly(
        f"The {kept.noun} at {root} cannot be written: {why}.", hint=kept.denied, path=str(root)
    )


def library_held(root: Path, kept: Kept = LIBRARY) -> LibraryReadOnly:
    """Of one that could be written and must not be: see the setting ``read_only``."""
    return LibraryReadOnly(
        f"The {kept.noun} at {root} was opened for reading only: nothing in it may change.",
        hint="leave out --read-only; or `audobon config show` says what sets read_only",
        path=str(root),
    )


def library_busy(root: Path, waited_seconds: float, kept: Kept = LIBRARY) -> LibraryBusy:
    return LibraryBusy(
        f"Another process has kept the {kept.noun} at {root} locked for {waited_seconds:g} seconds.",
        hint="wait for it to finish, then run the same command again",
        path=str(root),
        waited_seconds=waited_seconds,
    )


def library_newer(root: Path, version: int, known: int, kept: Kept = LIBRARY) -> LibraryNewer:
    return LibraryNewer(
        f"The {kept.noun} at {root} has format {version}; this Audobon knows up to {known}.",
        hint="upgrade Audobon: `pip install --upgrade audobon-cli`",
        path=str(root),
        version=version,
        known=known,
    )


def database_damaged(path: Path, why: str, kept: Kept = LIBRARY) -> LibraryCorrupt:
    return LibraryCorrupt(
        f"The {kept.noun}'s database {path} is damaged: {why}.", hint=kept.damaged, path=str(path)
    )
