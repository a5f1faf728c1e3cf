"""gcp-storage-emulator as the other end of a remote, for what it does as Cloud Storage does.

It knows no generations and no preconditions, so that versions, `swap` and create-only writes are left to the
double.
"""

import contextlib
from collections.abc import Iterator

import pytest

from audobon_cli.domain.errors import RemoteMissing, RemoteObjectMissing, RemoteObjectShort
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.open import open_remote
from tests.doubles.gcs_peer import EMULATOR, running_emulator
from tests.remotes.gcs_options import endpoint_options

pytestmark = [
    pytest.mark.loopback,
    pytest.mark.peer,
    pytest.mark.skipif(EMULATOR is None, reason="gcp-storage-emulator is not installed"),
]

LARGE = bytes(range(256)) * 4096 * 5


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with running_emulator() as started:
        yield started


@pytest.fixture
def remote(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    from google.cloud import storage
    from google.cloud.exceptions import Conflict

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", endpoint)
    client = storage.Client(project="x")
    client._bucket_metadata_cache = None
    with contextlib.suppress(Conflict):  # another test's
        client.create_bucket("backups")
    opened = open_remote("gs://backups/home", endpoint_options(endpoint))
    yield opened
    for found in list(opened.list()):
        opened.delete(found.key)
    opened.close()


def test_objects_come_back_as_they_were(remote: Remote) -> None:
    for key, content in (("small", b"small"), ("packs/aa/large", LARGE), ("empty", b"")):
        assert remote.put(key, content) is True
        assert remote.get(key) == content
    assert remote.get("packs/aa/large", 3_000_000) == LARGE[3_000_000:]
    assert remote.get("packs/aa/large", 300_000, 4_000_000) == LARGE[300_000:4_300_000]
    with pytest.raises(RemoteObjectShort):
        remote.get("small", 3, 3)
    with pytest.raises(RemoteObjectMissing):
        remote.get("other")


def test_listing_and_deleting(remote: Remote) -> None:
    for key in ("packs/b", "packs/a", "index/c"):
        remote.put(key, key.encode())
    assert [found.key for found in remote.list()] == ["index/c", "packs/a", "packs/b"]
    (found,) = remote.list("packs/a")
    assert (found.key, found.size_bytes) == ("packs/a", 7)
    assert found.modified.tzinfo is not None
    assert remote.stat("packs/none") is None
    assert remote.delete("packs/a") is True
    assert remote.delete("packs/a") is False
    assert [found.key for found in remote.list("packs/")] == ["packs/b"]


def test_a_missing_bucket(endpoint: str) -> None:
    remote = open_remote("gs://no-such-bucket/home", endpoint_options(endpoint))
    for ask in (lambda: remote.put("a", b"1"), lambda: remote.stat("a"), lambda: list(remote.list())):
        with pytest.raises(RemoteMissing):
            ask()
    remote.close()
