"""Files that were made to be looked at and lie in no library: kept in memory for a while, the last ones."""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Sequence

from audobon_cli.domain.errors import RouteUnknown

MOST_BYTES = 64 * 1024 * 1024
MOST_SETS = 32


class ShownFiles:
    """Sets of files by an id that nobody guesses; the oldest go first. For several threads."""

    def __init__(self) -> None:
        self._sets: OrderedDict[str, tuple[bytes, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, files: Sequence[bytes]) -> str:
        """Keep ``files``, however large they are, and let go of older ones; their id."""
        name = secrets.token_urlsafe(12)
        with self._lock:
            self._sets[name] = tuple(files)
            while len(self._sets) > 1 and (len(self._sets) > MOST_SETS or self._bytes() > MOST_BYTES):
                self._sets.popitem(last=False)
        return name

    def get(self, name: str, number: int) -> bytes:
        """File ``number`` (from 0) of a set. Raises RouteUnknown for one that was let go of, or never was."""
        with self._lock:
            files = self._sets.get(name, ())
        if number >= len(files):
            raise RouteUnknown("This preview is not kept any more.", hint="ask for it again")
        return files[number]

    def _bytes(self) -> int:
        return sum(len(file) for files in self._sets.values() for file in files)
