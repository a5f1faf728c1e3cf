"""Knowing without a look into the repository that nothing has changed since the last recovery point.

After each backup the state of the library's files is kept in the cache folder: size, inode, and the times of last
modification and change, of which no program can set the latter. When nothing of it differs, the recovery point and
all packs are still at the destination, and the passphrase still opens it, there is nothing to back up.
"""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from audobon_cli.domain.foreign.documents import parse_json, read_bounded
from audobon_cli.platforms import current

FORMAT = 1
LOOK_DAYS = 7.0
"""After so long everything that the last point needs is looked for again, though nothing seems to have changed."""
TICK_SECONDS = 0.1
"""File systems stamp times in steps of up to 10 ms: what was written in the same step as the copy would not show."""
COARSE_TICK_SECONDS = 2.1
"""Where times have no fractions of a second (FAT)."""

Fingerprint = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class LastBackup:
    """What this machine knows of its last backup of a library to a destination.

    ``packs`` is the state of the packs there (see packs_state) when all were looked at, ``looked`` seconds after the
    epoch.
    """

    repository: str
    encrypted: bool
    point: str
    summary: dict[str, Any]
    fingerprint: Fingerprint
    packs: str = ""
    looked: float = 0.0

    def was_looked_at(self, packs: str) -> bool:
        """Whether these very packs were looked at, not long ago by a clock that may have been set back."""
        return packs == self.packs and 0 <= time.time() - self.looked < LOOK_DAYS * 86_400


def packs_state(packs: Iterable[tuple[str, int]]) -> str:
    """A digest of which packs there are (their names) and of how many bytes each: one that vanished or was cut short
    changes it."""
    whole = hashlib.sha256()
    for name, size_bytes in sorted(packs):
        whole.update(f"{name} {size_bytes}\n".encode())
    return whole.hexdigest()


def fingerprint(library: Path, extras: list[Path]) -> Fingerprint:
    """The state of all files from which a backup is made, but stored pictures, which never change."""
    found: Fingerprint = {}
    for path in (library / "audobon.db", library / "audobon.db-wal", *extras):
        try:
            stat = path.stat()
        except OSError:
            continue
        if stat.st_size or path.suffix != ".db-wal":
            found[str(path)] = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    return found


def wait_for_clock_tick(found: Fingerprint) -> None:
    """Wait until whatever is written from now on has another time than the files in ``found``: a tick at most."""
    now = time.time()
    for _, _, modified_ns, changed_ns in found.values():
        newest = max(modified_ns, changed_ns)
        tick = TICK_SECONDS if newest % 1_000_000_000 else COARSE_TICK_SECONDS
        ahead = newest / 1e9 + tick - now
        if 0 < ahead <= tick:  # a time further in the future is that of another clock
            time.sleep(ahead)


@dataclass(frozen=True, slots=True)
class BackupCache:
    """What is known of backups, in ``folder``; losing it costs time only."""

    folder: Path

    def get(self, address: str, library: Path) -> LastBackup | None:
        """What is known of the last backup of ``library`` to ``address``."""
        try:
            data = parse_json(read_bounded(self._path(address, library)))
            if data["format"] != FORMAT:
                return None
            prints = {path: tuple(values) for path, values in data["fingerprint"].items()}
            return LastBackup(
                data["repository"],
                data["encrypted"],
                data["point"],
                data["summary"],
                prints,
                str(data.get("packs", "")),
                float(data.get("looked", 0.0)),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, address: str, library: Path, last: LastBackup) -> None:
        """Remember a backup. A cache that cannot be written is left be."""
        path = self._path(address, library)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps({"format": FORMAT, **asdict(last)}), encoding="utf-8")
            current().replace(temporary, path)

    def _path(self, address: str, library: Path) -> Path:
        name = hashlib.sha256(f"{address}\0{library}".encode(errors="surrogateescape")).hexdigest()[:24]
        return self.folder / f"{name}.json"
