"""Writes whose reply was lost: what is there afterwards may be their own."""

import contextlib
import threading
from collections.abc import Iterator

from audobon_cli.remotes.retry import TransientRemoteError


class DoubtfulWrites:
    """Remembers writes that ended without an answer, until they are tried again."""

    def __init__(self) -> None:
        self._doubtful: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def noting(self, key: str, checksum: str) -> Iterator[bool]:
        """Whether this write was tried before without an answer, so that what is there may be its own."""
        write = (key, checksum)
        with self._lock:
            tried_before = write in self._doubtful
            self._doubtful.discard(write)
        try:
            yield tried_before
        except TransientRemoteError:
            with self._lock:
                self._doubtful.add(write)
            raise
