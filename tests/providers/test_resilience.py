"""Waiting, asking again, leaving alone: by a clock that the test turns."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from audobon_cli.providers.breakers import Breaker, BreakerStates, CircuitOpen
from audobon_cli.providers.protocol import FailureKind, ProviderFailure
from audobon_cli.providers.retry import (
    RETRY_POLICY,
    Deadline,
    OutOfTime,
    RateLimiter,
    Stopped,
    retry_call,
)
from audobon_cli.workspace import Workspace


class Turned:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def never() -> bool:
    return False


def failing(*troubles: ProviderFailure) -> Callable[[], str]:
    rest: Iterator[ProviderFailure] = iter(troubles)

    def ask() -> str:
        for failure in rest:
            raise failure
        return "done"

    return ask


LONG = 600.0
QUICK = replace(
    RETRY_POLICY, failures=2, first_pause_seconds=0.001, longest_pause_seconds=0.01, longest_wait_seconds=5.0
)


def test_a_bucket_lets_a_burst_through_and_then_keeps_to_the_rate() -> None:
    clock = Turned()
    bucket = RateLimiter(60.0, clock)
    assert [bucket.wait_seconds() for _ in range(10)] == [0.0] * 10
    assert [round(bucket.wait_seconds(), 6) for _ in range(3)] == [1.0, 2.0, 3.0]
    clock.now = 100.0
    assert bucket.wait_seconds() == 0.0
    assert RateLimiter(None, clock).wait_seconds() == 0.0


def test_a_bucket_slows_down_at_429_and_recovers() -> None:
    clock = Turned()
    bucket = RateLimiter(60.0, clock)
    for _ in range(2):
        bucket.limited()
    assert bucket.wait_seconds() == pytest.approx(4.0)
    for _ in range(10):
        bucket.taken()
    clock.now = 1000.0
    for _ in range(10):
        bucket.wait_seconds()
    assert bucket.wait_seconds() == pytest.approx(1.0)


def test_it_is_asked_again_only_where_that_is_allowed() -> None:
    told: list[tuple[int, float]] = []
    found = retry_call(
        failing(
            ProviderFailure(FailureKind.DOWN, "x"), ProviderFailure(FailureKind.BUSY, "x", wait_seconds=0.02)
        ),
        Deadline(LONG, never),
        QUICK,
        lambda failure: True,
        lambda attempt, pause, failure: told.append((attempt, pause)),
    )
    assert found == "done"
    assert [attempt for attempt, _ in told] == [1, 2]
    assert told[1][1] == 0.02
    with pytest.raises(ProviderFailure):
        retry_call(
            failing(ProviderFailure(FailureKind.KEY, "x")),
            Deadline(LONG, never),
            QUICK,
            lambda failure: False,
            lambda *_: None,
        )


@pytest.mark.parametrize(
    ("seconds", "wait"), [(10.0, 6.0), (1.0, 2.0)], ids=["longer than patience", "longer than the time left"]
)
def test_too_long_a_wish_is_not_waited_for(seconds: float, wait: float) -> None:
    ask = failing(ProviderFailure(FailureKind.BUSY, "x", wait_seconds=wait))
    paused: list[float] = []
    with pytest.raises(ProviderFailure):
        retry_call(
            ask,
            Deadline(seconds, never, Turned()),
            QUICK,
            lambda failure: True,
            lambda attempt, pause, failure: paused.append(pause),
        )
    assert paused == []


def test_patience_ends() -> None:
    asked = []

    def ask() -> str:
        asked.append(1)
        raise ProviderFailure(FailureKind.DOWN, "x")

    with pytest.raises(ProviderFailure):
        retry_call(ask, Deadline(LONG, never), QUICK, lambda failure: True, lambda *_: None)
    assert len(asked) == 3


def test_the_breaker_opens_after_failures_in_a_row_and_tries_again_later() -> None:
    clock, asked = Turned(), []
    breaker = Breaker(BreakerStates(now=clock), "p", "s", failures=3, open_seconds=60.0)

    def fail(kind: FailureKind) -> None:
        asked.append(kind)
        raise ProviderFailure(kind, "x")

    for kind in (
        FailureKind.DOWN,
        FailureKind.LOST,
        FailureKind.KEY,
        FailureKind.DOWN,
        FailureKind.DOWN,
        FailureKind.FAILED,
    ):
        assert not breaker.is_open
        with pytest.raises(ProviderFailure):
            breaker.call(lambda kind=kind: fail(kind))
    assert breaker.is_open
    with pytest.raises(CircuitOpen):
        breaker.call(lambda: fail(FailureKind.DOWN))
    assert len(asked) == 6
    clock.now += 60.0
    assert not breaker.is_open
    assert breaker.call(lambda: "well") == "well"


def test_a_call_that_never_comes_back_is_left_behind() -> None:
    forever = threading.Event()
    with pytest.raises(OutOfTime):
        Deadline(0.1, never).bounded(forever.wait)
    with pytest.raises(Stopped):
        Deadline(LONG, lambda: True).bounded(forever.wait)
    forever.set()
    with pytest.raises(ZeroDivisionError):
        Deadline(LONG, never).bounded(lambda: 1 // 0)
    assert Deadline(LONG, never).bounded(lambda: 5) == 5


def test_waiting_ends_with_the_time_and_with_the_wish() -> None:
    with pytest.raises(OutOfTime):
        Deadline(0.1, never).wait(LONG)
    with pytest.raises(Stopped):
        Deadline(LONG, lambda: True).wait(LONG)


def test_settings_say_how_often_and_how_long(tmp_path: Path) -> None:
    given = {
        "AUDOBON_PROVIDERS_RETRIES": "1",
        "AUDOBON_PROVIDERS_BREAKER_FAILURES": "1",
        "AUDOBON_PROVIDERS_BREAKER_PAUSE_SECONDS": "0.2",
    }
    usual = Workspace(tmp_path, {}).providers.engine("comfyui")._caller
    assert usual.rule.open_seconds == 60.0
    caller = Workspace(tmp_path, given).providers.engine("comfyui")._caller
    assert caller.policy.failures == 1
    assert caller.rule.most(patient=False) == 1
    assert caller.rule.most(patient=True) == 2
    assert caller.rule.open_seconds == 0.2
