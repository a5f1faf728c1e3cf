"""Knowing without a look into the repository that nothing has changed since the last recovery point.

After each backup the state of the library's files is kept in the cache folder: size, inode, and the times of last
modification and change, of which no program can set the latter. When nothing of it differs, the recovery point and
all packs are still at the destination, and the passphrase still opens it, there is nothing to back up.

Whether the passphrase still opens it is known without deriving the key, which takes longer than all the rest: where
the file that holds it has the state it had when it did, and the key slots at the destination are the same. Nothing is
kept by which a passphrase could be guessed, so one that comes in the environment is always tried.
"""

import contextlib
import hashlib
import json
import os
import stat
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
    epoch; ``opened`` is what the repository was opened with (see Unlocking.witness).
    """

    repository: str
    encrypted: bool
    point: str
    summary: dict[str, Any]
    fingerprint: Fingerprint
    packs: str = ""
    looked: float = 0.0
    opened: str = ""

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
            status = path.stat()
        except OSError:
            continue
        if status.st_size or path.suffix != ".db-wal":
            found[str(path)] = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return found


def secret_state(path: str) -> str:
    """The state of the file that holds a secret; "" for none, for what is no file (a pipe), and for one that was
    written just now, as the next change of it might have the same time."""
    if not path:
        return ""
    place = os.path.abspath(os.path.expanduser(path))
    try:
        status = os.stat(place)
    except (OSError, ValueError):
        return ""
    newest = max(status.st_mtime_ns, status.st_ctime_ns)
    if not stat.S_ISREG(status.st_mode) or time.time() - newest / 1e9 < _tick(newest):
        return ""
    return (
        f"{place}:{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"
    )


def _tick(moment_ns: int) -> float:
    """Seconds within which two changes may have one time, by a time that the file system gave."""
    return TICK_SECONDS if moment_ns % 1_000_000_000 else COARSE_TICK_SECONDS


def wait_for_clock_tick(found: Fingerprint) -> None:
    """Wait until whatever is written from now on has another time than the files in ``found``: a tick at most."""
    now = time.time()
    for _, _, modified_ns, changed_ns in found.values():
        newest = max(modified_ns, changed_ns)
        tick = _tick(newest)
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
                str(data.get("opened", "")),
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
