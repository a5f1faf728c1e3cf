"""Traces that were made on this machine: gzipped JSON by name in a folder that may vanish at any time."""

import gzip
import json
import tempfile
import zlib
from pathlib import Path
from typing import Any

from audobon_cli.platforms import current


class TraceCache:
    """A folder of entries; broken or missing ones count as not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> Any | None:
        """The value stored as ``name``, None when there is none that can be read."""
        try:
            return json.loads(gzip.decompress(self._path(name).read_bytes()))
        except (OSError, EOFError, zlib.error, ValueError):
            return None

    def put(self, name: str, value: Any) -> None:
        """Store a JSON value; a folder that cannot be written only costs the time to trace again."""
        data = gzip.compress(json.dumps(value, separators=(",", ":")).encode(), 6, mtime=0)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(data)
            current().replace(file.name, self._path(name))
        except OSError:
            return

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json.gz"
