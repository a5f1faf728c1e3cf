"""Where a service says that it lives."""

import os
import signal
import time
from pathlib import Path

import pytest

from audobon_cli.domain.errors import ServiceFailed
from audobon_cli.platforms import current
from audobon_cli.services.control import Service, begin_service, end_service
from audobon_cli.services.place import HOLD_SECONDS, ServicePlace, ServiceRecord
from audobon_cli.storage.file_locks import exclusive_lock
from tests.processes import process_context
from tests.waiting import PATIENCE_SECONDS, until


@pytest.fixture
def place(tmp_path: Path) -> ServicePlace:
    return ServicePlace.of(tmp_path / "services", "monitor", tmp_path / "library")


def _serve(place: ServicePlace) -> None:
    with place.hold() as hold:
        assert hold is not None
        hold.ready("http://127.0.0.1:1/#token=secret")
        while not hold.should_stop():
            time.sleep(0.01)


def until_living(place: ServicePlace) -> int:
    found: list[ServiceRecord] = []

    def lives() -> bool:
        found.extend(filter(None, [place.living()]))
        return bool(found)

    until(lives)
    return found[0].pid


def test_one_process_holds_a_place_until_it_is_asked_to_end(place: ServicePlace) -> None:
    assert place.living() is None
    process = process_context().Process(target=_serve, args=(place,))
    process.start()
    assert until_living(place) == process.pid
    assert not place.folder.stat().st_mode & 0o077
    with place.hold() as second:
        assert second is None
    place.ask_to_stop()
    process.join(PATIENCE_SECONDS)
    assert process.exitcode == 0
    assert place.living() is None
    assert list(place.folder.iterdir()) == []


@pytest.mark.posix
def test_what_a_killed_service_leaves_is_nothing(place: ServicePlace) -> None:
    process = process_context().Process(target=_serve, args=(place,))
    process.start()
    place.ask_to_stop() if until_living(place) == 0 else os.kill(process.pid or 0, signal.SIGKILL)
    process.join(PATIENCE_SECONDS)
    place.stop.touch()  # somebody asked while it died
    with place.hold() as hold:
        assert hold is not None
        assert not hold.should_stop()
        hold.ready()
        assert (place.living() or hold.record).pid == os.getpid()
    assert [one.living() for one in place.all()] == []


@pytest.mark.posix
def test_who_looks_and_is_held_up_keeps_no_service_from_beginning(place: ServicePlace) -> None:
    """A busy machine stops whoever looks while it has the lock."""
    assert current().make_private_folder(place.folder)
    with exclusive_lock(place.lock, 0) as taken:
        assert taken
        process = process_context().Process(target=_serve, args=(place,))
        process.start()
        time.sleep(2 * HOLD_SECONDS)
        assert process.is_alive()
    assert until_living(place) == process.pid
    place.ask_to_stop()
    process.join(PATIENCE_SECONDS)
    assert process.exitcode == 0


@pytest.mark.parametrize("content", [b"", b"{", b'{"pid": "x", "started": 1, "address": ""}', b"[" * 10_000])
def test_a_damaged_record_is_nobody(place: ServicePlace, content: bytes) -> None:
    with place.hold() as hold:
        assert hold is not None
        place.record.write_bytes(content)
        assert place.living() is None
        hold.ready()


def service(living: list[int], log: Path, begin: int | None = None) -> Service:
    return Service("odd", lambda: tuple(living), lambda _: begin, lambda: None, log)


def test_one_that_ends_at_once_is_told_with_what_it_said(tmp_path: Path) -> None:
    log = tmp_path / "odd.log"
    log.write_text("error: of last week.\n")

    def begin(_: int) -> int:
        with log.open("a") as file:
            file.write("error: Port 1 cannot be listened on.\nhint: --port 0\n")
        return 2**22 + 1  # beyond all process numbers

    dying = Service("odd", lambda: (), begin, lambda: None, log)
    with pytest.raises(ServiceFailed, match="ended at once: Port 1 cannot be listened on"):
        begin_service(dying, tmp_path / "services")
    with pytest.raises(ServiceFailed, match="has not answered"):
        begin_service(service([], log, os.getpid()), tmp_path / "services", seconds=0.2)
    assert begin_service(service([7], log), tmp_path / "services").ran_before


def test_one_that_does_not_end_is_told_and_not_killed(tmp_path: Path) -> None:
    ended = end_service(service([os.getpid()], tmp_path / "log"), seconds=0.1)
    assert ended.left == ended.pids == (os.getpid(),)
    assert end_service(service([], tmp_path / "log"), seconds=60).pids == ()
