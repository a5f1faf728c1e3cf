"""Asking again: the one place where a remote that fails for a while is borne."""

import builtins
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from audobon_cli.remotes.base import ObjectStat, Remote
from audobon_cli.transfer.retry import Backoff, Passing, RetryPolicy, retry_passing

T = TypeVar("T")


class TransientRemoteError(Passing):
    """What may go away by itself; ``final`` is the error if it does not."""


@dataclass(frozen=True, slots=True)
class RemoteRetries(RetryPolicy):
    """How long one call of a remote may take in all, and how often it is tried.

    A call is given up when its next try would begin after ``deadline_seconds`` and the time that its bytes
    take at ``slowest_bytes_per_second``. A connection is given up when nothing moves for ``stall_seconds``.
    """

    failures: int = 8
    failures_in_all: int = sys.maxsize
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 32.0
    longest_wait_seconds: float = math.inf
    backoff: Backoff = Backoff.FULL_JITTER
    deadline_seconds: float = 300.0
    slowest_bytes_per_second: float = 16 * 1024
    connect_seconds: float = 10.0
    stall_seconds: float = 30.0

    def allowed_seconds(self, size_bytes: int) -> float:
        """The longest that a call may take which moves so many bytes."""
        return self.deadline_seconds + size_bytes / self.slowest_bytes_per_second


def retry_remote(ask: Callable[[], T], retries: RemoteRetries, size_bytes: int = 0, address: str = "") -> T:
    """What ``ask`` returns, asked again while it raises TransientRemoteError; then the error which that stands for.

    ``retries.listen`` hears of every try, of the remote at ``address``.
    """
    end = time.monotonic() + retries.allowed_seconds(size_bytes)
    return retry_passing(ask, address, retries, seconds_left=lambda: end - time.monotonic())


class RetryingRemote:
    """A remote whose calls are made again while they fail with TransientRemoteError; see Remote."""

    def __init__(self, inner: Remote, retries: RemoteRetries) -> None:
        self.inner = inner
        self._retries = retries

    def _again(self, ask: Callable[[], T], size_bytes: int = 0) -> T:
        return retry_remote(ask, self._retries, size_bytes, self.address)

    @property
    def address(self) -> str:
        """See Remote.address."""
        return self.inner.address

    def put(self, key: str, content: bytes | memoryview) -> bool:
        """See Remote.put."""
        return self._again(lambda: self.inner.put(key, content), len(content))

    def compare_and_swap(self, key: str, content: bytes | memoryview, version: str | None) -> str | None:
        """See Remote.compare_and_swap."""
        return self._again(lambda: self.inner.compare_and_swap(key, content, version), len(content))

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See Remote.get."""
        return self._again(lambda: self.inner.get(key, start, length), length or 0)

    def stat(self, key: str) -> ObjectStat | None:
        """See Remote.stat."""
        return self._again(lambda: self.inner.stat(key))

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """See Remote.list. After a failure it is listed again from the start, and what was given is left out."""
        walk = self.inner.list(prefix)
        last = ""
        while True:
            try:
                found = next(walk, None)
            except TransientRemoteError as error:
                walk, found = self._again(partial(self._list_again, prefix, last, [error]))
            if found is None:
                return
            last = found.key
            yield found

    def _list_again(
        self, prefix: str, after: str, failures: builtins.list[TransientRemoteError]
    ) -> tuple[Iterator[ObjectStat], ObjectStat | None]:
        if failures:  # the one there was already: it counts, and its pause is made
            raise failures.pop()
        walk = self.inner.list(prefix)
        return walk, next((found for found in walk if found.key > after), None)

    def delete(self, key: str, version: str | None = None) -> bool:
        """See Remote.delete."""
        return self._again(lambda: self.inner.delete(key, version))

    def close(self) -> None:
        """See Remote.close."""
        self.inner.close()
