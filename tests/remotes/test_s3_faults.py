"""Each fault of a server of S3's protocol or of the network, met by the real client over real sockets."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from audobon_cli.domain.errors import (
    AudobonError,
    InvalidInput,
    RemoteConditionsIgnored,
    RemoteFailed,
    RemoteFull,
    RemoteGarbled,
    RemoteLoginRefused,
    RemoteMissing,
    RemoteRefused,
    RemoteUnreachable,
)
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.open import check_conditions, open_remote
from tests.doubles.s3_server import S3Double, s3_variables
from tests.doubles.service import Fault, Reply
from tests.ports import free_port
from tests.remotes.s3_options import s3_options

pytestmark = pytest.mark.loopback

SMALL = b"small" * 1000
LARGE = bytes(range(256)) * 4096 * 12
"""12 MiB: three parts."""


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3_variables("").items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def shared() -> Iterator[S3Double]:
    with S3Double() as started:
        yield started


@pytest.fixture
def double(shared: S3Double) -> S3Double:
    shared.buckets = {"backups": {}}
    shared.uploads.clear()
    shared.faults.clear()
    shared.log.clear()
    shared.ignores, shared.denied, shared.region, shared.keeps_checksums = set(), set(), "us-east-1", True
    return shared


@pytest.fixture(scope="module")
def opened(shared: S3Double, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in s3_variables("").items():
            patch.setenv(name, value)
        made = open_remote("s3://backups/home", s3_options(shared.address, tmp_path_factory.mktemp("state")))
        made.stat("nothing")  # credentials are read
    yield made
    made.close()


@pytest.fixture
def remote(double: S3Double, opened: Remote) -> Remote:
    return opened


def test_what_passes_is_borne(double: S3Double, remote: Remote) -> None:
    double.faults = [
        Fault("status", "put", times=1, status=503, headers={"Retry-After": "0"}),
        Fault("reset", "put", times=1),
        Fault("status", "put", times=1, status=409),
        Fault("cut", "get", times=1),
        Fault("status", "list", times=1, status=500),
    ]
    assert remote.put("a", SMALL) is True
    assert remote.get("a") == SMALL
    assert [found.key for found in remote.list()] == ["a"]


def test_a_read_goes_on_where_it_broke_off(double: S3Double, remote: Remote) -> None:
    double.store("backups", "home/a", LARGE)
    double.faults = [Fault("cut", "get", times=1)]
    assert remote.get("a") == LARGE
    first, second = (asked.headers.get("Range", "") for asked in double.asked_in("get"))
    assert first == ""
    assert 0 < int(second.removeprefix("bytes=").removesuffix("-")) <= len(LARGE) // 2


def test_an_object_that_is_replaced_under_a_read_is_read_anew(double: S3Double, remote: Remote) -> None:
    double.store("backups", "home/a", LARGE)

    def replaced(reply: Reply) -> Reply:
        double.store("backups", "home/a", SMALL)
        return replace(reply, body=reply.body[:100_000], length=len(reply.body))

    double.faults = [Fault("change", "get", times=1, change=replaced)]
    assert remote.get("a") == SMALL


def test_an_answer_that_is_lost_is_known_again(double: S3Double, remote: Remote) -> None:
    double.faults = [Fault("lose", "put", times=1)]
    assert remote.put("a", SMALL) is True
    first = remote.compare_and_swap("lease", b"1", None)
    double.faults = [Fault("lose", "put", times=1)]
    second = remote.compare_and_swap("lease", b"2", first)
    found = remote.stat("lease")
    assert second is not None
    assert found is not None
    assert second == found.version
    double.store("backups", "home/b", b"of another")
    double.faults = [Fault("reset", "put", times=1)]
    assert remote.put("b", SMALL) is False


def test_parts_are_sent_once(double: S3Double, remote: Remote) -> None:
    """The request that fails, then parts: of which the second fails twice and is all that is sent again."""
    double.faults = [Fault("reset", "put", times=1), Fault("reset", "part", times=2, after=1)]
    assert remote.put("packs/a", LARGE) is True
    assert remote.get("packs/a") == LARGE
    assert len(double.asked_in("part")) == 3 + 2
    assert double.uploads == {}
    assert remote.put("packs/a", LARGE) is False


def test_another_process_goes_on_with_the_parts(double: S3Double, tmp_path: Path) -> None:
    double.faults = [Fault("reset", "put"), Fault("reset", "part", after=2)]
    first = open_remote("s3://backups/home", s3_options(double.address, tmp_path))
    with pytest.raises(RemoteUnreachable):
        first.put("packs/a", LARGE)
    first.close()
    double.faults.clear()
    double.log.clear()
    second = open_remote("s3://backups/home", s3_options(double.address, tmp_path))
    assert second.put("packs/a", LARGE) is True
    second.close()
    assert [double.phase_of(asked) for asked in double.log] == ["parts", "part", "complete"]
    assert double.buckets["backups"]["home/packs/a"].content == LARGE


def test_an_upload_that_was_forgotten_is_begun_again(double: S3Double, remote: Remote) -> None:
    def forgotten(reply: Reply) -> Reply:
        double.uploads.clear()
        return reply

    double.faults = [
        Fault("reset", "put", times=1),
        Fault("change", "part", times=1, after=1, change=forgotten),
    ]
    assert remote.put("packs/b", LARGE) is True
    assert remote.get("packs/b") == LARGE


def test_what_was_made_meanwhile_is_left_and_parts_are_taken_away(double: S3Double, remote: Remote) -> None:
    def taken(reply: Reply) -> Reply:
        double.store("backups", "home/packs/c", SMALL)
        return reply

    double.faults = [Fault("reset", "put", times=1), Fault("change", "part", times=1, change=taken)]
    assert remote.put("packs/c", LARGE) is False
    assert double.uploads == {}
    assert double.buckets["backups"]["home/packs/c"].content == SMALL


@pytest.mark.parametrize("keeps", [True, False])
def test_bytes_that_change_on_the_way_are_not_taken(double: S3Double, remote: Remote, keeps: bool) -> None:
    double.keeps_checksums = keeps
    remote.put("a", SMALL)
    changed = Fault("change", "get", times=1, change=lambda reply: replace(reply, body=b"X" + reply.body[1:]))
    double.faults = [changed]
    assert remote.get("a") == SMALL
    double.faults = [replace(changed, times=100)]
    with pytest.raises(RemoteGarbled):
        remote.get("a")


def test_a_login_page_is_no_answer(double: S3Double, remote: Remote) -> None:
    page = Fault("change", "put", change=lambda reply: Reply(body=b"<html>Welcome</html>", kind="text/html"))
    double.faults = [page]
    with pytest.raises(RemoteUnreachable, match="something else answered"):
        remote.put("a", SMALL)
    double.faults = [replace(page, phase="list")]
    with pytest.raises(RemoteUnreachable):
        list(remote.list())


@pytest.mark.parametrize(
    ("phase", "reply", "error", "hint"),
    [
        ("put", (403, "RequestTimeTooSkewed"), RemoteRefused, "timedatectl"),
        ("put", (403, "ExpiredToken"), RemoteLoginRefused, "AWS_PROFILE"),
        ("put", (403, "AccessDenied"), RemoteRefused, "s3:PutObject"),
        ("put", (507, "XMinioStorageFull"), RemoteFull, "backup prune"),
        ("put", (301, "PermanentRedirect"), RemoteFailed, "--region"),
        ("put", (400, "InvalidRequest"), RemoteFailed, "endpoint"),
        ("get", (403, "InvalidObjectState"), RemoteRefused, "restore-object"),
        ("get", (400, "KMS.DisabledException"), RemoteFailed, "options"),
        ("get", (403, "KMS.AccessDenied"), RemoteRefused, "kms:Decrypt"),
        ("put", (503, "SlowDown"), RemoteUnreachable, "same command again"),
    ],
)
def test_each_refusal_has_its_next_step(
    double: S3Double, remote: Remote, phase: str, reply: tuple[int, str], error: type[AudobonError], hint: str
) -> None:
    body = f"<Error><Code>{reply[1]}</Code><Message>words</Message></Error>".encode()
    double.faults = [Fault("change", phase, change=lambda _: Reply(reply[0], body, "application/xml"))]
    ask: Callable[[], object] = {"put": lambda: remote.put("a", SMALL), "get": lambda: remote.get("a")}[phase]
    with pytest.raises(error) as caught:
        ask()
    assert type(caught.value) is error
    assert hint in caught.value.hint


def test_an_object_under_lock_is_kept(double: S3Double, remote: Remote) -> None:
    remote.put("a", SMALL)
    words = b"Access Denied because object protected by object lock."
    body = b"<Error><Code>AccessDenied</Code><Message>%b</Message></Error>" % words
    double.faults = [Fault("change", "delete", change=lambda _: Reply(403, body, "application/xml"))]
    with pytest.raises(RemoteRefused, match="lock"):
        remote.delete("a")


def test_account_bucket_region_and_endpoint(
    double: S3Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(address: str = "s3://backups/home", **s3: str) -> AudobonError:
        with pytest.raises(AudobonError) as caught:
            open_remote(address, s3_options(s3.pop("at", double.address), **s3)).stat("a")
        return caught.value

    missing = asked("s3://no-such-bucket/home")
    assert isinstance(missing, RemoteMissing)
    assert "aws s3 mb s3://no-such-bucket" in missing.hint
    double.region = "eu-central-1"
    assert isinstance(asked(), RemoteFailed)
    assert "no endpoint" in asked(at="nonsense").message
    assert "profile called nobody" in asked(profile="nobody").message
    assert isinstance(asked(at=f"http://127.0.0.1:{free_port()}"), RemoteUnreachable)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOTHER")
    assert isinstance(asked(), RemoteLoginRefused | RemoteRefused)  # HEAD gives no code
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    assert "no credentials" in asked().message
    with pytest.raises(InvalidInput):
        open_remote("s3://backups/home", s3_options("", storage_class="DEEP_ARCHIVE"))
    with pytest.raises(InvalidInput):
        open_remote("s3://backups/home", s3_options("", addressing="sideways"))


@pytest.mark.parametrize("condition", ["put if-match", "put if-none-match"])
def test_a_server_that_ignores_conditions_is_refused(
    double: S3Double, tmp_path: Path, condition: str
) -> None:
    double.ignores = {condition}
    remote = open_remote("s3://backups/home", s3_options(double.address, tmp_path))
    with pytest.raises(RemoteConditionsIgnored):
        check_conditions(remote)
    assert double.buckets["backups"] == {}
    if condition == "put if-match":  # nor is anything replaced there later
        double.store("backups", "home/refs", b"theirs")
        found = remote.stat("refs")
        assert found is not None
        with pytest.raises(RemoteConditionsIgnored):
            remote.compare_and_swap("refs", b"ours", found.version)
    remote.close()


def test_deletes_without_conditions_are_told(double: S3Double, remote: Remote) -> None:
    double.ignores = {"delete if-match"}
    assert "one machine at a time" in check_conditions(remote)[0]
    double.ignores = set()
    assert check_conditions(remote) == ()
    assert double.buckets["backups"] == {}


def test_bandwidth_is_kept_to(double: S3Double) -> None:
    options = replace(s3_options(double.address), upload_bytes_per_second=10_000_000)
    remote = open_remote("s3://backups/home", options)
    remote.stat("a")
    start = time.monotonic()
    assert remote.put("a", LARGE[: 3 << 20]) is True
    assert time.monotonic() - start > 0.2  # 0.31 s of bytes, of which 0.1 s may be sent ahead
    assert remote.get("a") == LARGE[: 3 << 20]
    remote.close()


def test_classes_and_keys_of_new_objects(double: S3Double) -> None:
    options = s3_options(double.address, storage_class="STANDARD_IA", kms_key="alias/art")
    remote = open_remote("s3://backups/home", options)
    remote.put("small", SMALL)
    remote.put("packs/large", LARGE[: 2 << 20])
    small, large = (
        {name.lower(): value for name, value in one.headers.items()} for one in double.asked_in("put")
    )
    assert "x-amz-storage-class" not in small
    assert large["x-amz-storage-class"] == "STANDARD_IA"
    assert small["x-amz-server-side-encryption-aws-kms-key-id"] == "alias/art"
    remote.close()
