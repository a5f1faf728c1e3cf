"""Erasing what the program keeps about its user, and saying what stays."""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.doctor.caches import CachePolicy, list_caches, prune_caches
from audobon_cli.operations.spool import LOCK_NAME
from audobon_cli.privacy.sources import PrivacySources
from audobon_cli.queue.model import JobFilter
from audobon_cli.queue.open import open_steering
from audobon_cli.storage.file_locks import exclusive_lock

LOCK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ErasedPart:
    """A kind of what is kept: ``count`` files, jobs or calls of it that are erased, or would be."""

    name: str
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Staying:
    """What is not erased, why not, and the command that does."""

    what: str
    why: str
    command: str


STAYING = (
    Staying("assets with their names, prompts and notes", "they are your work", "audobon assets purge"),
    Staying(
        "what `purge` deleted on a disk that is not encrypted",
        "no program can overwrite it for sure",
        "audobon library encrypt, then audobon assets purge --erase",
    ),
    Staying(
        "commits: authors, messages, names and prompts of then",
        "their ids are digests over all of that",
        "audobon init in another folder, and the assets imported there",
    ),
    Staying(
        "what was deleted from a database, until its pages are used again",
        "SQLite keeps them",
        "audobon library encrypt",
    ),
    Staying("what `undo` can take back", "it is forgotten as it grows old", "audobon disk free"),
    Staying("records of the audit log", "a chain with a record less is one that was tampered with", ""),
    Staying("recovery points", "they are backups", "audobon backup prune"),
    Staying("exports, and files that --out wrote", "nobody keeps a list of them", ""),
    Staying("settings, presets and templates of your own", "you wrote them", "audobon config path"),
    Staying(
        "keys in the keyring", "they open what is yours", "audobon providers logout, audobon models logout"
    ),
    Staying("pictures and calls at providers", "they are theirs to erase", ""),
    Staying("models, and training runs with their captions", "they are your work", "audobon models remove"),
)
"""What is left, in words: the answer to "is that all?"."""


def erase_private(sources: PrivacySources, dry_run: bool = False) -> tuple[ErasedPart, ...]:
    """Erase logs, metrics, caches, the monitor's notes, jobs that are over and calls that are settled; with ``dry_run``
    only count them.

    What is in use stays: jobs that wait, calls whose outcome is open. Raises what the stores raise, LibraryBusy among
    it; what was erased before that is gone, and running it again erases the rest.
    """
    if not dry_run:
        sources.library.require_writable()
    return tuple(ErasedPart(name, what, erase(sources, dry_run)) for name, (what, erase) in _PARTS.items())


def _logs(sources: PrivacySources, dry_run: bool) -> int:
    return _unlinked(sources.log_files(), dry_run)


def _metrics(sources: PrivacySources, dry_run: bool) -> int:
    folder = sources.locations.metrics
    found = [path for path in _files(folder) if path.name != LOCK_NAME]
    if dry_run or not found:
        return len(found)
    with exclusive_lock(folder / LOCK_NAME, LOCK_SECONDS) as taken:  # runs that end now add to it afterwards
        return _unlinked(found, dry_run) if taken else 0


def _monitor(sources: PrivacySources, dry_run: bool) -> int:
    return _unlinked([path for path in _files(sources.locations.monitor) if path.suffix == ".json"], dry_run)


def _caches(sources: PrivacySources, dry_run: bool) -> int:
    library = sources.library.root
    if dry_run:
        return sum(one.files for one in list_caches(sources.locations, library))
    count, _ = prune_caches(sources.locations, library, (), CachePolicy())
    with contextlib.suppress(OSError):
        shutil.rmtree(sources.locations.cache / "opened")
    return count


def _jobs(sources: PrivacySources, dry_run: bool) -> int:
    return open_steering(sources.library).clear(JobFilter(), keep=dry_run)


def _calls(sources: PrivacySources, dry_run: bool) -> int:
    return sources.ledger.forget(keep=dry_run)


_PARTS: Mapping[str, tuple[str, Callable[[PrivacySources, bool], int]]] = {
    "logs": ("files of the log of commands", _logs),
    "metrics": ("files of metrics: runs, counts by day", _metrics),
    "monitor": ("notes of what the monitor found", _monitor),
    "caches": ("cached files, thumbnails and copies for other programs among them", _caches),
    "jobs": ("jobs of the queue that are over, with their prompts", _jobs),
    "calls": ("settled calls to providers; the budget of this month counts from nothing again", _calls),
}


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _unlinked(paths: list[Path], dry_run: bool) -> int:
    if not dry_run:
        for path in paths:
            path.unlink(missing_ok=True)
    return len(paths)
