"""What every system promises (platforms/base.py), held against each layer.

Linux' runs as it is. Windows' runs over a stand-in for Windows' calls that keeps its rules (tests/windows_rules/), and
macOS' as far as Linux has what it calls.
"""

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from audobon_cli import platforms
from audobon_cli.platforms.base import Platform
from audobon_cli.storage.file_locks import exclusive_lock, is_leased, lasting_lock, shared_lock
from audobon_cli.storage.temporary import sweep, temporary_folder
from tests.fault_injection import child_environment
from tests.waiting import PATIENCE_SECONDS, until

CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL


@pytest.fixture(params=["linux", "macos", "windows"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """The layer of one system, in force for the whole program: this one's own, or one that can be stood in for."""
    own = platforms.current()
    with pytest.MonkeyPatch.context() as patch:
        if own.name == request.param:
            yield own
        elif own.name == "linux" and request.param == "macos":
            from audobon_cli.platforms.macos import MacosPlatform

            patch.setattr(platforms, "_current", MacosPlatform())
            yield platforms.current()
        elif own.name == "linux":
            from tests.windows_rules.install import install

            install(patch)
            yield platforms.current()
        else:
            pytest.skip(f"{own.name} cannot stand in for {request.param}")


def child(code: str, *arguments: str) -> "subprocess.Popen[str]":
    """Python in a process of its own, with the same layer in force, whose stdin ends it."""
    begin = "import sys; from pathlib import Path; from audobon_cli import platforms\n"
    if platforms.current().name == "macos":
        begin += (
            "from audobon_cli.platforms.macos import MacosPlatform; platforms._current = MacosPlatform()\n"
        )
    return subprocess.Popen(
        [sys.executable, "-c", begin + code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=child_environment(),
    )


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def write(system: Platform, path: Path, data: bytes) -> None:
    descriptor = system.open(path, CREATE)
    try:
        os.write(descriptor, data)
        system.sync(descriptor)
    finally:
        os.close(descriptor)


def test_it_is_the_one_asked_for(system: Platform, request: pytest.FixtureRequest) -> None:
    assert system.name == request.node.callspec.params["system"]


def test_bytes_stay_bytes(system: Platform, tmp_path: Path) -> None:
    write(system, tmp_path / "a", b"one\ntwo\r\n\x1a\0three")
    descriptor = system.open(tmp_path / "a", os.O_RDONLY)
    assert os.read(descriptor, 100) == b"one\ntwo\r\n\x1a\0three"
    os.close(descriptor)


def test_creating_takes_no_name_that_is_there(system: Platform, tmp_path: Path) -> None:
    write(system, tmp_path / "a", b"x")
    with pytest.raises(FileExistsError):
        system.open(tmp_path / "a", CREATE)
    with pytest.raises(FileNotFoundError):
        system.open(tmp_path / "b", os.O_RDONLY)
    with pytest.raises(FileNotFoundError):
        system.open(tmp_path / "no" / "b", CREATE)


def test_appending_adds_at_the_end(system: Platform, tmp_path: Path) -> None:
    for _ in range(2):
        descriptor = system.open(tmp_path / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, b"line\n")
        os.close(descriptor)
    assert (tmp_path / "log").read_bytes() == b"line\nline\n"


def test_a_link_is_not_followed_where_it_may_not_be(system: Platform, tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic links") as caught:
        system.open_without_links(tmp_path / "link", os.O_RDWR)
    assert caught.value.errno == errno.ELOOP
    os.close(system.open_without_links(tmp_path / "target", os.O_RDWR))


def test_reading_and_writing_at_places(system: Platform, tmp_path: Path) -> None:
    descriptor = system.open(tmp_path / "a", os.O_RDWR | os.O_CREAT | os.O_EXCL)
    assert system.write_at(descriptor, b"world", 6) == 5
    assert system.write_at(descriptor, b"hello ", 0) == 6
    assert system.read_at(descriptor, 100, 6) == b"world"
    assert system.read_at(descriptor, 5, 0) == b"hello"
    assert system.read_at(descriptor, 5, 100) == b""
    os.close(descriptor)


def test_many_threads_read_each_their_own_place(system: Platform, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(range(256)) * 64)
    descriptor = system.open(tmp_path / "a", os.O_RDONLY)
    wrong: list[int] = []

    def look(number: int) -> None:
        for turn in range(200):
            place = (number * 37 + turn * 11) % 256
            if system.read_at(descriptor, 1, place + 256 * number) != bytes([place]):
                wrong.append(place)

    threads = [threading.Thread(target=look, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.close(descriptor)
    assert wrong == []


def test_syncing_files_and_folders(system: Platform, tmp_path: Path) -> None:
    write(system, tmp_path / "a", b"x")
    system.sync_file(tmp_path / "a")
    system.sync_folder(tmp_path)
    with pytest.raises(FileNotFoundError):
        system.sync_file(tmp_path / "no")
    with pytest.raises(FileNotFoundError):
        system.sync_folder(tmp_path / "no")
    with pytest.raises(OSError, match="Bad file"):
        system.sync(9999)


def test_a_whole_file_system_is_synced_or_says_that_it_cannot_be(system: Platform, tmp_path: Path) -> None:
    if not system.can_sync_filesystem:
        with pytest.raises(OSError, match=r"available|cannot"):
            system.sync_filesystem(0)
        return
    descriptor = system.open_folder(tmp_path)
    system.sync_filesystem(descriptor)
    os.close(descriptor)


def test_replacing_takes_the_place_of_what_was_there(system: Platform, tmp_path: Path) -> None:
    write(system, tmp_path / "new", b"new")
    write(system, tmp_path / "old", b"old")
    (tmp_path / "old").chmod(0o444)  # as files are that came from other machines
    system.replace(tmp_path / "new", tmp_path / "old")
    assert [path.name for path in tmp_path.glob("*") if path.is_file()] == ["old"]
    assert (tmp_path / "old").read_bytes() == b"new"
    with pytest.raises(FileNotFoundError):
        system.replace(tmp_path / "no", tmp_path / "old")


def test_a_file_is_renamed_and_deleted_while_we_have_it_open(system: Platform, tmp_path: Path) -> None:
    descriptor = system.open(tmp_path / "a", os.O_RDWR | os.O_CREAT)
    system.replace(tmp_path / "a", tmp_path / "b")
    os.write(descriptor, b"still ours")
    system.delete(tmp_path / "b")
    assert os.fstat(descriptor).st_size == 10
    os.close(descriptor)
    assert not (tmp_path / "b").exists()


def test_a_new_name_is_given_once(system: Platform, tmp_path: Path) -> None:
    write(system, tmp_path / "a", b"a")
    write(system, tmp_path / "b", b"b")
    descriptor = system.open(tmp_path / "a", os.O_RDWR)
    assert system.name_new(tmp_path / "a", tmp_path / "kept") is True
    os.close(descriptor)
    assert system.name_new(tmp_path / "b", tmp_path / "kept") is False
    assert (tmp_path / "kept").read_bytes() == b"a"
    assert (tmp_path / "b").read_bytes() == b"b"
    with pytest.raises(FileNotFoundError):
        system.name_new(tmp_path / "no", tmp_path / "other")


def test_deleting(system: Platform, tmp_path: Path) -> None:
    write(system, tmp_path / "a", b"x")
    (tmp_path / "a").chmod(0o444)
    system.delete(tmp_path / "a")
    assert not (tmp_path / "a").exists()
    system.delete(tmp_path / "a", missing_ok=True)
    with pytest.raises(FileNotFoundError):
        system.delete(tmp_path / "a")


def test_deleting_a_tree_with_all_that_it_has(system: Platform, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"x")
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "tree" / "deep" / "a").write_bytes(b"x")
    (tmp_path / "tree" / "deep" / "a").chmod(0o444)
    (tmp_path / "tree" / "link").symlink_to(outside)
    system.delete_tree(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()
    assert (outside / "kept").exists()
    system.delete_tree(tmp_path / "tree")


def test_a_stored_file_can_still_be_deleted(system: Platform, tmp_path: Path) -> None:
    write(system, tmp_path / "a", b"x")
    system.mark_stored(tmp_path / "a")
    system.delete(tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_a_lock_keeps_others_out(system: Platform, tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with exclusive_lock(path, 0.0) as taken:
        assert taken
        with exclusive_lock(path, 0.0) as again, shared_lock(path, 0.0) as shared:
            assert (again, shared) == (False, False)
    with shared_lock(path, 0.0) as one, shared_lock(path, 0.0) as two:
        assert (one, two) == (True, True)
        with exclusive_lock(path, 0.0) as taken:
            assert not taken
    with exclusive_lock(path, 0.0) as taken:
        assert taken


def test_locked_bytes_can_be_read_by_others(system: Platform, tmp_path: Path) -> None:
    descriptor = system.open(tmp_path / "a", os.O_RDWR | os.O_CREAT)
    os.write(descriptor, b"content")
    assert system.try_lock(descriptor)
    assert (tmp_path / "a").read_bytes() == b"content"
    os.close(descriptor)


def test_a_lock_ends_with_its_holder(system: Platform, tmp_path: Path) -> None:
    code = """
from audobon_cli.storage.file_locks import exclusive_lock
with exclusive_lock(Path(sys.argv[1]), 0.0) as taken:
    print(taken, flush=True)
    sys.stdin.read()
"""
    holder = child(code, str(tmp_path / "lock"))
    assert said(holder) == "True"
    with exclusive_lock(tmp_path / "lock", 0.0) as taken:
        assert not taken
    kill(holder)
    with exclusive_lock(tmp_path / "lock", PATIENCE_SECONDS) as taken:
        assert taken


def test_a_lease_is_seen_and_ends(system: Platform, tmp_path: Path) -> None:
    assert not is_leased(tmp_path / "worker")
    with lasting_lock(tmp_path / "worker"):
        assert is_leased(tmp_path / "worker")
    assert not is_leased(tmp_path / "worker")


def test_a_lease_lives_on_in_the_child_of_a_killed_worker(system: Platform, tmp_path: Path) -> None:
    code = """
import subprocess
from audobon_cli.storage.file_locks import lasting_lock
with lasting_lock(Path(sys.argv[1])) as descriptor:
    words = platforms.current().inheriting([descriptor])
    inner = subprocess.Popen([sys.executable, "-c", "input()"], stdin=sys.stdin, **words)
    print(inner.pid, flush=True)
    inner.wait()
"""
    worker = child(code, str(tmp_path / "worker"))
    assert int(said(worker)) > 0
    worker.kill()
    worker.wait()
    assert is_leased(tmp_path / "worker")
    assert worker.stdin is not None
    worker.stdin.write("end\n")
    worker.stdin.close()
    until(lambda: not is_leased(tmp_path / "worker"))
    assert worker.stdout is not None
    worker.stdout.close()


def test_a_leased_file_can_be_deleted_by_its_holder(system: Platform, tmp_path: Path) -> None:
    with lasting_lock(tmp_path / "worker"):
        system.delete(tmp_path / "worker", missing_ok=True)
    assert not (tmp_path / "worker").exists()


def test_a_claimed_folder_is_spared_by_others_and_goes_with_all_in_it(
    system: Platform, tmp_path: Path
) -> None:
    parent = tmp_path / "tmp"
    with temporary_folder(parent) as folder:
        (folder.path / "half").write_bytes(b"x")
        (folder.path / "half").chmod(0o444)
        assert system.claim_folder(folder.path) is None
        assert sweep(parent) == 0
        assert (folder.path / "half").exists()
    assert list(parent.iterdir()) == []


def test_what_a_killed_writer_left_is_swept(system: Platform, tmp_path: Path) -> None:
    code = """
from audobon_cli.storage.temporary import temporary_folder
with temporary_folder(Path(sys.argv[1])) as folder:
    (folder.path / "half").write_bytes(b"x")
    print("ready", flush=True)
    sys.stdin.read()
"""
    writer = child(code, str(tmp_path / "tmp"))
    assert said(writer) == "ready"
    assert sweep(tmp_path / "tmp") == 0
    kill(writer)
    assert sweep(tmp_path / "tmp") == 1
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_folder_that_is_gone_or_a_link_is_not_claimed(system: Platform, tmp_path: Path) -> None:
    assert system.claim_folder(tmp_path / "no") is None


def test_a_folder_is_ours_alone(system: Platform, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "private"
    assert system.make_private_folder(folder)
    assert system.make_private_folder(folder)
    assert system.is_private(folder)
    folder.chmod(0o755)
    assert not system.is_private(folder)
    assert not system.make_private_folder(folder)
    folder.chmod(0o700)
    (tmp_path / "link").symlink_to(folder)
    assert not system.is_private(tmp_path / "link")
    assert not system.is_private(tmp_path / "no")
    (tmp_path / "file").write_bytes(b"")
    assert not system.make_private_folder(tmp_path / "file")


def test_a_file_is_ours_alone(system: Platform, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"secret")
    (tmp_path / "key").chmod(0o644)
    system.make_private(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    with pytest.raises(FileNotFoundError):
        system.make_private(tmp_path / "no")


def test_processes_are_known_by_when_they_began(system: Platform) -> None:
    own = system.process_started(os.getpid())
    assert own == system.process_started(os.getpid()) != ""
    other = child("print('ready', flush=True); sys.stdin.read()")
    assert said(other) == "ready"
    assert system.process_started(other.pid) not in ("", own)
    kill(other)
    assert system.process_started(other.pid) == ""
    assert system.process_started(0) == "" or system.process_started(0) != own
    assert system.process_started(2**40) == ""


def test_the_boot_is_a_word_without_dots(system: Platform) -> None:
    assert system.boot_id() == system.boot_id()
    assert set(system.boot_id()) <= set("0123456789abcdefABCDEF-")


def test_what_the_machine_has(system: Platform) -> None:
    assert 0 < system.available_bytes() <= system.memory_bytes()
    assert 1 << 20 < system.resident_bytes() < system.memory_bytes()
    assert system.usable_cpus() >= 1
    assert system.host_name() != ""
    system.forget_peak()
    assert system.peak_bytes() >= 0
    system.return_large_blocks()
    assert system.longest_path >= 260


def test_a_folder_lies_on_something(system: Platform, tmp_path: Path) -> None:
    found = system.filesystem(tmp_path / "not" / "there")
    assert (found.is_remote, found.is_in_cloud, found.is_fat) == (False, False, False)


def test_errors_have_the_numbers_of_posix(system: Platform, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no") as caught:
        system.open(tmp_path / "no", os.O_RDONLY)
    assert system.posix_errno(caught.value) == errno.ENOENT
    assert not system.is_in_use(caught.value)
    assert not system.links_are_refused(caught.value)
    assert system.posix_errno(OSError(errno.ENOSPC, "full")) == errno.ENOSPC


def test_a_child_is_asked_to_stop(system: Platform) -> None:
    code = """
import os, signal, time
def stop(number, frame):
    os.write(1, b"stopped\\n")  # print may be at it
    os._exit(0)
for number in platforms.current().stop_signals:
    signal.signal(number, stop)
print("ready", flush=True)
while True:
    time.sleep(1)
"""
    begin = "import sys; from audobon_cli import platforms\n"
    process = subprocess.Popen(
        [sys.executable, "-c", begin + code],
        stdout=subprocess.PIPE,
        text=True,
        env=child_environment(),
        **system.inheriting([]),
    )
    assert said(process) == "ready"
    system.ask_to_stop(process)
    assert said(process) == "stopped"
    assert process.wait(PATIENCE_SECONDS) == 0
    assert process.stdout is not None
    process.stdout.close()


def test_the_main_thread_wakes_when_it_is_interrupted(system: Platform) -> None:
    timer = threading.Timer(0.1, system.interrupt_main_thread)

    def wait() -> None:
        timer.start()  # nowhere else: it may come at once
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            time.sleep(0.5)  # which Windows' way does not cut short on other systems

    with pytest.raises(KeyboardInterrupt):
        wait()
    timer.join()


def test_the_signals_that_end_us_can_be_taken_over(system: Platform) -> None:
    import signal

    assert {signal.SIGINT, signal.SIGTERM} <= set(system.stop_signals)
    for number in system.stop_signals:
        assert signal.signal(number, signal.getsignal(number)) is not None


@pytest.mark.loopback
def test_programs_of_one_user_reach_each_other(system: Platform, tmp_path: Path) -> None:
    folder = Path(os.path.realpath(f"/tmp/audobon-{os.getpid()}-{tmp_path.name[-20:]}"))
    assert system.make_private_folder(folder)
    try:
        listener = system.listen(folder / "place")
        heard: list[object] = []

        def serve() -> None:
            connection = listener.accept(PATIENCE_SECONDS)
            listener.greet(connection, PATIENCE_SECONDS)
            heard.append(connection.recv())
            connection.send("welcome")
            connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        connection: Connection = system.connect(folder / "place", PATIENCE_SECONDS)
        connection.send({"who": "me"})
        assert connection.recv() == "welcome"
        connection.close()
        thread.join()
        assert heard == [{"who": "me"}]
        with pytest.raises(TimeoutError):
            listener.accept(0.05)
        listener.close()
        assert not (folder / "place").exists()
        with pytest.raises((OSError, EOFError)):
            system.connect(folder / "place", 1)
    finally:
        system.delete_tree(folder)


def test_it_says_what_was_run_on_it(system: Platform) -> None:
    assert system.run_here.lower().startswith(system.name)
    assert all(fact and remedy for fact, remedy in system.shortcomings())
