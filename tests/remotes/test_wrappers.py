"""What wraps remotes: counting, limits of bandwidth, asking again."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from audobon_cli.domain.errors import RemoteObjectMissing, RemoteUnreachable
from audobon_cli.domain.events import Event, SourceRetried
from audobon_cli.domain.storage_cost import StorageUse
from audobon_cli.remotes.bandwidth import BandwidthLimit
from audobon_cli.remotes.counting import CountingRemote
from audobon_cli.remotes.open import open_remote
from audobon_cli.remotes.options import RemoteOptions
from audobon_cli.remotes.retry import RemoteRetries, RetryingRemote, TransientRemoteError, retry_remote
from tests.doubles.gcs_server import Bucket, GcsDouble
from tests.fakes.memory_remote import MemoryRemote
from tests.remotes.gcs_options import double_options

QUICK = RemoteRetries(failures=3, deadline_seconds=60.0, first_pause_seconds=0.01, longest_pause_seconds=0.02)


def passing(progressed: bool = False, wait: float | None = None) -> TransientRemoteError:
    return TransientRemoteError(RemoteUnreachable("not now"), wait, progressed)


def test_calls_are_counted_as_they_are_billed() -> None:
    remote = CountingRemote(MemoryRemote())
    for number in range(1001):
        remote.put(f"packs/{number:04d}", b"12345")
    remote.put("packs/0000", b"12345")
    remote.get("packs/0000", 1, 3)
    remote.stat("packs/0000")
    remote.compare_and_swap("lease", b"12", None)
    remote.compare_and_swap("lease", b"12", "of another")
    assert len(list(remote.list())) == 1002
    remote.delete("packs/0000")
    assert remote.use == StorageUse(
        class_a=1004 + 2, class_b=2, uploaded_bytes=5 * 1001 + 2, downloaded_bytes=3
    )


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_limit_holds_over_time_and_idling_is_not_saved_up() -> None:
    clock = Clock()
    pace = BandwidthLimit(1000, clock, clock.sleep)
    for _ in range(100):
        pace.take(100)
    assert clock.now == pytest.approx(10, abs=0.5)
    clock.now += 100
    before = clock.now
    for _ in range(100):
        pace.take(100)
    assert clock.now - before == pytest.approx(10, abs=0.5)


def test_threads_share_a_limit() -> None:
    pace = BandwidthLimit(1_000_000)
    start = time.monotonic()
    threads = [threading.Thread(target=lambda: [pace.take(10_000) for _ in range(10)]) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - start > 0.35


def test_without_a_limit_nothing_waits() -> None:
    clock = Clock()
    BandwidthLimit(None, clock, clock.sleep).take(10**12)
    assert clock.now == 0


@pytest.mark.loopback
@pytest.mark.parametrize("place", ["folder", "gcs"])
def test_limits_hold_for_every_place(place: str, tmp_path: Path) -> None:
    content = b"x" * 2_000_000
    with GcsDouble() as double:
        double.buckets["backups"] = Bucket()
        gcs = double_options(double).gcs
        options = RemoteOptions(gcs, upload_bytes_per_second=4e6, download_bytes_per_second=8e6)
        address = "gs://backups/home" if place == "gcs" else str(tmp_path / "backup")
        remote = open_remote(address, options, create=True)
        start = time.monotonic()
        remote.put("a", content)
        put = time.monotonic()
        assert remote.get("a") == content
        got = time.monotonic()
        remote.close()
    assert put - start > 0.3
    assert got - put > 0.1


def test_what_passes_is_asked_again_and_what_does_not_is_told() -> None:
    answers: list[Exception | str] = [passing(), passing(), "done"]

    def ask() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert retry_remote(ask, QUICK) == "done"
    answers[:] = [passing() for _ in range(10)]
    with pytest.raises(RemoteUnreachable):
        retry_remote(ask, QUICK)
    assert len(answers) == 10 - QUICK.failures - 1
    answers[:] = [RemoteObjectMissing("gone"), "never"]
    with pytest.raises(RemoteObjectMissing):
        retry_remote(ask, QUICK)
    assert answers == ["never"]


def test_every_try_is_told() -> None:
    heard: list[Event] = []
    inner, failures = MemoryRemote(), [passing(wait=0), passing(wait=0)]

    class Failing(MemoryRemote):
        def put(self, key: str, content: bytes | memoryview) -> bool:
            if failures:
                raise failures.pop()
            return inner.put(key, content)

    assert RetryingRemote(Failing(), replace(QUICK, listen=heard.append)).put("a", b"x")
    told = [one for one in heard if isinstance(one, SourceRetried)]
    assert [(one.attempt, one.attempts, one.wait_seconds > 1) for one in told] == [
        (2, 4, False),
        (3, 4, False),
    ]
    assert {one.source for one in told} == {Failing().address}


def test_failures_with_progress_do_not_add_up_but_end_with_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = Clock(), 0
    monkeypatch.setattr("audobon_cli.remotes.retry.time.monotonic", clock)
    monkeypatch.setattr("audobon_cli.transfer.retry.time.sleep", clock.sleep)

    def ask() -> None:
        nonlocal asked
        asked += 1
        raise passing(progressed=True)

    with pytest.raises(RemoteUnreachable):
        retry_remote(ask, RemoteRetries(failures=1, deadline_seconds=0.5, first_pause_seconds=0.02))
    assert asked > 5
    assert 0.4 < clock.now <= 0.5


def test_pauses_are_spread_and_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Full jitter: between nothing and a bound that doubles, so that many clients do not come back as one."""
    pauses: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", pauses.append)

    def ask() -> None:
        raise passing()

    retries = RemoteRetries(failures=3, first_pause_seconds=1.0, longest_pause_seconds=2.0)
    for _ in range(60):
        with pytest.raises(RemoteUnreachable):
            retry_remote(ask, retries)
    first, second, third = (pauses[number::3] for number in range(3))
    assert len(pauses) == 180
    assert min(first) < 0.3
    assert 0.7 < max(first) <= 1
    assert 1.4 < max(second) <= 2
    assert 1.4 < max(third) <= 2


def test_a_server_that_names_a_pause_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", pauses.append)

    def ask() -> None:
        raise passing(wait=100)

    with pytest.raises(RemoteUnreachable) as caught:
        retry_remote(ask, RemoteRetries(failures=2, first_pause_seconds=1.0, deadline_seconds=1000))
    assert len(pauses) == 2
    assert all(100 <= pause <= 102 for pause in pauses)
    assert caught.value.details["retry_after_seconds"] == 100


def test_a_listing_that_fails_gives_every_object_once() -> None:
    class Failing(MemoryRemote):
        """Breaks off after every third object, until it has done so ten times."""

        left = 10

        def list(self, prefix: str = ""):  # type: ignore[no-untyped-def]
            for number, found in enumerate(super().list(prefix)):
                if number % 3 == 2 and self.left:
                    self.left -= 1
                    raise passing()
                yield found

    inner = Failing()
    for number in range(20):
        inner.put(f"{number:02d}", b"x")
    remote = RetryingRemote(inner, RemoteRetries(failures=20, first_pause_seconds=0.001))
    assert [found.key for found in remote.list()] == [f"{number:02d}" for number in range(20)]
