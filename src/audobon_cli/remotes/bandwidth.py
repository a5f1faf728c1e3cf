"""Limits of bandwidth, which all threads of a remote share."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

PIECE_BYTES = 64 * 1024
"""What is moved at a time where there is a limit."""
BURST_SECONDS = 0.1
"""How far ahead of the limit may be sent: what keeps the line busy between two pieces."""


class BandwidthLimit:
    """A token bucket: `take` before so many bytes are moved. Without a limit it never waits."""

    def __init__(
        self,
        bytes_per_second: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.bytes_per_second = bytes_per_second
        self._clock = clock
        self._sleep = sleep
        self._paid_until = clock()
        self._lock = threading.Lock()

    def take(self, size_bytes: int) -> None:
        """Wait until ``size_bytes`` may be moved."""
        if not self.bytes_per_second:
            return
        with self._lock:
            now = self._clock()
            start = max(self._paid_until, now - BURST_SECONDS)
            self._paid_until = start + size_bytes / self.bytes_per_second
        if start > now:
            self._sleep(start - now)


@dataclass(frozen=True, slots=True)
class Paces:
    """One pace for each direction, as seen from this machine."""

    upload: BandwidthLimit = field(default_factory=BandwidthLimit)
    download: BandwidthLimit = field(default_factory=BandwidthLimit)
