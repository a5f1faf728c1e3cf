"""What every remote promises (remotes/base.py), held against each of them."""

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audobon_cli.domain.errors import RemoteObjectMissing, RemoteObjectShort
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.directory.remote import DirectoryRemote
from audobon_cli.remotes.open import open_remote
from tests.doubles.gcs_server import Bucket, GcsDouble
from tests.doubles.s3_server import S3Double, s3_variables
from tests.fakes.memory_remote import MemoryRemote
from tests.remotes.gcs_options import double_options
from tests.remotes.s3_options import s3_options

pytestmark = pytest.mark.loopback

KINDS = ("directory", "memory", "gcs", "s3")


@contextlib.contextmanager
def made_remote(kind: str, folder: Path) -> Iterator[Remote]:
    """An empty remote of that kind; beside one in a bucket lies an object of somebody else's."""
    with contextlib.ExitStack() as stack:
        if kind == "gcs":
            gcs = stack.enter_context(GcsDouble())
            gcs.buckets = {"backups": Bucket()}
            gcs.put("backups", "one/two-three", b"of somebody else's")
            made = open_remote("gs://backups/one/two", double_options(gcs, folder))
        elif kind == "s3":
            s3 = stack.enter_context(S3Double())
            s3.store("backups", "one/two-three", b"of somebody else's")
            made = open_remote("s3://backups/one/two", s3_options(s3.address, folder))
        else:
            made = MemoryRemote() if kind == "memory" else DirectoryRemote(folder / "backup", create=True)
        stack.callback(made.close)
        yield made


@pytest.fixture(params=KINDS)
def remote(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Remote]:
    for name, value in s3_variables("").items():
        monkeypatch.setenv(name, value)
    with made_remote(request.param, tmp_path) as made:
        yield made


def keys(remote: Remote, prefix: str = "") -> list[str]:
    return [found.key for found in remote.list(prefix)]


def test_put_creates_and_never_replaces(remote: Remote) -> None:
    assert remote.put("packs/3f/one", b"first") is True
    assert remote.put("packs/3f/one", b"other") is False
    assert remote.put("packs/3f/one", b"first") is False
    assert remote.put("packs/3f/two", memoryview(b"-second-")[1:-1]) is True
    assert remote.get("packs/3f/one") == b"first"
    assert remote.get("packs/3f/two") == b"second"


def test_get_gives_ranges(remote: Remote) -> None:
    content = bytes(range(256)) * 5000
    remote.put("a", content)
    remote.put("empty", b"")
    assert remote.get("a") == content
    assert remote.get("a", 1000) == content[1000:]
    assert remote.get("a", 1000, 17) == content[1000:1017]
    assert remote.get("a", len(content) - 1) == content[-1:]
    assert remote.get("a", len(content)) == b""
    assert remote.get("a", 5, 0) == b""
    assert remote.get("empty") == b""
    assert remote.get("empty", 0, 0) == b""


def test_get_of_what_is_not_there(remote: Remote) -> None:
    remote.put("a", b"12345")
    for start, length in ((0, 6), (4, 2), (6, None), (6, 0), (100, 5)):
        with pytest.raises(RemoteObjectShort):
            remote.get("a", start, length)
    with pytest.raises(RemoteObjectMissing) as caught:
        remote.get("packs/b")
    assert caught.value.details["key"] == "packs/b"


def test_stat_tells_size_time_and_version(remote: Remote) -> None:
    assert remote.stat("a/b") is None
    remote.put("a/b", b"12345")
    found = remote.stat("a/b")
    assert found is not None
    assert (found.key, found.size_bytes) == ("a/b", 5)
    assert abs(found.modified - datetime.now(UTC)) < timedelta(minutes=5)
    assert found == next(remote.list("a/"))


def test_swap_replaces_one_version_only(remote: Remote) -> None:
    first = remote.compare_and_swap("lease", b"1", None)
    assert first is not None
    assert remote.compare_and_swap("lease", b"2", None) is None
    second = remote.compare_and_swap("lease", b"2", first)
    assert second not in (None, first)
    assert remote.compare_and_swap("lease", b"3", first) is None
    found = remote.stat("lease")
    assert found is not None
    assert found.version == second
    assert remote.get("lease") == b"2"
    assert remote.compare_and_swap("not/there", b"3", second) is None
    assert remote.stat("not/there") is None


def test_every_write_has_another_version(remote: Remote) -> None:
    version = remote.compare_and_swap("lease", b"same", None)
    seen = [version]
    for _ in range(30):
        version = remote.compare_and_swap("lease", b"same", version)
        assert version is not None
        seen.append(version)
    assert len(set(seen)) == len(seen)


def test_swap_and_put_meet(remote: Remote) -> None:
    remote.put("a", b"put")
    assert remote.compare_and_swap("a", b"swapped", None) is None
    found = remote.stat("a")
    assert found is not None
    assert remote.compare_and_swap("a", b"swapped", found.version) is not None
    assert remote.put("a", b"put") is False
    assert remote.get("a") == b"swapped"


def test_delete(remote: Remote) -> None:
    version = remote.compare_and_swap("a/b", b"1", None)
    assert remote.delete("a/b", "another") is False
    assert remote.get("a/b") == b"1"
    assert remote.delete("a/b", version) is True
    assert remote.delete("a/b", version) is False
    assert remote.delete("a/b") is False
    assert remote.stat("a/b") is None
    assert remote.put("a/b", b"2") is True
    assert remote.delete("a/b") is True
    assert keys(remote) == []


def test_list_is_in_order_of_keys(remote: Remote) -> None:
    names = [
        "a-b",
        "a/b/c",
        "a/b-c",
        "a.b",
        "a0",
        "packs/00/1",
        "packs/0-/1",
        "packs/ff/2",
        "packs-old/1",
        "Z",
        "_x",
    ]
    for name in names:
        remote.put(name, name.encode())
    assert keys(remote) == sorted(names)
    assert keys(remote, "a/") == ["a/b-c", "a/b/c"]
    assert keys(remote, "a") == sorted(name for name in names if name.startswith("a"))
    assert keys(remote, "packs") == sorted(name for name in names if name.startswith("packs"))
    assert keys(remote, "packs/0") == ["packs/0-/1", "packs/00/1"]
    assert keys(remote, "packs/ff/2") == ["packs/ff/2"]
    assert keys(remote, "none/at/all") == []


def test_listing_while_deleting(remote: Remote) -> None:
    for number in range(50):
        remote.put(f"packs/{number:02d}", b"x")
    for found in remote.list("packs/"):
        assert remote.delete(found.key, found.version)
    assert keys(remote) == []


@pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", ".a", "a/.b", "..", "a b", "ä", "a/../b"])
def test_other_names_are_no_keys(remote: Remote, key: str) -> None:
    for ask in (lambda: remote.put(key, b""), lambda: remote.get(key), lambda: remote.delete(key)):
        with pytest.raises(ValueError, match="not a key"):
            ask()


STALE = "170000000000"
"""A version that no place of a test comes to; Cloud Storage wants a number."""

CALLS = st.lists(
    st.tuples(
        st.sampled_from(
            ["put", "swap", "swap_stale", "get", "range", "stat", "list", "delete", "delete_stale"]
        ),
        st.sampled_from(["a", "a-b", "a.b", "b/a", "b/b/c", "packs/3f/3f08"]),
        st.binary(max_size=40),
    ),
    max_size=25,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(calls=CALLS)
def test_any_history_is_that_of_a_dictionary(remote: Remote, calls: list[tuple[str, str, bytes]]) -> None:
    for found in list(remote.list()):
        remote.delete(found.key)
    model: dict[str, bytes] = {}
    for name, key, content in calls:
        found = remote.stat(key)
        assert (found.size_bytes if found else None) == (len(model[key]) if key in model else None)
        version = found.version if found else None
        if name == "put":
            assert remote.put(key, content) is (key not in model)
            model.setdefault(key, content)
        elif name == "swap":
            assert remote.compare_and_swap(key, content, version) is not None
            model[key] = content
        elif name == "swap_stale":
            assert remote.compare_and_swap(key, content, STALE if version is None else None) is None
        elif name in ("get", "range") and key in model:
            start, length = (0, None) if name == "get" else (len(model[key]) // 3, len(model[key]) // 2)
            expected = model[key][start:] if length is None else model[key][start : start + length]
            assert remote.get(key, start, length) == expected
        elif name == "list":
            prefix = key[: len(content) % 4]
            assert keys(remote, prefix) == sorted(each for each in model if each.startswith(prefix))
        elif name == "delete":
            assert remote.delete(key, version) is (model.pop(key, None) is not None)
        elif name == "delete_stale":
            assert remote.delete(key, STALE) is False


def test_of_many_putters_one_creates(remote: Remote) -> None:
    barrier = threading.Barrier(8)

    def put(number: int) -> bool:
        barrier.wait()
        return remote.put("packs/aa/one", b"%d" % number * 1000)

    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(put, range(8)))
    assert created.count(True) == 1
    assert remote.get("packs/aa/one") == b"%d" % created.index(True) * 1000


def test_of_many_swappers_all_count(remote: Remote) -> None:
    """A counter that is read and swapped by several threads loses no count."""
    remote.compare_and_swap("counter", b"0", None)

    def add(_: int) -> None:
        while True:
            found = remote.stat("counter")
            assert found is not None
            number = int(remote.get("counter"))
            if remote.compare_and_swap("counter", b"%d" % (number + 1), found.version) is not None:
                return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(20)))
    assert remote.get("counter") == b"20"
