"""moto's server as the other end of a remote, and of the commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.domain.errors import RemoteMissing, RemoteObjectMissing, RemoteObjectShort
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.open import check_conditions, open_remote
from tests.conftest import Audobon
from tests.doubles.s3_peer import IS_INSTALLED, running_moto
from tests.doubles.s3_server import s3_variables
from tests.remotes.s3_options import s3_options

pytestmark = [
    pytest.mark.loopback,
    pytest.mark.peer,
    pytest.mark.skipif(not IS_INSTALLED, reason="moto and flask are not installed"),
]

LARGE = bytes(range(256)) * 4096 * 6
"""6 MiB: more than a part."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with running_moto("backups", "art") as started:
        yield started


@pytest.fixture
def remote(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    for name, value in s3_variables(endpoint).items():
        monkeypatch.setenv(name, value)
    opened = open_remote("s3://backups/home", s3_options(endpoint))
    yield opened
    opened.close()


def test_what_a_remote_promises(remote: Remote) -> None:
    assert check_conditions(remote) == ()
    for key, content in (("small", b"small"), ("packs/aa/large", LARGE), ("empty", b"")):
        assert remote.put(key, content) is True
        assert remote.put(key, b"another") is False
        assert remote.get(key) == content
    assert remote.get("packs/aa/large", 300_000, 4_000_000) == LARGE[300_000:4_300_000]
    with pytest.raises(RemoteObjectShort):
        remote.get("small", 3, 3)
    with pytest.raises(RemoteObjectMissing):
        remote.get("other")
    first = remote.compare_and_swap("lease", b"1", None)
    assert first is not None
    second = remote.compare_and_swap("lease", b"2", first)
    assert second is not None
    assert remote.compare_and_swap("lease", b"3", first) is None
    assert [found.key for found in remote.list()] == ["empty", "lease", "packs/aa/large", "small"]
    assert remote.delete("lease", first) is False
    assert remote.delete("lease", second) is True
    assert remote.stat("lease") is None


def test_parts_are_put_together(remote: Remote, endpoint: str, tmp_path: Path) -> None:
    from audobon_cli.remotes.s3.connection import S3Connection
    from audobon_cli.remotes.s3.remote import S3Remote
    from audobon_cli.remotes.s3.uploads import S3Uploads
    from audobon_cli.remotes.upload_journal import UploadJournal

    bare = remote.inner  # type: ignore[attr-defined]
    assert isinstance(bare, S3Remote)
    connection = bare.connection
    assert isinstance(connection, S3Connection)
    uploads = S3Uploads(connection, UploadJournal(tmp_path))
    uploads.create({"Key": "home/packs/parts", "ChecksumCRC32C": "x"}, LARGE, failed_before=True)
    assert remote.get("packs/parts") == LARGE


def test_a_missing_bucket(remote: Remote, endpoint: str) -> None:
    other = open_remote("s3://no-such-bucket/home", s3_options(endpoint))
    for ask in (lambda: other.put("a", b"1"), lambda: other.stat("a"), lambda: list(other.list())):
        with pytest.raises(RemoteMissing):
            ask()
    other.close()


def test_backup_push_and_clone(remote: Remote, audobon: Audobon, tmp_path: Path, isolation: Path) -> None:
    """What people type, over the environment that AWS's own tools know."""
    (tmp_path / "key").write_bytes(b"k" * 40)
    key = ("--key-file", str(tmp_path / "key"))
    audobon("init")
    (isolation / "a.wav").write_bytes(_wav())
    assert audobon("assets", "import", str(isolation / "a.wav")).status == 0
    made = audobon("backup", "init", "s3://backups/one", *key, "--json")
    assert made.status == 0, made.err
    assert audobon("backup", "create", "--json").status == 0
    assert audobon("backup", "verify", "--json").status == 0
    assert audobon("backup", "create", "--dry-run", "--json").status == 0
    assert audobon("library", "push", "s3://art/lib", "-m", "one", *key).status == 0
    assert audobon("library", "clone", "s3://art/lib", str(tmp_path / "clone"), *key).status == 0
    refused = audobon("library", "pull", "s3://art/lib", *key, "--offline", "--json")
    assert refused.json["error"]["code"] == "source.offline"


def _wav() -> bytes:
    import io
    import wave

    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(range(256)) * 40)
    return stream.getvalue()
