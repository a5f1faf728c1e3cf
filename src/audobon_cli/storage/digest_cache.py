"""SHA-256 digests of files that rarely change, remembered between runs."""

import contextlib
import hashlib
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from audobon_cli.domain.foreign.documents import parse_json, read_bounded

MOST_CACHE_BYTES = 64 * 2**20
CACHE_SCHEMA = "audobon-digests/2"
SETTLED_NANOSECONDS = 2_000_000_000
"""A file changed more recently than this is hashed but not remembered: a second change within the
clock tick of its file system (2 s on FAT, the coarsest) would leave size, times and inode as they are."""


class DigestCache:
    """Digests keyed by path, size, modification time, change time and inode, in one JSON file.

    The kernel sets the change time at every write, and no program can set it back as it can the
    modification time: a byte changed through the file system is always seen. Only what happens below it
    (a disk that returns other bytes without an error) is not.

    The file may be None, missing, broken or unwritable: then every digest is computed.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known = _read(file)
        self._changed = False

    def digest(self, path: Path) -> str:
        """Lower-case SHA-256 hex digest of the file. Raises OSError if it cannot be read."""
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            key = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
            name = str(path.resolve())
            known = self._known.get(name)
            if isinstance(known, list) and known[:-1] == key:
                return str(known[-1])
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        changed = max(status.st_mtime_ns, status.st_ctime_ns)
        if time.time_ns() - changed > SETTLED_NANOSECONDS:
            self._known[name] = [*key, digest]
            self._changed = True
        return digest

    def forget(self, path: Path) -> None:
        """Drop what is remembered of the file: it was found to have other content than was believed."""
        self._changed |= self._known.pop(str(path.resolve()), None) is not None

    def save(self) -> None:
        """Write what was learnt, atomically; entries of files that are gone are dropped."""
        if self._file is None or not self._changed:
            return
        kept = {name: entry for name, entry in self._known.items() if Path(name).is_file()}
        text = json.dumps({"schema": CACHE_SCHEMA, "files": kept}, indent=1, sort_keys=True)
        # A cache that cannot be written costs time at the next run, and nothing else.
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            _replace(self._file, text)
            self._changed = False


def _replace(file: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).replace(file)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        data = parse_json(read_bounded(file, MOST_CACHE_BYTES), MOST_CACHE_BYTES)
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict) or data.get("schema") != CACHE_SCHEMA:
        return {}
    files = data.get("files")
    return files if isinstance(files, dict) else {}
