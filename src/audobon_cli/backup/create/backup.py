"""`backup create` as people mean it: make a recovery point unless nothing has changed."""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from audobon_cli.backup.change_cache import (
    Fingerprint,
    LastBackup,
    fingerprint,
    packs_state,
    wait_for_clock_tick,
)
from audobon_cli.backup.destinations import Destination
from audobon_cli.backup.opener import RepositoryOpener
from audobon_cli.domain.errors import BackupDamaged, RemoteObjectMissing
from audobon_cli.encryption.secret_files import SecretFiles

if TYPE_CHECKING:
    from pathlib import Path

    from audobon_cli.backup.create.point import BackupReport
    from audobon_cli.backup.repository.repository import Repository, StoredPoint
    from audobon_cli.backup.unlock import Unlocking
    from audobon_cli.domain.events import Listener
    from audobon_cli.library.store.library import Library
    from audobon_cli.remotes.base import Remote

POINTS = "points/"
PACKS = "packs/"


@dataclass(frozen=True, slots=True)
class BackupRequest:
    """What to back up and where to."""

    destination: Destination
    secret: SecretFiles
    models: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class PrecheckResult:
    """What is known before the repository is opened. ``unchanged``: the point's summary, if it holds everything."""

    library: "Path"
    prints: Fingerprint
    last: LastBackup | None
    unchanged: dict[str, Any] | None


def precheck(opener: RepositoryOpener, remote: "Remote", library: "Path", models: bool) -> PrecheckResult:
    """Whether the last point holds everything and is still there: some looks at files, one at the destination."""
    last = opener.cache.get(remote.address, library)
    prints = fingerprint(library, opener.watched(models))
    unchanged = None
    if last is not None and last.fingerprint == prints and bool(last.summary.get("models_kept")) == models:
        there = remote.stat(POINTS + last.point)
        unchanged = last.summary if there is not None else None
    return PrecheckResult(library, prints, last, unchanged)


def still_serves(opener: RepositoryOpener, opening: "Unlocking", checked: PrecheckResult) -> bool:
    """Whether the last point can be taken for whole without a look at each object: its repository opens with the
    secret, and has the packs of the last look, which is not long ago.

    Costs the key slots and a list of the packs, and the key where the secret is in no file or another than last time.
    Raises BackupKeyRefused, BackupDamaged and what a Remote raises.
    """
    last, remote = checked.last, opening.remote
    witness = opening.witness()
    is_known = last is not None and witness != "" and witness == last.opened
    if not is_known:
        opening.begin()
    packs = packs_state((stat.key.rpartition("/")[2], stat.size_bytes) for stat in remote.list(PACKS))
    if not is_known:
        opening.keys()
    if last is None or last.repository != opening.config.repository.hex():
        return False
    if not is_known and witness:
        opener.cache.put(remote.address, checked.library, replace(last, opened=witness))
    return last.was_looked_at(packs)


def back_up(
    opener: RepositoryOpener,
    request: BackupRequest,
    opening: "Unlocking",
    library: "Library",
    checked: PrecheckResult,
    listen: "Listener",
) -> "BackupReport":
    """Make a recovery point, or find that the last one holds everything; and remember it for the next time.

    The library is copied while the key is derived. Raises BackupDamaged when another repository lies in the place
    of the one known, and what create_backup raises.
    """
    from audobon_cli.backup.create.point import Purpose, create_point, refuse_inside
    from audobon_cli.backup.create.snapshot import snapshot
    from audobon_cli.backup.repository.inventory import write_roster

    opening.begin()
    refuse_inside(opening.remote, library.root)
    _refuse_another(opening, checked.last)
    extras = opener.extras(request.models)
    # The fingerprint is of before the copy is made: what changes from now on differs from it.
    wait_for_clock_tick(checked.prints)
    with snapshot(library, extras) as moment:
        repository = opening.repository()
        purpose = Purpose(extras, request.note, _previous(repository, checked.last))
        created = create_point(repository, moment, purpose, listen)
    if not created.unchanged:
        write_roster(repository.remote, repository.keys)
    summary = {**created.point.summary(), "models_kept": request.models}
    config = repository.config
    packs = packs_state(created.packs)
    last = LastBackup(
        config.repository.hex(),
        config.encrypted,
        created.name,
        summary,
        checked.prints,
        packs,
        time.time(),
        opening.witness(),
    )
    opener.cache.put(repository.remote.address, library.root, last)
    return created


def _previous(repository: "Repository", last: LastBackup | None) -> "StoredPoint | None":
    if last is None:
        return None
    stat = repository.remote.stat(POINTS + last.point)
    if stat is None:
        return None
    try:
        return repository.read_point(last.point, stat)
    except (BackupDamaged, RemoteObjectMissing):
        return None


def _refuse_another(opening: "Unlocking", last: LastBackup | None) -> None:
    """An attacker could put a repository without encryption in the place of one with it, to be told everything."""
    if last is None or last.encrypted <= opening.config.encrypted:
        return
    if last.repository != opening.config.repository.hex():
        raise BackupDamaged(
            f"The repository at {opening.remote.address} was encrypted; another one is there now, which is not.",
            hint=f"if that is your doing, back up to another address, or remove {opening.remote.address}",
            address=opening.remote.address,
        )
