"""How often a source that fails is asked again, and when it is given up."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from audobon_cli.domain.errors import AudobonError, SourceRateLimited, SourceUnreachable

T = TypeVar("T")


class Transient(Exception):
    """What may go away by itself: ask again, after ``wait_seconds`` if the server named a time."""

    def __init__(self, fact: str, wait_seconds: float | None = None, limited: bool = False) -> None:
        """``limited``: the server said that there were too many requests."""
        super().__init__(fact)
        self.wait_seconds = wait_seconds
        self.limited = limited


@dataclass(frozen=True, slots=True)
class DownloadRetries:
    """How often and how long a broken download is tried again.

    ``failures``: how many in a row without a new byte are borne. Pauses double from the first to the
    longest; a server that asks for a pause longer than ``longest_wait_seconds`` is not waited for.
    """

    failures: int = 5
    failures_in_all: int = 100
    first_pause_seconds: float = 1.0
    longest_pause_seconds: float = 30.0
    longest_wait_seconds: float = 120.0

    def pause_seconds(self, failure: int, error: Transient) -> float:
        """The pause after the ``failure``-th failure in a row (from 1); the server's wish goes first."""
        pause = float(min(self.first_pause_seconds * 2 ** (failure - 1), self.longest_pause_seconds))
        if error.wait_seconds is None:
            return pause
        return max(pause, error.wait_seconds) if error.wait_seconds > 0 else 0.0

    def is_exhausted(self, failures: int, pause: float) -> bool:
        """Whether to give up after so many failures in a row, instead of pausing for so many seconds."""
        return failures > self.failures or pause > self.longest_wait_seconds


def retry(ask: Callable[[], T], address: str, retries: DownloadRetries) -> T:
    """What ``ask`` returns, asked again while it raises Transient. Raises what given_up makes."""
    failures = 0
    while True:
        try:
            return ask()
        except Transient as error:
            failures += 1
            pause = retries.pause_seconds(failures, error)
            if retries.is_exhausted(failures, pause):
                raise retries_exhausted(address, error, pause) from error
            time.sleep(pause)


def retries_exhausted(address: str, error: Transient, pause_seconds: float) -> AudobonError:
    """The error for a source that failed too often, or wants a longer pause than is made."""
    if error.limited:
        wait = f" for {pause_seconds:.0f} seconds" if error.wait_seconds else ""
        return SourceRateLimited(
            f"{address} allows no more requests{wait}.",
            hint="wait, then run the same command again to go on; a token (HF_TOKEN) raises the limit",
            address=address,
            retry_after_seconds=error.wait_seconds,
        )
    return SourceUnreachable(
        f"{address} could not be fetched: {error}.",
        hint="run the same command again to go on where it ended",
        address=address,
    )
