"""When a provider is asked again, and how fast it is asked.

Retrying is transfer's; the rate is a token bucket of thirty lines, because none of the packages for it slows down by
itself when a service says 429.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from audobon_cli.engines.base import ShouldStop
from audobon_cli.providers.protocol import ProviderFailure
from audobon_cli.transfer.retry import Backoff, RetryPolicy, retry

T = TypeVar("T")

LOOK_SECONDS = 0.05
"""How often a wait asks whether the user wants to stop."""


class Stopped(Exception):
    """The user asked to stop while something was waited for."""


class OutOfTime(Exception):
    """The time of the picture is up."""


RETRY_POLICY = RetryPolicy(
    failures=3,
    first_pause_seconds=0.5,
    longest_pause_seconds=15.0,
    longest_wait_seconds=60.0,
    backoff=Backoff.ADDED_JITTER,
)
"""How often a request is sent again that surely was not taken, and how long is waited in between."""


@dataclass(slots=True)
class Deadline:
    """The time that one picture has, and waiting within it."""

    seconds: float
    should_stop: ShouldStop
    now: Callable[[], float] = time.monotonic
    _ends: float = field(init=False)

    def __post_init__(self) -> None:
        self._ends = self.now() + self.seconds

    @property
    def left(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self._ends - self.now())

    def check(self) -> None:
        """Raises Stopped or OutOfTime."""
        if self.should_stop():
            raise Stopped
        if not self.left:
            raise OutOfTime

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than there is time. Raises as check."""
        ends = self.now() + seconds
        while (rest := ends - self.now()) > 0:
            self.check()
            time.sleep(min(rest, LOOK_SECONDS))

    def bounded(self, call: Callable[[], T]) -> T:
        """What ``call`` returns, in a thread that is left behind when time is up or the user stops.

        So a library that knows no limits is bounded too. Raises what ``call`` does, Stopped and OutOfTime.
        """
        done: list[T] = []
        failed: list[BaseException] = []

        def work() -> None:
            try:
                done.append(call())
            except BaseException as error:  # noqa: BLE001 - handed to the waiting thread whatever it is
                failed.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        while thread.is_alive():
            self.check()
            thread.join(LOOK_SECONDS)
        if failed:
            raise failed[0]
        return done[0]


UNLIMITED_PER_MINUTE = 600.0
"""What a service without a documented rate is taken to allow, once it has said 429."""


@dataclass(slots=True)
class RateLimiter:
    """At most ``per_minute`` requests a minute, in bursts of a sixth of that; None: as fast as may be.

    A 429 halves the rate and empties the bucket; every request that is taken brings back a tenth of the whole.
    """

    per_minute: float | None
    now: Callable[[], float] = time.monotonic
    _tokens: float = field(init=False)
    _seen: float = field(init=False)
    _share: float = field(default=1.0, init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        self._tokens, self._seen = self._burst, self.now()

    @property
    def _burst(self) -> float:
        return max(1.0, (self.per_minute or UNLIMITED_PER_MINUTE) / 6)

    def wait_seconds(self) -> float:
        """Take the next place in the queue; how long to wait for it."""
        if self.per_minute is None and self._share == 1.0:
            return 0.0
        with self._turn:
            rate = (self.per_minute or UNLIMITED_PER_MINUTE) * self._share / 60
            moment = self.now()
            self._tokens = min(self._burst, self._tokens + (moment - self._seen) * rate) - 1
            self._seen = moment
            return max(0.0, -self._tokens / rate)

    def limited(self) -> None:
        """The service said 429."""
        with self._turn:
            self._share = max(self._share / 2, 1 / 64)
            self._tokens = min(self._tokens, 0.0)

    def taken(self) -> None:
        """The service took a request."""
        with self._turn:
            self._share = min(1.0, self._share + 0.1)


def retry_call(
    ask: Callable[[], T],
    clock: Deadline,
    policy: RetryPolicy,
    may_repeat: Callable[[ProviderFailure], bool],
    tell: Callable[[int, float, ProviderFailure], None],
) -> T:
    """What ``ask`` returns, asked again while ``may_repeat`` allows it, there is time and ``policy`` lasts.

    ``tell`` is called before each pause with the attempt that failed (from 1), the pause and the trouble.
    Raises the last ProviderFailure, Stopped, OutOfTime or CircuitOpen.
    """
    return retry(
        ask,
        policy,
        ProviderFailure,
        may_repeat=may_repeat,
        seconds_left=lambda: clock.left,
        sleep=clock.wait,
        on_retry=tell,
    )
