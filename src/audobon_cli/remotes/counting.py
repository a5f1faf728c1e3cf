"""What was done to a remote: for the report of a run, and for what it costs."""

import threading
from collections.abc import Iterator
from dataclasses import replace

from audobon_cli.domain.storage_cost import StorageUse
from audobon_cli.remotes.base import ObjectStat, Remote

PAGE_OBJECTS = 1000
"""Cloud Storage lists so many objects for one operation."""


class CountingRemote:
    """A remote that counts its calls as Cloud Storage bills them; see Remote. What is tried again counts once."""

    def __init__(self, inner: Remote) -> None:
        self.inner = inner
        self._use = StorageUse()
        self._lock = threading.Lock()

    @property
    def use(self) -> StorageUse:
        """All so far."""
        return self._use

    @property
    def address(self) -> str:
        """See Remote.address."""
        return self.inner.address

    def put(self, key: str, content: bytes | memoryview) -> bool:
        """See Remote.put."""
        created = self.inner.put(key, content)
        self._add(class_a=1, uploaded_bytes=len(content) if created else 0)
        return created

    def compare_and_swap(self, key: str, content: bytes | memoryview, version: str | None) -> str | None:
        """See Remote.compare_and_swap."""
        swapped = self.inner.compare_and_swap(key, content, version)
        self._add(class_a=1, uploaded_bytes=len(content) if swapped is not None else 0)
        return swapped

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See Remote.get."""
        content = self.inner.get(key, start, length)
        self._add(class_b=1, downloaded_bytes=len(content))
        return content

    def stat(self, key: str) -> ObjectStat | None:
        """See Remote.stat."""
        found = self.inner.stat(key)
        self._add(class_b=1)
        return found

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """See Remote.list."""
        for number, found in enumerate(self.inner.list(prefix)):
            if number % PAGE_OBJECTS == 0:
                self._add(class_a=1)
            yield found

    def delete(self, key: str, version: str | None = None) -> bool:
        """See Remote.delete."""
        return self.inner.delete(key, version)

    def close(self) -> None:
        """See Remote.close."""
        self.inner.close()

    def _add(
        self, class_a: int = 0, class_b: int = 0, uploaded_bytes: int = 0, downloaded_bytes: int = 0
    ) -> None:
        with self._lock:
            self._use = replace(
                self._use,
                class_a=self._use.class_a + class_a,
                class_b=self._use.class_b + class_b,
                uploaded_bytes=self._use.uploaded_bytes + uploaded_bytes,
                downloaded_bytes=self._use.downloaded_bytes + downloaded_bytes,
            )
