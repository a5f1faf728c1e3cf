"""One file over a real socket: every way in which it can go wrong, and what is left afterwards."""

import hashlib
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.domain.errors import (
    AudobonError,
    DiskFull,
    DownloadCorrupt,
    Interrupted,
    ModelBusy,
    SourceFailed,
    SourceGated,
    SourceNotFound,
    SourceRateLimited,
    SourceTokenRefused,
    SourceUnreachable,
)
from audobon_cli.domain.events import Event, Progress, ignore
from audobon_cli.models.manifests import model_lock
from audobon_cli.transfer.checksums import Checksum
from audobon_cli.transfer.download import Download, Fetched, check_space, fetch
from audobon_cli.transfer.http import HttpOrigin
from audobon_cli.transfer.parallel import fetch_all
from audobon_cli.transfer.retry import RetryPolicy
from tests.doubles.hub_server import Fault, HubDouble

pytestmark = pytest.mark.loopback

DATA = random.Random(3).randbytes(700_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
QUICK = RetryPolicy(
    failures=3, first_pause_seconds=0.01, longest_pause_seconds=0.02, longest_wait_seconds=2.0
)


@pytest.fixture
def server() -> Iterator[HubDouble]:
    with HubDouble() as double:
        double.files["/files/a.safetensors"] = DATA
        yield double


def download(server: HubDouble, folder: Path, checked: bool = True, **changes: object) -> Download:
    fields: dict[str, object] = {
        "origin": HttpOrigin(f"{server.endpoint}/files/a.safetensors", stall_seconds=0.5),
        "target": folder / "a.safetensors",
        "incomplete": folder / "incomplete",
        "quarantine": folder / "quarantine",
        "key": "a",
        "size_bytes": len(DATA) if checked else None,
        "checksum": Checksum("sha256", SHA256) if checked else None,
    }
    return Download(**{**fields, **changes})  # type: ignore[arg-type]


def run(one: Download, retries: RetryPolicy = QUICK) -> Fetched:
    return fetch(one, lambda done, total: None, threading.Event(), retries)


def leave_partial(one: Download, data: bytes) -> None:
    one.incomplete.mkdir(parents=True)
    one.partial.write_bytes(data)


@pytest.mark.parametrize("checked", [True, False])
def test_a_file_arrives_whole_under_its_name_and_nothing_is_left_beside_it(
    server: HubDouble, tmp_path: Path, checked: bool
) -> None:
    one = download(server, tmp_path, checked)
    assert run(one) == Fetched(one.target, len(DATA), SHA256)
    assert one.target.read_bytes() == DATA
    assert list(one.incomplete.iterdir()) == []


FAULTS = {
    "reset": [Fault("drop", after=300_000)],
    "reset at once": [Fault("drop", after=0)],
    "truncated": [Fault("truncate", after=300_000)],
    "stalled": [Fault("stall", after=300_000, seconds=1.5)],
    "429 with Retry-After": [Fault("status", status=429, headers={"Retry-After": "0"})],
    "429 without": [Fault("status", status=429)],
    "500": [Fault("status", status=500)],
    "503 thrice": [Fault("status", status=503, times=3)],
    "reset, then 503, then reset": [
        Fault("drop", after=200_000),
        Fault("status", status=503, times=0),
        Fault("drop", after=200_000),
    ],
    "range ignored after a reset": [Fault("drop", after=300_000), Fault("norange")],
}


@pytest.mark.parametrize("checked", [True, False])
@pytest.mark.parametrize("name", FAULTS)
def test_what_goes_away_by_itself_is_waited_for(
    server: HubDouble, tmp_path: Path, name: str, checked: bool
) -> None:
    server.faults = [Fault(**vars(fault)) for fault in FAULTS[name]]
    assert run(download(server, tmp_path, checked)).sha256 == SHA256
    again = [asked.start for asked in server.log[1:]]
    assert again  # something did go wrong
    if "reset" in name and "ignored" not in name and "at once" not in name:
        assert all(start > 0 for start in again), "begun anew instead of resumed"


def test_a_partial_of_an_earlier_run_is_continued(server: HubDouble, tmp_path: Path) -> None:
    one = download(server, tmp_path)
    leave_partial(one, DATA[:500_000])
    assert run(one).sha256 == SHA256
    assert [asked.start for asked in server.log] == [500_000]
    assert server.body_bytes() == len(DATA) - 500_000


def test_without_a_digest_the_validator_decides(server: HubDouble, tmp_path: Path) -> None:
    server.faults = [Fault("drop", after=300_000, times=9)]
    one = download(server, tmp_path, checked=False)
    with pytest.raises(SourceUnreachable):
        run(one, RetryPolicy(failures=0))
    kept = one.kept_bytes()
    assert kept > 0
    server.faults.clear()
    assert run(one).sha256 == SHA256
    assert server.log[-1].start == kept


def test_a_partial_of_other_content_is_never_continued(server: HubDouble, tmp_path: Path) -> None:
    server.faults = [Fault("drop", after=300_000)]
    one = download(server, tmp_path, checked=False)
    with pytest.raises(SourceUnreachable):
        run(one, RetryPolicy(failures=0))
    changed = DATA[::-1]
    server.files["/files/a.safetensors"] = changed
    assert run(one).sha256 == hashlib.sha256(changed).hexdigest()
    assert one.target.read_bytes() == changed


def test_without_digest_and_validator_nothing_is_continued(server: HubDouble, tmp_path: Path) -> None:
    server.etags = False
    server.faults = [Fault("drop", after=300_000)]
    assert run(download(server, tmp_path, checked=False)).sha256 == SHA256
    assert [asked.start for asked in server.log] == [0, 0]


def test_a_whole_partial_whose_end_is_not_known_is_taken(server: HubDouble, tmp_path: Path) -> None:
    server.faults = [Fault("drop", after=699_000)]
    one = download(server, tmp_path, checked=False)
    with pytest.raises(SourceUnreachable):
        run(one, RetryPolicy(failures=0))
    with one.partial.open("ab") as file:
        file.write(DATA[one.kept_bytes() :])
    assert run(one).sha256 == SHA256  # the server answers 416


def test_a_flipped_byte_is_quarantined_and_never_used(server: HubDouble, tmp_path: Path) -> None:
    server.faults = [Fault("corrupt", after=400_000)]
    one = download(server, tmp_path)
    with pytest.raises(DownloadCorrupt) as caught:
        run(one)
    assert not one.target.exists()
    assert one.kept_bytes() == 0
    (aside,) = one.quarantine.iterdir()
    assert str(aside) in caught.value.message
    assert len(aside.read_bytes()) == len(DATA)
    assert run(one).sha256 == SHA256


def test_a_partial_torn_by_a_power_cut_costs_one_more_fetch(server: HubDouble, tmp_path: Path) -> None:
    one = download(server, tmp_path)
    leave_partial(one, DATA[:400_000] + bytes(100_000))
    assert run(one).sha256 == SHA256
    assert [asked.start for asked in server.log] == [500_000, 0]


def test_a_partial_that_is_too_long_is_dropped(server: HubDouble, tmp_path: Path) -> None:
    one = download(server, tmp_path)
    leave_partial(one, DATA + b"more")
    assert run(one).sha256 == SHA256


REFUSALS: list[tuple[Fault, type[AudobonError]]] = [
    (Fault("status", status=404), SourceNotFound),
    (Fault("status", status=403), SourceGated),
    (Fault("status", status=403, headers={"X-Error-Code": "GatedRepo"}), SourceGated),
    (Fault("status", status=400), SourceFailed),
    (Fault("status", status=503, times=99), SourceUnreachable),
    (Fault("status", status=429, times=99), SourceRateLimited),
    (Fault("status", status=429, headers={"Retry-After": "3600"}), SourceRateLimited),
    (Fault("stall", seconds=0.8, times=99), SourceUnreachable),
]


@pytest.mark.parametrize(("fault", "error"), REFUSALS, ids=lambda value: str(getattr(value, "kind", value)))
def test_what_stays_is_told_with_a_next_step(
    server: HubDouble, tmp_path: Path, fault: Fault, error: type[AudobonError]
) -> None:
    server.faults = [Fault(**vars(fault))]
    with pytest.raises(error) as caught:
        run(download(server, tmp_path), RetryPolicy(failures=1, first_pause_seconds=0.01))
    assert caught.value.hint
    assert not (tmp_path / "a.safetensors").exists()


def test_a_refused_token_and_a_dead_server(server: HubDouble, tmp_path: Path) -> None:
    server.faults = [Fault("status", status=401)]
    url = f"{server.endpoint}/files/a.safetensors"
    with pytest.raises(SourceTokenRefused) as caught:
        run(download(server, tmp_path, origin=HttpOrigin(url, token="hf_secret")))
    assert "hf_secret" not in repr(caught.value) + repr(HttpOrigin(url, token="hf_secret"))
    dead = HttpOrigin("http://127.0.0.1:9/a.safetensors")
    with pytest.raises(SourceUnreachable, match="refused"):
        run(download(server, tmp_path, origin=dead), RetryPolicy(failures=0))


def test_a_source_of_another_size_is_not_believed(server: HubDouble, tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match="published"):
        run(download(server, tmp_path, size_bytes=len(DATA) + 1))


def test_the_retry_after_of_the_server_is_honoured(server: HubDouble, tmp_path: Path) -> None:
    server.faults = [Fault("status", status=503, headers={"Retry-After": "1"})]
    pauses: list[float | None] = []

    class Noted(threading.Event):
        """Is waited for no time at all."""

        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout)
            return self.is_set()

    fetch(download(server, tmp_path), lambda done, total: None, Noted(), QUICK)
    assert pauses == [1.0]


def test_several_files_at_once_with_progress(server: HubDouble, tmp_path: Path) -> None:
    contents = {f"{n}.safetensors": random.Random(n).randbytes(100_000 * n) for n in range(1, 7)}
    server.files = {f"/files/{name}": data for name, data in contents.items()}
    events: list[Event] = []
    wanted = [
        (
            name,
            download(
                server,
                tmp_path,
                origin=HttpOrigin(f"{server.endpoint}/files/{name}"),
                target=tmp_path / name,
                key=name,
                size_bytes=len(data),
                checksum=Checksum("sha256", hashlib.sha256(data).hexdigest()),
            ),
        )
        for name, data in contents.items()
    ]
    done = fetch_all(wanted, events.append, lambda: False, QUICK)
    assert set(done) == set(contents)
    last = {event.task: event for event in events if isinstance(event, Progress)}
    assert last["all files"].done == last["all files"].total == sum(map(len, contents.values()))
    assert all(last[name].done == len(data) for name, data in contents.items())


def test_one_failure_stops_the_others_and_is_the_one_told(server: HubDouble, tmp_path: Path) -> None:
    server.piece_seconds = 0.05
    wanted = [("good", download(server, tmp_path))]
    bad = HttpOrigin(f"{server.endpoint}/files/missing")
    wanted.append(("bad", download(server, tmp_path, origin=bad, key="b", target=tmp_path / "b")))
    with pytest.raises(SourceNotFound):
        fetch_all(wanted, ignore, lambda: False, QUICK)
    assert not (tmp_path / "a.safetensors").exists()


def test_a_stop_keeps_what_has_come(server: HubDouble, tmp_path: Path) -> None:
    server.piece_seconds = 0.02
    one = download(server, tmp_path)
    with pytest.raises(Interrupted):
        fetch_all([("a", one)], ignore, lambda: one.kept_bytes() > 100_000, QUICK)
    kept = one.kept_bytes()
    server.piece_seconds = 0.0
    assert run(one).sha256 == SHA256
    assert server.log[-1].start == kept > 100_000


def test_too_little_space_is_said_before(tmp_path: Path) -> None:
    with pytest.raises(DiskFull):
        check_space(tmp_path / "not" / "yet", 1 << 60)


def test_two_processes_do_not_fetch_the_same(tmp_path: Path) -> None:
    with model_lock(tmp_path, 0), pytest.raises(ModelBusy), model_lock(tmp_path, 0):
        pass
