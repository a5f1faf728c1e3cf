"""kill -9 in the middle of an upload: another process goes on where the server stopped to have bytes."""

import contextlib
import hashlib
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.open import open_remote
from audobon_cli.remotes.upload_journal import UploadJournal
from tests.doubles.gcs_server import Bucket, GcsDouble, GcsFault
from tests.fault_injection import child_environment
from tests.remotes.gcs_options import endpoint_options
from tests.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.loopback

SIZE = 4 << 20
QUANTUM = 256 * 1024
PROGRAM = """
import hashlib, sys
from pathlib import Path
from tests.remotes.test_gcs_kills import content, remote_at
remote = remote_at(sys.argv[1], Path(sys.argv[2]))
print("started", flush=True)
print(remote.put("packs/a", content()), flush=True)
"""


def content() -> bytes:
    """The same bytes in every process."""
    return b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(SIZE // 32))


def remote_at(endpoint: str, state: Path) -> Remote:
    """The remote, in a process that has not started the double."""
    return open_remote("gs://backups/home", endpoint_options(endpoint, state))


def start(double: GcsDouble, state: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROGRAM, double.endpoint, str(state)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=child_environment())


@contextlib.contextmanager
def held(double: GcsDouble, size: int) -> Iterator[None]:
    """Let the double take little more than ``size`` bytes in the block: nothing is over before it is killed."""
    pace, over = double.pace, threading.Event()

    def wait() -> None:
        pace()
        if double.received_bytes() > size:
            over.wait(PATIENCE_SECONDS)

    double.pace = wait
    yield
    double.pace = pace
    over.set()


def test_an_upload_that_was_killed_twice_goes_on(tmp_path: Path) -> None:
    with GcsDouble() as double:
        double.buckets["backups"] = Bucket()
        double.piece_seconds = 0.005
        for share in (1, 2):
            with held(double, SIZE * share // 6), start(double, tmp_path) as process:
                until(lambda share=share: double.received_bytes() > SIZE * share // 6)
                process.send_signal(signal.SIGKILL)
            until(double.is_idle)  # what lay in the sockets has arrived
        assert double.buckets["backups"].objects == {}
        double.piece_seconds = 0.0
        with start(double, tmp_path) as process:
            out, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert out.split() == ["started", "True"]
        assert double.buckets["backups"].objects["home/packs/a"][-1].data == content()
        assert len(double.sessions) == 1
        # Each kill costs what the server rounds off.
        assert double.received_bytes() <= SIZE + 2 * QUANTUM + 4096
        assert list((tmp_path / "state" / "uploads").glob("*.json")) == []


@pytest.mark.slow
def test_uploads_that_are_killed_at_random_moments_end_as_whole_objects(tmp_path: Path) -> None:
    for number in range(40):
        with GcsDouble() as double:
            double.buckets["backups"] = Bucket()
            double.piece_seconds = 0.002
            kills = 0
            while "home/packs/a" not in double.buckets["backups"].objects:
                with start(double, tmp_path / str(number)) as process:
                    time.sleep(random.uniform(0.3, 1.5))
                    process.send_signal(signal.SIGKILL)
                until(double.is_idle)
                kills += 1
            with start(double, tmp_path / str(number)) as process:
                out, _ = process.communicate(timeout=PATIENCE_SECONDS)
            # True where the killed one had not heard of it, and knows the session still.
            assert out.split()[-1] in ("True", "False")
            assert double.buckets["backups"].objects["home/packs/a"][-1].data == content()
            assert double.received_bytes() <= SIZE + kills * (QUANTUM + 4096)


def test_an_upload_that_was_killed_after_its_end_is_known_as_done(tmp_path: Path) -> None:
    with GcsDouble() as double:
        double.buckets["backups"] = Bucket()
        answer = GcsFault("hang", method="PUT", seconds=PATIENCE_SECONDS)
        double.faults.append(answer)
        with start(double, tmp_path) as process:
            until(lambda: double.buckets["backups"].objects)
            process.send_signal(signal.SIGKILL)
        answer.over.set()
        with start(double, tmp_path) as process:
            out, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert out.split() == ["started", "True"]
        assert double.received_bytes() <= SIZE + 4096


def test_an_upload_that_was_finished_and_then_deleted_is_sent_again(tmp_path: Path) -> None:
    """Killed before it heard that it was done; a prune found no use for the object; the same is backed up again."""
    with GcsDouble() as double:
        double.buckets["backups"] = Bucket()
        answer = GcsFault("hang", method="PUT", seconds=PATIENCE_SECONDS)
        double.faults.append(answer)
        with start(double, tmp_path) as process:
            until(lambda: double.buckets["backups"].objects)
            process.send_signal(signal.SIGKILL)
        answer.over.set()
        remote = remote_at(double.endpoint, tmp_path)
        assert remote.delete("packs/a") is True
        assert remote.put("packs/a", content()) is True
        assert remote.get("packs/a") == content()
        remote.close()


def test_of_two_at_once_one_creates_and_neither_is_mixed(tmp_path: Path) -> None:
    with GcsDouble() as double:
        double.buckets["backups"] = Bucket()
        double.piece_seconds = 0.001
        processes = [start(double, tmp_path) for _ in range(2)]
        outs = [process.communicate(timeout=PATIENCE_SECONDS)[0].split()[-1] for process in processes]
        assert sorted(outs) == ["False", "True"]
        assert double.buckets["backups"].objects["home/packs/a"][-1].data == content()


def test_the_journal_gives_a_session_to_one_at_a_time(tmp_path: Path) -> None:
    first, second = UploadJournal(tmp_path / "uploads"), UploadJournal(tmp_path / "uploads")
    with first.upload("place", "digest") as ours:
        ours.url = "https://session"
        first.save(ours)
        with second.upload("place", "digest") as theirs:
            assert theirs.url == ""
            assert not theirs.is_kept
    with second.upload("place", "digest") as found:
        assert found.url == "https://session"
    with second.upload("place", "another digest") as other:
        assert other.url == ""
    with UploadJournal(tmp_path / "uploads").upload("place", "digest") as found:
        found.forget()
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_journal_that_is_damaged_or_cannot_be_written_is_none(tmp_path: Path) -> None:
    journal = UploadJournal(tmp_path / "uploads")
    with journal.upload("place", "digest") as upload:
        upload.url = "https://session"
    (file,) = (tmp_path / "uploads").iterdir()
    for damage in (b"", b"{", b"[]", b'{"url"', b"\xff\xfe"):
        file.write_bytes(damage)
        with UploadJournal(tmp_path / "uploads").upload("place", "digest") as upload:
            assert upload.url == ""
    (tmp_path / "file").write_text("in the way")
    with UploadJournal(tmp_path / "file" / "below").upload("place", "digest") as upload:
        upload.url = "https://session"


def test_threads_share_a_journal(tmp_path: Path) -> None:
    journal = UploadJournal(tmp_path / "uploads")
    seen: list[str] = []

    def work(number: int) -> None:
        with journal.upload("place", str(number % 3)) as upload:
            seen.append(upload.url)
            upload.url = f"https://session/{number % 3}"

    threads = [threading.Thread(target=work, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 30
    assert set(seen) <= {"", "https://session/0", "https://session/1", "https://session/2"}
