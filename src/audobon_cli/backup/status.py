"""How old the last backup of a library is, and whether something has changed since."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audobon_cli.backup.change_cache import fingerprint
from audobon_cli.backup.destinations import Destination
from audobon_cli.backup.opener import RepositoryOpener
from audobon_cli.domain.errors import AudobonError

CONFIG = "config"
POINTS = "points/"


@dataclass(frozen=True, slots=True)
class DestinationStatus:
    """What this machine knows of its backups to a destination. ``changed`` is None where nothing is known."""

    name: str
    address: str
    default: bool
    reachable: bool
    why: str
    last_point: str | None
    last_time: datetime | None
    age_seconds: float | None
    changed: bool | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "name": self.name or None,
            "address": self.address,
            "default": self.default,
            "reachable": self.reachable,
            "why": self.why,
            "last_point": self.last_point,
            "last_time": self.last_time.isoformat() if self.last_time else None,
            "age_seconds": None if self.age_seconds is None else round(self.age_seconds),
            "changed": self.changed,
        }


def last_backup(opener: RepositoryOpener, destination: Destination, library: Path) -> datetime | None:
    """When this machine last backed up ``library`` to ``destination``, by what it remembers: nothing is opened."""
    address = destination.address
    if "://" not in address:
        address = os.path.normpath(Path(address).expanduser().absolute())
    last = opener.cache.get(address.rstrip("/") if "://" in address else address, library)
    return None if last is None else datetime.fromisoformat(last.summary["time"])


def destination_status(
    opener: RepositoryOpener, destination: Destination, default: bool, library: Path
) -> DestinationStatus:
    """The status of one destination, from what this machine remembers and two looks at the destination."""
    last, why, address = None, "", destination.address
    try:
        remote = opener.remote(destination)
        address = remote.address
        last = opener.cache.get(address, library)
        if remote.stat(CONFIG) is None:
            why = "no repository there"
        elif last is not None and remote.stat(POINTS + last.point) is None:
            why = "the last recovery point is not there any more"
        remote.close()
    except AudobonError as error:
        why = error.message
    if last is None:
        return DestinationStatus(destination.name, address, default, not why, why, None, None, None, None)
    time = datetime.fromisoformat(last.summary["time"])
    prints = fingerprint(library, opener.watched(bool(last.summary.get("models_kept"))))
    return DestinationStatus(
        destination.name,
        address,
        default,
        not why,
        why,
        last.summary["id"],
        time,
        (datetime.now(UTC) - time).total_seconds(),
        prints != last.fingerprint,
    )
