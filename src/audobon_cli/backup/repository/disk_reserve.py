"""Working on a full disk: the reserve is given up for what makes room."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from audobon_cli.backup.repository.repository import RESERVE
from audobon_cli.domain.errors import RemoteFull
from audobon_cli.remotes.base import ObjectStat, Remote

T = TypeVar("T")


class ReserveRemote:
    """A remote that deletes the repository's reserve when it is full, and tries once more. See Remote."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self.address = remote.address

    def put(self, key: str, content: bytes | memoryview) -> bool:
        """See Remote.put."""
        return self._with_room(lambda: self._remote.put(key, content))

    def compare_and_swap(self, key: str, content: bytes | memoryview, version: str | None) -> str | None:
        """See Remote.compare_and_swap."""
        return self._with_room(lambda: self._remote.compare_and_swap(key, content, version))

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See Remote.get."""
        return self._remote.get(key, start, length)

    def stat(self, key: str) -> ObjectStat | None:
        """See Remote.stat."""
        return self._remote.stat(key)

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """See Remote.list."""
        return self._remote.list(prefix)

    def delete(self, key: str, version: str | None = None) -> bool:
        """See Remote.delete."""
        return self._with_room(lambda: self._remote.delete(key, version))

    def close(self) -> None:
        """See Remote.close."""
        self._remote.close()

    def _with_room(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except RemoteFull:
            if not self._remote.delete(RESERVE):
                raise
            return work()
