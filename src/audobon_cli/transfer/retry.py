"""Asking again: the one policy and the one loop for whatever is reached over a network."""

import math
import random
import time
from collections.abc import Callable
from dataclasses import field
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import AudobonError, SourceRateLimited, SourceUnreachable
from audobon_cli.domain.events import Listener, SourceRetried, ignore

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")


class RequestFailed(Exception):
    """A request that failed. ``wait_seconds`` is what the server asked for (Retry-After), if it did.

    ``progressed``: bytes came or went since the last failure, so that this is not one more in a row.
    """

    def __init__(self, fact: str, wait_seconds: float | None = None, progressed: bool = False) -> None:
        super().__init__(fact)
        self.wait_seconds = wait_seconds
        self.progressed = progressed


F = TypeVar("F", bound=RequestFailed)


class Transient(RequestFailed):
    """What may go away by itself: ask again, after ``wait_seconds`` if the server named a time."""

    def __init__(self, fact: str, wait_seconds: float | None = None, limited: bool = False) -> None:
        """``limited``: the server said that there were too many requests."""
        super().__init__(fact, wait_seconds)
        self.limited = limited


class Passing(Transient):
    """What may go away by itself; ``final`` is the error if it does not."""

    def __init__(
        self, final: AudobonError, wait_seconds: float | None = None, progressed: bool = False
    ) -> None:
        super().__init__(final.message, wait_seconds)
        self.final = final
        self.progressed = progressed


class Backoff(Enum):
    """How a pause comes of a bound that doubles with every failure in a row, and of a server's wish."""

    BOUND = "bound"
    """The bound, or the wish if that is longer; a wish for 0 seconds is granted."""
    FULL_JITTER = "full_jitter"
    """Anything from zero to the bound (Brooker, AWS Architecture Blog, 2015), after the wish."""
    ADDED_JITTER = "added_jitter"
    """The bound and up to half of the first pause; the wish alone if there is one."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long what failed is asked again; the defaults are those of downloads.

    ``failures``: how many in a row without progress are borne. Pauses double from the first to the longest;
    a pause longer than ``longest_wait_seconds``, which only a server can wish for, is not made. ``listen`` hears of
    every try of `retry_source` and `retry_passing`, on the thread that waits.
    """

    failures: int = 5
    failures_in_all: int = 100
    first_pause_seconds: float = 1.0
    longest_pause_seconds: float = 30.0
    longest_wait_seconds: float = 120.0
    backoff: Backoff = Backoff.BOUND
    listen: Listener = field(default=ignore, compare=False)

    def pause_seconds(self, failure: int, wished_seconds: float | None) -> float:
        """The pause after the ``failure``-th failure in a row (from 1)."""
        bound = float(min(self.first_pause_seconds * 2 ** (failure - 1), self.longest_pause_seconds))
        if self.backoff is Backoff.FULL_JITTER:
            return random.uniform(0, bound) + (wished_seconds or 0.0)
        if wished_seconds is not None and (wished_seconds <= 0 or self.backoff is Backoff.ADDED_JITTER):
            return max(wished_seconds, 0.0)
        if self.backoff is Backoff.ADDED_JITTER:
            return bound + random.uniform(0, self.first_pause_seconds / 2)
        return max(bound, wished_seconds or 0.0)


GOOGLE_RETRIES = RetryPolicy(failures=5, longest_pause_seconds=32.0)
"""For Google's REST interfaces, which ask for pauses that double from a second on: cloud.google.com/storage/docs/
retry-strategy says so for all."""


def _sleep(seconds: float) -> None:
    time.sleep(seconds)


def retry(
    ask: Callable[[], T],
    policy: RetryPolicy,
    kind: type[F],
    *,
    may_repeat: Callable[[F], bool] = lambda failure: True,
    seconds_left: Callable[[], float] = lambda: math.inf,
    sleep: Callable[[float], None] = _sleep,
    on_retry: Callable[[int, float, F], None] = lambda failures, pause, failure: None,
    exhausted: Callable[[F, float], Exception] | None = None,
) -> T:
    """What ``ask`` returns, asked again while it raises a ``kind`` that ``may_repeat`` allows.

    No pause is begun that is longer than ``seconds_left``. ``on_retry`` is told before each pause how many
    failures in a row there were, the pause and the last failure. At the end that failure is raised, or what
    ``exhausted`` makes of it and the pause that was not made; at once whatever else ``ask`` and ``sleep`` raise.
    """
    from tenacity import Retrying, retry_if_exception

    in_a_row = 0

    def failed(state: "RetryCallState") -> F:
        failure = state.outcome and state.outcome.exception()
        assert isinstance(failure, kind)
        return failure

    def pause_seconds(state: "RetryCallState") -> float:
        nonlocal in_a_row
        failure = failed(state)
        in_a_row = 1 if failure.progressed else in_a_row + 1
        return policy.pause_seconds(in_a_row, failure.wait_seconds)

    def is_exhausted(state: "RetryCallState") -> bool:  # tenacity asks for the pause first
        wait = state.upcoming_sleep
        too_often = in_a_row > policy.failures or state.attempt_number > policy.failures_in_all
        return too_often or wait > policy.longest_wait_seconds or wait > seconds_left()

    def give_up(state: "RetryCallState") -> T:
        failure = failed(state)
        if exhausted is None:
            raise failure
        raise exhausted(failure, state.upcoming_sleep) from failure

    retrying = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, kind) and may_repeat(error)),
        wait=pause_seconds,
        stop=is_exhausted,
        sleep=sleep,
        before_sleep=lambda state: on_retry(in_a_row, state.upcoming_sleep, failed(state)),
        retry_error_callback=give_up,
    )
    return retrying(ask)


def retry_source(
    ask: Callable[[], T], address: str, policy: RetryPolicy, sleep: Callable[[float], None] = _sleep
) -> T:
    """What ``ask`` returns, asked again while it raises Transient. Raises SourceRateLimited or SourceUnreachable."""

    return retry(
        ask,
        policy,
        Transient,
        sleep=sleep,
        on_retry=partial(_tell, policy, address),
        exhausted=partial(_source_failed, address),
    )


def retry_passing(
    ask: Callable[[], T],
    address: str,
    policy: RetryPolicy,
    *,
    seconds_left: Callable[[], float] = lambda: math.inf,
    sleep: Callable[[float], None] = _sleep,
) -> T:
    """What ``ask`` returns, asked again while it raises Passing; then the error that this stands for."""
    return retry(
        ask,
        policy,
        Passing,
        seconds_left=seconds_left,
        sleep=sleep,
        on_retry=partial(_tell, policy, address),
        exhausted=_final,
    )


def _tell(policy: RetryPolicy, address: str, failures: int, pause_seconds: float, failure: Transient) -> None:
    policy.listen(SourceRetried(address, failures + 1, policy.failures + 1, pause_seconds, str(failure)))


def _final(failure: Passing, pause_seconds: float) -> AudobonError:
    if failure.wait_seconds is not None:
        failure.final.details["retry_after_seconds"] = failure.wait_seconds
    return failure.final


def _source_failed(address: str, error: Transient, pause_seconds: float) -> AudobonError:
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
