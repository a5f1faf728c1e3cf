"""A remote in memory: for tests, and the plainest statement of what a remote does."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from audobon_cli.remotes.base import ObjectStat
from audobon_cli.remotes.keys import check_key, cut, object_missing


class MemoryRemote:
    """See Remote. ``clock`` is the remote's own; what is put lives as long as this object."""

    def __init__(self, address: str = "memory:", clock: Callable[[], datetime] | None = None) -> None:
        self.address = address
        self._clock = clock or (lambda: datetime.now(UTC))
        self._objects: dict[str, tuple[bytes, ObjectStat]] = {}
        self._writes = 0
        self._lock = threading.Lock()

    def put(self, key: str, content: bytes | memoryview) -> bool:
        """See Remote.put."""
        return self.compare_and_swap(key, content, None) is not None

    def compare_and_swap(self, key: str, content: bytes | memoryview, version: str | None) -> str | None:
        """See Remote.compare_and_swap."""
        check_key(key)
        with self._lock:
            found = self._objects.get(key)
            if (found[1].version if found else None) != version:
                return None
            self._writes += 1
            stat = ObjectStat(key, len(content), self._clock(), str(self._writes))
            self._objects[key] = (bytes(content), stat)
            return stat.version

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See Remote.get."""
        check_key(key)
        found = self._objects.get(key)
        if found is None:
            raise object_missing(self.address, key)
        return cut(found[0], self.address, key, start, length)

    def stat(self, key: str) -> ObjectStat | None:
        """See Remote.stat."""
        check_key(key)
        found = self._objects.get(key)
        return found[1] if found else None

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """See Remote.list; a list of the moment of the call."""
        with self._lock:
            found = sorted(self._objects.items())
        return (stat for key, (_, stat) in found if key.startswith(prefix))

    def delete(self, key: str, version: str | None = None) -> bool:
        """See Remote.delete."""
        check_key(key)
        with self._lock:
            found = self._objects.get(key)
            if found is None or version not in (None, found[1].version):
                return False
            del self._objects[key]
            return True

    def close(self) -> None:
        """Nothing to give back."""
