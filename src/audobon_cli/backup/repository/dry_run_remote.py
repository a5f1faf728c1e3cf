"""A remote to which nothing is written: for finding out what a run would do."""

from collections.abc import Iterator

from audobon_cli.remotes.base import ObjectStat, Remote


class DiscardingRemote:
    """Reads from another remote; what is written is dropped, and said to be done. See Remote."""

    def __init__(self, inner: Remote) -> None:
        self.inner = inner
        self.address = inner.address

    def put(self, key: str, content: bytes | memoryview) -> bool:
        """See Remote.put."""
        return True

    def compare_and_swap(self, key: str, content: bytes | memoryview, version: str | None) -> str | None:
        """See Remote.compare_and_swap."""
        return "dry"

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See Remote.get."""
        return self.inner.get(key, start, length)

    def stat(self, key: str) -> ObjectStat | None:
        """See Remote.stat."""
        return self.inner.stat(key)

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """See Remote.list."""
        return self.inner.list(prefix)

    def delete(self, key: str, version: str | None = None) -> bool:
        """See Remote.delete."""
        return True

    def close(self) -> None:
        """See Remote.close."""
        self.inner.close()
