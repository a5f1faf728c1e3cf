"""The tables of the preset files that ship, parsed once: later runs read one file for a kind of them, not a hundred.

TOML takes thirty times as long as JSON to be parsed: 30 ms of every sound that is made, and 20 of every picture.
"""

import contextlib
import json
import os
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audobon_cli.domain.foreign.documents import read_bounded
from audobon_cli.platforms import current

SCHEMA = "audobon-presets/1"
MOST_BYTES = 16 * 2**20
SETTLED_NANOSECONDS = 2_000_000_000
"""What was changed later than this before it was read is not remembered; see storage.digest_cache."""

State = list[list[Any]]


class ParsedPresets:
    """Tables of files, kept in the folder ``cache``; None: nothing is kept.

    A file counts as the one that was parsed while its name, size, times and inode are those of then. What is missing,
    damaged or cannot be written costs time and nothing else.
    """

    def __init__(self, cache: Path | None) -> None:
        self._cache = cache

    def state(self, paths: Sequence[Path]) -> State | None:
        """What tells whether ``paths`` are still what they are now; None where nothing is kept, or one is gone."""
        if self._cache is None or not paths:
            return None
        try:
            found = [os.stat(path) for path in paths]
        except OSError:
            return None
        return [
            [str(path), one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino]
            for path, one in zip(paths, found, strict=True)
        ]

    def known(self, kind: str, state: State) -> Sequence[Mapping[str, Any]] | None:
        """The tables of the files in ``state``, in their order; None where they were never parsed, or were others."""
        try:
            data = json.loads(read_bounded(self._file(kind, state), MOST_BYTES))
            if data["schema"] == SCHEMA and data["files"] == state and len(data["tables"]) == len(state):
                return data["tables"] if all(isinstance(one, dict) for one in data["tables"]) else None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            pass
        return None

    def keep(self, kind: str, state: State, tables: Sequence[Mapping[str, Any]]) -> None:
        """Remember that ``tables`` are what the files said that were in ``state`` before they were read."""
        changed = max(max(one[2], one[3]) for one in state)
        if time.time_ns() - changed <= SETTLED_NANOSECONDS:
            return
        path = self._file(kind, state)
        temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
        with contextlib.suppress(OSError, TypeError):  # dates have no form in JSON
            text = json.dumps(
                {"schema": SCHEMA, "files": state, "tables": tables},
                ensure_ascii=False,
                separators=(",", ":"),
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                temporary.write_text(text, encoding="utf-8")
                current().replace(temporary, path)
            except OSError:
                temporary.unlink(missing_ok=True)
                raise

    def _file(self, kind: str, state: State) -> Path:
        assert self._cache is not None
        place = zlib.crc32(
            os.path.dirname(state[0][0]).encode("utf-8", "surrogateescape")
        )  # of one installation
        return self._cache / f"{kind}-{place:08x}.json"
