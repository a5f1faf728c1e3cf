"""A backup after each commit, where the user's settings ask for it: ``[backup] after = "commit"``.

It never fails the commit: what went wrong is noted, told, and tried again after the next commit, or by the monitor ten
minutes later. Only the user's own settings count, and only destinations that are named there: the file of a project
that was cloned must not send a library anywhere.
"""

import contextlib
import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from audobon_cli.backup.create.backup import BackupRequest, back_up, precheck, still_serves
from audobon_cli.backup.destinations import AFTER_COMMIT, load_destinations
from audobon_cli.backup.opener import RepositoryOpener
from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.events import ignore
from audobon_cli.domain.foreign.documents import parse_json, read_bounded
from audobon_cli.encryption.secret_files import SecretFiles
from audobon_cli.library.store.library import Library
from audobon_cli.platforms import current

RETRY_SECONDS = 600.0


class BackedUpPlace(Protocol):
    """What is backed up: a workspace."""

    @property
    def library_path(self) -> Path: ...
    @property
    def library(self) -> Library: ...
    @property
    def backup(self) -> RepositoryOpener: ...
    @property
    def destination_files(self) -> tuple[Path | None, Path | None]: ...


@dataclass(frozen=True, slots=True)
class FailedBackup:
    """A backup after a commit that could not be made: when (seconds since the epoch), and why."""

    time: float
    why: str


def back_up_after_commit(place: BackedUpPlace) -> FailedBackup | None:
    """Back up to the user's default destination if the settings ask for it; why it failed, or None.

    Nobody is asked for a passphrase. Raises nothing but what is a bug.
    """
    try:
        known = load_destinations(place.destination_files[0])
        if known.after != AFTER_COMMIT:
            return None
        _back_up(place, BackupRequest(known.find(None), SecretFiles()))
    except (AudobonError, OSError) as error:
        failed = FailedBackup(time.time(), str(error))
        _note(place, failed)
        return failed
    _note(place, None)
    return None


def failed_backup(place: BackedUpPlace) -> FailedBackup | None:
    """The backup after a commit that is still to be made, or None."""
    try:
        found = parse_json(read_bounded(_file(place)))
        return FailedBackup(float(found["time"]), str(found["why"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_due(failed: FailedBackup) -> bool:
    """Whether it is time to try again."""
    return not 0 <= time.time() - failed.time < RETRY_SECONDS


def _back_up(place: BackedUpPlace, request: BackupRequest) -> None:
    opener = place.backup
    remote = opener.remote(request.destination)
    try:
        standing = precheck(opener, remote, place.library_path, request.models)
    finally:
        remote.close()
    if standing.last is not None and standing.last.summary.get("models_kept"):
        # The user keeps models in these backups: one without them would seem to have dropped them.
        request = BackupRequest(request.destination, request.secret, models=True)
    opening = opener.unlocking(request.destination, request.secret, lambda: None)
    try:
        if standing.unchanged is None or not still_serves(opener, opening, standing):
            back_up(opener, request, opening, place.library, standing, ignore)
    finally:
        opening.close()


def _note(place: BackedUpPlace, failed: FailedBackup | None) -> None:
    """Write down what is to be tried again, or that nothing is. Where that cannot be written, the next commit tries."""
    path = _file(place)
    with contextlib.suppress(OSError):
        if failed is None:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(json.dumps({"time": failed.time, "why": failed.why}), encoding="utf-8")
        current().replace(temporary, path)


def _file(place: BackedUpPlace) -> Path:
    name = hashlib.sha256(str(place.library_path).encode(errors="surrogateescape")).hexdigest()[:24]
    return place.backup.cache.folder / f"after-commit-{name}.json"
