"""Each fault of Cloud Storage or of the network, met by the real client over real sockets, in bounded time."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audobon_cli.domain.errors import (
    AudobonError,
    RemoteFailed,
    RemoteGarbled,
    RemoteLoginRefused,
    RemoteMissing,
    RemoteObjectMissing,
    RemoteRefused,
    RemoteUnreachable,
)
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.open import open_remote
from tests.doubles.gcs_server import Bucket, GcsDouble, GcsFault
from tests.ports import free_port
from tests.remotes.gcs_options import HASTY, double_options
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.loopback

SMALL = b"small" * 1000
LARGE = bytes(range(256)) * 4096 * 3  # 3 MiB: resumable
NEVER = 1000


@pytest.fixture
def double() -> Iterator[GcsDouble]:
    with GcsDouble() as started:
        started.buckets["backups"] = Bucket()
        yield started


@pytest.fixture
def remote(double: GcsDouble, tmp_path: Path) -> Iterator[Remote]:
    opened = open_remote("gs://backups/home", double_options(double, tmp_path))
    yield opened
    opened.close()


def stored(double: GcsDouble, key: str) -> bytes:
    return double.buckets["backups"].objects[f"home/{key}"][-1].data


def bounded(ask: Callable[[], object], error: type[AudobonError], size_bytes: int = 0) -> AudobonError:
    """The error of ``ask``, which must come within twice the time that the call is allowed."""
    start = time.monotonic()
    with pytest.raises(error) as caught:
        ask()
    assert time.monotonic() - start < 2 * HASTY.allowed_seconds(size_bytes)
    assert type(caught.value) is error
    return caught.value


PASSING = [
    GcsFault("status", status=429),
    GcsFault("status", status=500, times=2),
    GcsFault("status", status=502),
    GcsFault("status", status=503, times=3),
    GcsFault("status", status=504),
    GcsFault("status", status=408),
    GcsFault("lose"),
]


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault.kind}{fault.status}x{fault.times}")
def test_what_passes_is_borne(double: GcsDouble, remote: Remote, fault: GcsFault, content: bytes) -> None:
    def again() -> None:
        double.faults.append(replace(fault))

    again()
    assert remote.put("a", content) is True
    again()
    assert remote.get("a") == content
    again()
    found = remote.stat("a")
    again()
    assert [found] == list(remote.list())
    assert found is not None
    again()
    version = remote.compare_and_swap("lease", SMALL, None)
    again()
    assert remote.compare_and_swap("lease", SMALL + b"2", version) not in (None, version)
    again()
    remote.delete("a")  # False where the reply was lost, and it is gone already
    assert remote.stat("a") is None
    assert sum(fault.times for fault in double.faults) == 0


def test_retry_after_is_waited_for(double: GcsDouble, remote: Remote) -> None:
    double.faults.append(GcsFault("status", status=429, headers={"Retry-After": "1"}))
    start = time.monotonic()
    assert remote.put("a", SMALL) is True
    assert time.monotonic() - start >= 1


def test_a_pause_longer_than_there_is_time_is_not_waited_for(double: GcsDouble, remote: Remote) -> None:
    double.faults.append(GcsFault("status", status=429, times=NEVER, headers={"Retry-After": "3600"}))
    start = time.monotonic()
    error = bounded(lambda: remote.put("a", SMALL), RemoteUnreachable)
    assert time.monotonic() - start < HASTY.deadline_seconds
    assert error.details["retry_after_seconds"] == 3600
    assert "429" in error.message


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_does_not_pass_is_given_up(double: GcsDouble, remote: Remote, status: int) -> None:
    double.put("backups", "home/a", SMALL)
    double.faults.append(GcsFault("status", times=NEVER, status=status))
    asked: list[Callable[[], object]] = [
        lambda: remote.put("a", SMALL),
        lambda: remote.put("b", LARGE),
        lambda: remote.compare_and_swap("a", SMALL, None),
        lambda: remote.get("a"),
        lambda: remote.stat("a"),
        lambda: list(remote.list()),
        lambda: remote.delete("a"),
    ]
    for ask in asked:
        before = len(double.log)
        assert str(status) in bounded(ask, RemoteUnreachable).message
        # Nothing beneath tries again by itself.
        assert len(double.log) - before == HASTY.failures + 1


def test_an_upload_that_breaks_off_goes_on(double: GcsDouble, remote: Remote) -> None:
    double.faults.append(GcsFault("receive", method="PUT", after=2 << 20))
    double.faults.append(GcsFault("receive", method="PUT", after=600_000))
    assert remote.put("packs/a", LARGE) is True
    assert stored(double, "packs/a") == LARGE
    # What was received twice is less than what the server rounds off, each time.
    assert double.received_bytes() < len(LARGE) + 2 * 256 * 1024 + 4096


def test_an_upload_that_gets_on_is_not_given_up(double: GcsDouble, remote: Remote) -> None:
    """More failures than are borne in a row, but each time some bytes more are there."""
    double.faults.append(GcsFault("receive", method="PUT", times=HASTY.failures + 4, after=300_000))
    large = LARGE * 2
    assert remote.put("packs/a", large) is True
    assert stored(double, "packs/a") == large


def test_an_upload_that_never_gets_on_is_given_up(double: GcsDouble, remote: Remote) -> None:
    double.faults.append(GcsFault("receive", method="PUT", times=NEVER, after=1000))
    bounded(lambda: remote.put("packs/a", LARGE), RemoteUnreachable, len(LARGE))
    assert "home/packs/a" not in double.buckets["backups"].objects


def test_a_small_upload_that_breaks_off_is_sent_again(double: GcsDouble, remote: Remote) -> None:
    double.faults.append(GcsFault("receive", method="POST", after=1000))
    assert remote.put("a", SMALL) is True
    assert stored(double, "a") == SMALL


def test_a_server_that_says_nothing_is_given_up(double: GcsDouble, tmp_path: Path) -> None:
    options = double_options(double, tmp_path)
    retries = replace(HASTY, failures=2, connect_seconds=0.5, stall_seconds=0.5)
    remote = open_remote("gs://backups/home", replace(options, retries=retries))
    double.put("backups", "home/a", LARGE)
    double.faults.append(GcsFault("stall", times=NEVER, after=0, seconds=PATIENCE_SECONDS))
    double.faults.append(GcsFault("freeze", times=NEVER, after=1000, seconds=PATIENCE_SECONDS))
    for ask in (lambda: remote.get("a"), lambda: remote.put("b", LARGE), lambda: remote.put("c", SMALL)):
        assert "no byte came" in bounded(ask, RemoteUnreachable).message
    remote.close()


def test_bytes_that_trickle_are_given_up(double: GcsDouble, tmp_path: Path) -> None:
    options = double_options(double, tmp_path)
    retries = replace(HASTY, deadline_seconds=1.0, slowest_bytes_per_second=10 << 20)
    remote = open_remote("gs://backups/home", replace(options, retries=retries))
    double.put("backups", "home/a", LARGE)
    double.piece_seconds = 0.5  # a minute and a half in all
    start = time.monotonic()
    with pytest.raises(RemoteUnreachable, match="too slowly"):
        remote.get("a")
    assert time.monotonic() - start < 60
    remote.close()


@pytest.mark.parametrize("kind", ["drop", "truncate", "stall"])
def test_a_download_that_breaks_off_goes_on(double: GcsDouble, remote: Remote, kind: str) -> None:
    double.put("backups", "home/a", LARGE)
    double.faults.append(GcsFault(kind, after=1_500_000, seconds=0.1))
    assert remote.get("a") == LARGE
    assert double.body_bytes() <= len(LARGE)
    double.faults.append(GcsFault(kind, after=100_000, seconds=0.1))
    assert remote.get("a", 1000, 2_000_000) == LARGE[1000:2_001_000]
    assert double.body_bytes() <= len(LARGE) + 2_000_000


def test_an_object_that_is_replaced_meanwhile_is_not_mixed(double: GcsDouble, remote: Remote) -> None:
    double.put("backups", "home/a", LARGE)

    class Replacing(GcsFault):
        """Replaces the object as soon as the fault is taken."""

        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if name == "times" and value == 0:
                double.put("backups", "home/a", SMALL)

    double.faults.append(Replacing("drop", after=1_000_000))
    assert remote.get("a") == SMALL


def test_a_body_with_a_flipped_bit_is_read_again(double: GcsDouble, remote: Remote) -> None:
    double.put("backups", "home/a", LARGE)
    double.faults.append(GcsFault("corrupt", after=70_000))
    assert remote.get("a") == LARGE
    double.faults.append(GcsFault("corrupt", times=NEVER, after=70_000))
    assert "CRC32C" in bounded(lambda: remote.get("a"), RemoteGarbled, len(LARGE)).message


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_an_upload_with_a_flipped_bit_is_refused_and_sent_again(
    double: GcsDouble, remote: Remote, content: bytes
) -> None:
    double.faults.append(GcsFault("corrupt_upload", after=3000))
    assert remote.put("a", content) is True
    assert stored(double, "a") == content
    double.faults.append(GcsFault("corrupt_upload", times=NEVER, after=3000))
    bounded(lambda: remote.put("b", content), RemoteGarbled, len(content))
    assert "home/b" not in double.buckets["backups"].objects


def test_a_lost_reply_is_known_as_our_own_write(double: GcsDouble, remote: Remote) -> None:
    for method in ("POST", "PUT"):
        content = SMALL if method == "POST" else LARGE
        double.faults.append(GcsFault("lose", method=method))
        assert remote.put(method, content) is True
        assert remote.put(method, content) is False
    double.faults.append(GcsFault("lose", method="POST"))
    version = remote.compare_and_swap("lease", b"mine", None)
    found = remote.stat("lease")
    assert found is not None
    assert version == found.version
    assert remote.compare_and_swap("lease", b"mine", None) is None


def test_another_machines_object_is_not_taken_for_our_own(double: GcsDouble, remote: Remote) -> None:
    """The first try never came there, and somebody else wrote the same bytes meanwhile."""
    double.faults.append(GcsFault("receive", method="POST", after=10))
    double.put("backups", "home/lease", b"same", metadata={"audobon-writer": "another"})
    assert remote.compare_and_swap("lease", b"same", None) is None
    assert remote.put("lease", b"same") is False


def test_an_upload_session_that_is_forgotten_begins_again(double: GcsDouble, remote: Remote) -> None:
    double.faults.append(GcsFault("receive", method="PUT", after=1 << 20))
    double.faults.append(GcsFault("status", method="PUT", status=410))
    assert remote.put("packs/a", LARGE) is True
    assert stored(double, "packs/a") == LARGE


def test_a_missing_bucket_is_said_with_the_command_that_makes_it(double: GcsDouble, tmp_path: Path) -> None:
    remote = open_remote("gs://no-such/home", double_options(double, tmp_path))
    for ask in (
        lambda: remote.put("a", SMALL),
        lambda: remote.put("a", LARGE),
        lambda: remote.compare_and_swap("a", SMALL, None),
        lambda: remote.get("a"),
        lambda: remote.stat("a"),
        lambda: list(remote.list()),
        lambda: remote.delete("a"),
    ):
        error = bounded(ask, RemoteMissing)
        assert "gcloud storage buckets create gs://no-such " in error.hint
    remote.close()


PERMISSIONS: list[tuple[str, Callable[[Remote], object]]] = [
    ("storage.objects.create", lambda remote: remote.put("b", SMALL)),
    ("storage.objects.create", lambda remote: remote.put("b", LARGE)),
    ("storage.objects.create", lambda remote: remote.compare_and_swap("b", SMALL, None)),
    ("storage.objects.get", lambda remote: remote.get("a")),
    ("storage.objects.get", lambda remote: remote.stat("a")),
    ("storage.objects.list", lambda remote: list(remote.list())),
    ("storage.objects.delete", lambda remote: remote.delete("a")),
]


@pytest.mark.parametrize(("permission", "ask"), PERMISSIONS)
def test_what_is_not_allowed_names_permission_and_role(
    double: GcsDouble, remote: Remote, permission: str, ask: Callable[[Remote], object]
) -> None:
    double.put("backups", "home/a", SMALL)
    double.buckets["backups"].denied.add(permission)
    error = bounded(lambda: ask(remote), RemoteRefused)
    assert permission in error.message
    assert "roles/storage.objectUser" in error.hint
    assert error.exit_status == 49


def test_without_an_account_a_login_is_asked_for(double: GcsDouble, remote: Remote) -> None:
    double.buckets["backups"].readers = "account"
    assert (
        "gcloud auth application-default login" in bounded(lambda: remote.stat("a"), RemoteLoginRefused).hint
    )


def test_requester_pays_asks_for_a_project(double: GcsDouble, remote: Remote) -> None:
    double.buckets["backups"].requester_pays = True
    assert "--project" in bounded(lambda: remote.put("a", SMALL), RemoteRefused).hint


def test_a_retention_lock_says_until_when(double: GcsDouble, remote: Remote) -> None:
    double.buckets["backups"].retention_seconds = 86_400 * 30
    assert remote.put("a", SMALL) is True
    found = remote.stat("a")
    assert found is not None
    for ask in (lambda: remote.delete("a"), lambda: remote.compare_and_swap("a", b"2", found.version)):
        error = bounded(ask, RemoteRefused)
        assert str(error.details["until"])[:10] in error.message
        assert datetime.fromisoformat(str(error.details["until"])) > datetime.now(UTC) + timedelta(days=29)
    assert stored(double, "a") == SMALL


def test_a_hold_is_said_too(double: GcsDouble, remote: Remote) -> None:
    double.put("backups", "home/a", SMALL, temporary_hold=True)
    error = bounded(lambda: remote.delete("a"), RemoteRefused)
    assert error.details["until"] is None
    assert "gcloud storage objects describe gs://backups/home/a" in error.hint


def test_an_encryption_key_that_may_not_be_used(double: GcsDouble, remote: Remote) -> None:
    double.buckets["backups"].kms_denied = True
    for content in (SMALL, LARGE):
        error = bounded(lambda content=content: remote.put("a", content), RemoteRefused)
        assert "cryptoKeyEncrypterDecrypter" in error.hint


def test_an_answer_that_makes_no_sense(double: GcsDouble, remote: Remote) -> None:
    double.faults.append(GcsFault("status", status=418))
    assert bounded(lambda: remote.stat("a"), RemoteFailed).details["status"] == 418


def test_a_login_page_of_a_hotel_is_no_answer(double: GcsDouble, remote: Remote) -> None:
    double.put("backups", "home/a", SMALL)
    double.faults.append(GcsFault("portal", times=NEVER))
    asked: list[Callable[[], object]] = [
        lambda: remote.put("b", SMALL),
        lambda: remote.put("b", LARGE),
        lambda: remote.compare_and_swap("b", SMALL, None),
        lambda: remote.get("a"),
        lambda: remote.get("a", 10, 20),
        lambda: remote.stat("a"),
        lambda: list(remote.list()),
    ]
    for ask in asked:
        bounded(ask, RemoteUnreachable)


def test_a_listing_that_fails_between_pages_goes_on(double: GcsDouble, remote: Remote) -> None:
    for number in range(25):
        double.put("backups", f"home/packs/{number:02d}", b"x")
    double.page_size = 4
    double.faults.append(GcsFault("status", path="pageToken=home/packs/11", status=503, times=2))
    double.faults.append(GcsFault("lose", path="pageToken=home/packs/15"))
    keys = [found.key for found in remote.list("packs/")]
    assert keys == [f"packs/{number:02d}" for number in range(25)]
    double.faults.append(GcsFault("status", path="pageToken=home/packs/11", status=503, times=NEVER))
    bounded(lambda: list(remote.list("packs/")), RemoteUnreachable)


def test_nobody_listens(tmp_path: Path, double: GcsDouble) -> None:
    options = double_options(double, tmp_path)
    access = replace(options.gcs.access, endpoint=f"http://127.0.0.1:{free_port()}")
    remote = open_remote("gs://backups/home", replace(options, gcs=replace(options.gcs, access=access)))
    for ask in (lambda: remote.put("a", SMALL), lambda: remote.get("a"), lambda: list(remote.list())):
        assert "refused" in bounded(ask, RemoteUnreachable).message
    with pytest.raises(RemoteObjectMissing):
        open_remote("gs://backups/home", options).get("a")
