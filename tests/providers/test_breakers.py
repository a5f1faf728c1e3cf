"""Servers that are left alone, by all processes of a user together."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from audobon_cli.providers.breakers import Breaker, BreakerState, BreakerStates, CircuitOpen
from audobon_cli.providers.protocol import FailureKind, ProviderFailure
from audobon_cli.providers.retry import Stopped
from tests.conftest import Audobon
from tests.doubles.replicate_server import ReplicateDouble
from tests.doubles.service import Fault
from tests.processes import process_context
from tests.waiting import PATIENCE_SECONDS

HOUR = 3600.0


class Clock:
    """Seconds since 1970 as the test says."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "breakers.json"


def breaker_of(file: Path, clock: Clock) -> Breaker:
    """As another process would have it."""
    return Breaker(BreakerStates(file, clock), "replicate", "https://api.example", 3, 60.0)


def fail(breaker: Breaker, times: int = 1, kind: FailureKind = FailureKind.DOWN) -> None:
    for _ in range(times):
        with pytest.raises(ProviderFailure):
            breaker.call(lambda: (_ for _ in ()).throw(ProviderFailure(kind, "x")))


def test_what_one_process_sees_another_heeds(file: Path, clock: Clock) -> None:
    fail(breaker_of(file, clock), 2)
    fail(breaker_of(file, clock))
    other = breaker_of(file, clock)
    with pytest.raises(CircuitOpen) as refused:
        other.call(lambda: "sent")
    assert (refused.value.seconds, refused.value.record.failures) == (60.0, 3)
    clock.now += 45
    assert other.seconds_left == 15.0
    clock.now += 15
    assert other.call(lambda: "well") == "well"
    assert breaker_of(file, clock).states.all() == ()


def test_one_of_all_processes_tries(file: Path, clock: Clock) -> None:
    fail(breaker_of(file, clock), 3)
    clock.now += 61
    first, second = breaker_of(file, clock), breaker_of(file, clock)

    def ask() -> str:
        with pytest.raises(CircuitOpen):
            second.call(lambda: "sent")
        raise Stopped

    with pytest.raises(Stopped):
        first.call(ask)
    # A trial that the user broke off says nothing of the server, and lets others try.
    fail(second)
    assert second.is_open
    # One that was killed is waited for no longer than a pause.
    clock.now += 61
    second.states.change("replicate", "https://api.example", lambda one: replace(one, trying=clock.now))
    assert first.is_open
    clock.now += 60
    assert first.call(lambda: "well") == "well"


def test_a_clock_that_was_set_back_keeps_nobody_waiting(file: Path, clock: Clock) -> None:
    fail(breaker_of(file, clock), 3)
    clock.now -= 10 * HOUR
    assert breaker_of(file, clock).seconds_left == 60.0
    clock.now += 60
    assert breaker_of(file, clock).call(lambda: "well") == "well"


def test_failures_of_yesterday_do_not_count(file: Path, clock: Clock) -> None:
    fail(breaker_of(file, clock), 2)
    clock.now += 24 * HOUR
    fail(breaker_of(file, clock))
    assert not breaker_of(file, clock).is_open


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"format": 1, "servers": [{}]}', b'{"format": 9, "servers": []}', b"\xff" * 99],
)
def test_a_damaged_file_counts_as_none_and_is_replaced(file: Path, clock: Clock, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    breaker = breaker_of(file, clock)
    assert not breaker.is_open
    fail(breaker, 3)
    assert breaker_of(file, clock).is_open


def test_where_nothing_can_be_written_a_process_goes_by_what_it_saw(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "data").write_text("no folder")
    breaker = breaker_of(tmp_path / "data" / "breakers.json", clock)
    fail(breaker, 3)
    assert breaker.is_open
    clock.now += 60
    assert breaker.call(lambda: "well") == "well"
    assert not breaker.is_open


def _fail_often(file: Path) -> None:
    breaker = Breaker(BreakerStates(file), "replicate", "s", 10_000, 60.0)
    for _ in range(25):
        with suppress(ProviderFailure):
            breaker.call(lambda: (_ for _ in ()).throw(ProviderFailure(FailureKind.LOST, "x")))


def test_processes_side_by_side_lose_no_failure(file: Path) -> None:
    context = process_context()
    processes = [context.Process(target=_fail_often, args=(file,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE_SECONDS)
        assert process.exitcode == 0
    assert BreakerStates(file).of("replicate", "s").failures == 75


@pytest.fixture
def dead(replicate: ReplicateDouble, monkeypatch: pytest.MonkeyPatch) -> ReplicateDouble:
    """A provider that is down, and a user who lets it fail twice."""
    monkeypatch.setenv("AUDOBON_PROVIDERS_RETRIES", "1")
    monkeypatch.setenv("AUDOBON_PROVIDERS_BREAKER_FAILURES", "2")
    monkeypatch.setenv("AUDOBON_PROVIDERS_BREAKER_PAUSE_SECONDS", "3600")
    replicate.faults.append(Fault("status", status=503, times=2))
    return replicate


@pytest.mark.loopback
def test_a_script_is_refused_at_once_while_its_provider_is_down(
    audobon: Audobon, dead: ReplicateDouble
) -> None:
    draw = ("generate", "a secret plan", "--provider", "replicate", "--size", "512", "--yes", "--json")
    assert audobon(*draw).json["error"]["code"] == "provider.failed"
    asked = len(dead.asked_in("submit"))
    refused = audobon(*draw)
    assert len(dead.asked_in("submit")) == asked == 2
    error = refused.json["error"]
    assert (refused.status, error["code"]) == (40, "provider.unavailable")
    assert 3000 < error["details"]["retry_after_seconds"] <= 3600
    assert "`audobon providers reset replicate`" in error["hint"]

    shown = audobon("providers", "check", "replicate", "--json").data["providers"][0]["breakers"][0]
    assert (shown["state"], shown["failures"], shown["why"]) == (BreakerState.OPEN, 2, "down")
    assert "audobon providers reset replicate" in audobon("providers", "check", "replicate").out
    finding = next(
        one for one in audobon("status", "--json").data["findings"] if one["subject"] == "providers"
    )
    assert (finding["status"], finding["remedy"]) == ("warning", "audobon providers check replicate")
    kept = next((Path.home()).rglob("breakers.json")).read_text()
    assert set(json.loads(kept)["servers"][0]) == {
        *("provider", "server", "failures", "failed", "why", "opened", "trying")
    }

    assert len(audobon("providers", "reset", "replicate", "--json").data["servers"]) == 1
    assert audobon("providers", "reset", "--json").data["servers"] == []
    assert audobon("providers", "reset", "nobody").status == 14
    again = audobon(*draw)
    assert again.status == 0, again.out
