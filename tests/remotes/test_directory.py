"""A folder as a remote where the file system misbehaves: full, read-only, without links or locks, failing, killed."""

import errno
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from audobon_cli.domain.errors import (
    DiskFailed,
    RemoteFailed,
    RemoteFull,
    RemoteMissing,
    RemoteRefused,
    RemoteUnreachable,
)
from audobon_cli.platforms import current
from audobon_cli.remotes.directory.remote import DirectoryRemote
from audobon_cli.remotes.directory.staging import GRACE_SECONDS, INCOMING
from audobon_cli.remotes.open import open_remote
from tests.fault_injection import (
    as_nobody,
    child_environment,
    needs_mounts,
    needs_strace,
    run_injected,
    run_mounted,
)

FILL = """
import sys
from pathlib import Path
from audobon_cli.domain.errors import RemoteFull
from audobon_cli.remotes.directory.remote import DirectoryRemote
root = Path(sys.argv[1])
remote = DirectoryRemote(root)
kept = []
try:
    for number in range(1000):
        key = f"packs/{number:03d}"
        remote.put(key, b"%03d" % number * 30_000)
        kept.append(key)
except RemoteFull as error:
    print(error.code, error.exit_status)
assert [found.key for found in remote.list()] == kept and len(kept) > 3, kept
assert list((root / ".incoming").iterdir()) == []
for _ in range(3):  # again and again, and nothing piles up
    try:
        remote.put("one/more", b"x" * 200_000)
    except RemoteFull:
        pass
    else:
        raise AssertionError("there was room")
assert all(remote.get(key) == b"%03d" % int(key[-3:]) * 30_000 for key in kept)
assert remote.delete(kept[0])
remote.put("one/more", b"x" * 50_000)
assert remote.get("one/more") == b"x" * 50_000
"""

READ_ONLY = """
import sys
from pathlib import Path
from audobon_cli.domain.errors import RemoteRefused
from audobon_cli.remotes.directory.remote import DirectoryRemote
remote = DirectoryRemote(Path(sys.argv[1]))
assert remote.get("a") == b"1" and [found.key for found in remote.list()] == ["a"]
version = remote.stat("a").version
for ask in (
    lambda: remote.put("b", b"2"),
    lambda: remote.compare_and_swap("a", b"2", version),
    lambda: remote.delete("a"),
):
    try:
        ask()
    except RemoteRefused as error:
        print(error.message)
"""

PUT = """
import sys
from pathlib import Path
from audobon_cli.domain.errors import AudobonError
from audobon_cli.remotes.directory.remote import DirectoryRemote
remote = DirectoryRemote(Path(sys.argv[1]), create=True)
try:
    print(remote.put("packs/a", b"1" * 1000), remote.put("packs/a", b"2"))
    version = remote.compare_and_swap("lease", b"1", None)
    print(bool(version), bool(remote.compare_and_swap("lease", b"2", version)))
except AudobonError as error:
    print(type(error).__name__)
"""

KILLED = """
import sys
from pathlib import Path
from audobon_cli.remotes.directory.remote import DirectoryRemote
remote = DirectoryRemote(Path(sys.argv[1]), create=True)
version = None
for number in range(200):
    remote.put(f"packs/{number % 7}/{number}", b"%03d" % number * 20_000)
    print("put", number, flush=True)
    version = remote.compare_and_swap("lease", b"%03d" % number * 100, version)
    if number % 3 == 2:
        remote.delete(f"packs/{number % 7}/{number}")
        print("deleted", number, flush=True)
"""


def test_the_folder_is_made_only_when_told_so(tmp_path: Path) -> None:
    with pytest.raises(RemoteMissing) as caught:
        open_remote(str(tmp_path / "backup"))
    assert "backup init" in caught.value.hint
    open_remote(str(tmp_path / "backup"), create=True).put("a", b"1")
    assert open_remote(str(tmp_path / "backup")).get("a") == b"1"


def test_a_disk_that_is_taken_away_is_missing_and_not_empty(tmp_path: Path) -> None:
    remote = DirectoryRemote(tmp_path / "backup", create=True)
    remote.put("a", b"1")
    (tmp_path / "backup").rename(tmp_path / "elsewhere")
    for ask in (
        lambda: remote.put("b", b""),
        lambda: remote.compare_and_swap("b", b"", None),
        lambda: remote.get("a"),
        lambda: remote.stat("a"),
        lambda: list(remote.list()),
        lambda: remote.delete("a"),
    ):
        with pytest.raises(RemoteMissing):
            ask()
    assert not (tmp_path / "backup").exists()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RemoteFailed):
        DirectoryRemote(tmp_path / "file")
    with pytest.raises(RemoteFailed):
        DirectoryRemote(tmp_path / "file", create=True)
    with pytest.raises(RemoteFailed):
        DirectoryRemote(tmp_path / "file" / "below", create=True)


@pytest.mark.posix
def test_who_may_read_the_folder_may_read_the_backup(tmp_path: Path) -> None:
    DirectoryRemote(tmp_path / "own", create=True).put("packs/a", b"1")
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "own/packs/a").stat().st_mode & 0o777 == 0o600
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o750)
    DirectoryRemote(tmp_path / "shared").put("packs/a", b"1")
    assert (tmp_path / "shared/packs/a").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "shared/packs").stat().st_mode & 0o777 == 0o750


def test_what_others_put_there_is_left_alone(tmp_path: Path) -> None:
    remote = DirectoryRemote(tmp_path / "backup", create=True)
    remote.put("a/b", b"1")
    (tmp_path / "backup" / ".DS_Store").write_text("x")
    (tmp_path / "backup" / "a" / "with space").write_text("x")
    (tmp_path / "backup" / "lost").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "backup" / "pipe")
    assert [found.key for found in remote.list()] == ["a/b"]
    assert remote.stat("pipe") is None


@needs_mounts
def test_a_full_disk_is_said_and_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    out = run_mounted(f"mount -t tmpfs -o size=1m none {tmp_path}", FILL, str(tmp_path))
    assert out.split() == ["remote.full", "31"]


@needs_mounts
def test_a_read_only_disk_is_read_and_refuses_writing(tmp_path: Path) -> None:
    DirectoryRemote(tmp_path).put("a", b"1")
    out = run_mounted(
        f"mount --bind {tmp_path} {tmp_path}; mount -o remount,ro,bind {tmp_path}", READ_ONLY, str(tmp_path)
    )
    assert len(out.splitlines()) == 3
    assert "Read-only" in out or "write protected" in out


@pytest.mark.posix
def test_somebody_without_rights_reads_and_is_refused_writing() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        DirectoryRemote(folder).put("a", b"1")

        def ask() -> tuple[bytes, str]:
            remote = DirectoryRemote(folder)
            try:
                remote.put("b", b"2")
            except RemoteRefused as error:
                return remote.get("a"), error.message
            return b"", ""

        content, message = as_nobody(ask)
    assert content == b"1"
    assert "Permission denied" in message


@needs_strace
@pytest.mark.parametrize(
    "fault",
    [
        "link,linkat:error=EPERM",
        pytest.param("link,linkat,renameat2:error=ENOSYS", marks=pytest.mark.posix),
    ],
)
def test_without_hard_links_nothing_is_replaced_either(tmp_path: Path, fault: str) -> None:
    done = run_injected(fault, PUT, str(tmp_path / "backup"))
    assert done.stdout.split() == ["True", "False", "True", "True"], done.stderr
    remote = DirectoryRemote(tmp_path / "backup")
    assert remote.get("packs/a") == b"1" * 1000
    assert remote.get("lease") == b"2"


@pytest.mark.posix
@needs_strace
def test_without_locks_objects_are_put_but_not_swapped(tmp_path: Path) -> None:
    done = run_injected("flock:error=ENOLCK", PUT, str(tmp_path / "backup"))
    assert done.stdout.split() == ["True", "False", "RemoteRefused"], done.stderr


@needs_strace
@pytest.mark.parametrize("number", ["EINVAL", "EOPNOTSUPP"])
def test_folders_that_cannot_be_synced_are_borne(tmp_path: Path, number: str) -> None:
    """The second sync of a put is that of a folder, as on some network file systems."""
    (tmp_path / "packs").mkdir()
    done = run_injected(f"fsync:error={number}:when=3", PUT, str(tmp_path))
    assert done.stdout.split()[0] == "True", done.stderr


@needs_strace
@pytest.mark.parametrize("call", ["fsync:error=EIO:when=2", "pwrite64,write:error=EIO:when=1"])
def test_a_disk_that_fails_acknowledges_nothing(tmp_path: Path, call: str) -> None:
    (tmp_path / "packs").mkdir()
    done = run_injected(call, PUT, str(tmp_path))
    if call.startswith("fsync"):
        assert done.stdout.split() == [DiskFailed.__name__], done.stderr
    assert [found.key for found in DirectoryRemote(tmp_path).list()] == []


def test_a_link_whose_reply_was_lost_is_known_as_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As over NFS (open(2), O_EXCL)."""
    link = os.link

    def made_but_told_otherwise(source: Path, target: Path) -> None:
        link(source, target)
        raise FileExistsError(17, "File exists")

    monkeypatch.setattr(os, "link", made_but_told_otherwise)
    assert DirectoryRemote(tmp_path).put("a", b"1") is True


def test_a_lock_that_stays_taken_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    remote = DirectoryRemote(tmp_path, lock_seconds=0.2)
    remote.put("a", b"1")
    with (tmp_path / ".lock").open("w") as file:
        assert current().try_lock(file.fileno())
        with pytest.raises(RemoteUnreachable, match="locked"):
            remote.delete("a")
    assert remote.delete("a") is True


def test_what_killed_writers_left_is_removed_when_they_are_surely_dead(tmp_path: Path) -> None:
    incoming = tmp_path / INCOMING
    incoming.mkdir()
    old = time.time() - GRACE_SECONDS - 3600
    for name, is_old in (
        (f"{current().boot_id()}.dead", False),
        (f"{current().boot_id()}.alive", True),
        ("elsewhere.young", False),
        ("elsewhere.old", True),
    ):
        (incoming / name).write_bytes(b"x")
        if is_old:
            os.utime(incoming / name, (old, old))
    with (incoming / f"{current().boot_id()}.alive").open("r+b") as file:
        assert current().try_lock(file.fileno())
        DirectoryRemote(tmp_path).put("a", b"1")
    assert sorted(path.name for path in incoming.iterdir()) == sorted(
        [f"{current().boot_id()}.alive", "elsewhere.young"]
    )
    assert [found.key for found in DirectoryRemote(tmp_path).list()] == ["a"]


def _kill_and_look(root: Path, after: float) -> None:
    acknowledged: dict[str, bytes] = {}
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(root)], stdout=subprocess.PIPE, text=True, env=child_environment()
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        lines = [line for line in (first, *process.stdout) if line.endswith("\n") and " " in line]
    remote = DirectoryRemote(root)
    for line in lines:
        word, number = line.split()
        key = f"packs/{int(number) % 7}/{number}"
        if word == "put":
            acknowledged[key] = b"%03d" % int(number) * 20_000
        else:
            acknowledged.pop(key)
    found = {each.key: remote.get(each.key) for each in remote.list("packs/")}
    # The last may be there, or gone, without having been told.
    assert len(set(found) ^ set(acknowledged)) <= 1
    assert all(found[key] == content for key, content in acknowledged.items() if key in found)
    assert all(content == b"%03d" % int(key.rpartition("/")[2]) * 20_000 for key, content in found.items())
    lease = remote.stat("lease")
    if lease is not None:
        assert len(remote.get("lease")) == 300
        assert remote.compare_and_swap("lease", b"next", lease.version) is not None
    remote.put("after", b"x")
    assert list((root / INCOMING).iterdir()) == []


def test_kills_at_random_moments_leave_whole_objects_only(tmp_path: Path) -> None:
    for number in range(8):
        _kill_and_look(tmp_path / str(number), random.uniform(0, 0.15))


@pytest.mark.slow
def test_two_hundred_kills_leave_whole_objects_only(tmp_path: Path) -> None:
    for number in range(200):
        _kill_and_look(tmp_path / str(number), random.uniform(0, 0.3))


def _count(arguments: tuple[str, int]) -> None:
    remote = DirectoryRemote(Path(arguments[0]))
    for _ in range(arguments[1]):
        while True:
            found = remote.stat("counter")
            assert found is not None
            number = int(remote.get("counter"))
            if remote.compare_and_swap("counter", b"%d" % (number + 1), found.version) is not None:
                break


def test_processes_that_swap_lose_no_count(tmp_path: Path) -> None:
    DirectoryRemote(tmp_path).compare_and_swap("counter", b"0", None)
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        list(pool.map(_count, [(str(tmp_path), 25)] * 4))
    assert DirectoryRemote(tmp_path).get("counter") == b"100"


def test_full_is_full_for_a_quota_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def over_quota(*_: object) -> int:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    remote = DirectoryRemote(tmp_path)
    monkeypatch.setattr(os, "write", over_quota)
    with pytest.raises(RemoteFull):
        remote.put("a", b"1")
