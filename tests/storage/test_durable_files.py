"""User files are written whole, once, and never over another by accident."""

import os
import stat
import time
from pathlib import Path

import pytest

from audobon_cli.domain.errors import DiskFull, OutputExists, OutputUnwritable
from audobon_cli.storage.durable_files import sync_filesystem, write_output
from audobon_cli.storage.temporary import STRAY_SECONDS, sweep, temporary_folder
from tests.fault_injection import as_nobody, needs_mounts, needs_strace, run_injected, run_mounted
from tests.processes import process_context


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


def test_a_new_file_holds_the_bytes_and_nothing_lies_beside_it(folder: Path) -> None:
    write_output(folder / "a.png", b"bytes")
    assert (folder / "a.png").read_bytes() == b"bytes"
    assert os.listdir(folder) == ["a.png"]


def test_an_existing_file_is_refused_and_left_as_it_is(folder: Path) -> None:
    path = folder / "a.png"
    path.write_bytes(b"mine")
    with pytest.raises(OutputExists) as caught:
        write_output(path, b"new")
    assert path.read_bytes() == b"mine"
    assert caught.value.details["path"] == str(path)
    assert os.listdir(folder) == ["a.png"]


def test_a_dangling_link_counts_as_existing(folder: Path) -> None:
    (folder / "a.png").symlink_to(folder / "elsewhere")
    with pytest.raises(OutputExists):
        write_output(folder / "a.png", b"new")
    assert not (folder / "elsewhere").exists()


@pytest.mark.posix
def test_overwriting_keeps_the_permissions_and_follows_a_link(folder: Path) -> None:
    target = folder / "target.png"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link = folder / "link.png"
    link.symlink_to(target)
    write_output(link, b"new", overwrite=True)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_output(Path("/dev/null"), b"gone", overwrite=True)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def _race(path: Path, start: float, number: int) -> int:
    time.sleep(max(0.0, start - time.time()))
    try:
        write_output(path, b"%d" % number * 5000)
    except OutputExists:
        return 0
    return 1


def test_of_processes_racing_for_one_name_exactly_one_wins(folder: Path) -> None:
    with process_context().Pool(4) as pool:
        for turn in range(10):
            path = folder / f"{turn}.png"
            start = time.time() + 0.02
            wins = pool.starmap(_race, [(path, start, number) for number in range(4)])
            assert sum(wins) == 1
            assert path.read_bytes() == b"%d" % wins.index(1) * 5000


def test_a_missing_folder_is_explained(folder: Path) -> None:
    with pytest.raises(OutputUnwritable, match="cannot be written"):
        write_output(folder / "no" / "a.png", b"x")


def test_a_folder_in_the_place_of_the_file_is_explained(folder: Path) -> None:
    with pytest.raises(OutputUnwritable):
        write_output(folder, b"x", overwrite=True)


def test_a_name_too_long_is_explained(folder: Path) -> None:
    with pytest.raises(OutputUnwritable):
        write_output(folder / ("x" * 300), b"x")


@pytest.mark.posix
def test_a_folder_without_permission_is_explained() -> None:
    def attempt() -> str:
        with pytest.raises(OutputUnwritable) as caught:
            write_output(Path("/nobody-may-write-here.png"), b"x")
        return caught.value.code

    assert as_nobody(attempt) == "output.unwritable"


@needs_mounts
def test_on_a_full_disk_nothing_partial_is_left(folder: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from audobon_cli.domain.errors import DiskFull
from audobon_cli.storage.durable_files import write_output
folder = Path(sys.argv[1])
for overwrite in (False, True):
    try:
        write_output(folder / "a.png", b"x" * 200_000, overwrite)
    except DiskFull as error:
        print(error.code, os.listdir(folder))
write_output(folder / "a.png", b"x" * 1000)
print(os.listdir(folder))
"""
    out = run_mounted('mount -t tmpfs -o size=64k none "$1"', code, str(folder))
    assert out.split("\n")[:3] == ["disk.full []", "disk.full []", "['a.png']"]
    assert DiskFull.code == "disk.full"


@needs_strace
def test_a_file_system_without_links_still_creates_only(folder: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from audobon_cli.domain.errors import OutputExists
from audobon_cli.storage.durable_files import write_output
path = Path(sys.argv[1]) / "a.png"
write_output(path, b"first")
try:
    write_output(path, b"second")
except OutputExists:
    print(path.read_bytes(), os.listdir(path.parent))
"""
    done = run_injected("link,linkat:error=EPERM", code, str(folder))
    assert done.stdout.strip() == "b'first' ['a.png']", done.stderr


@needs_strace
def test_a_sync_that_fails_is_not_acknowledged_and_leaves_no_file(folder: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from audobon_cli.domain.errors import OutputUnwritable
from audobon_cli.storage.durable_files import write_output
try:
    write_output(Path(sys.argv[1]) / "a.png", b"x")
except OutputUnwritable:
    print(os.listdir(sys.argv[1]))
"""
    done = run_injected("fsync:error=EIO:when=1", code, str(folder))
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.posix
def test_syncing_a_bad_descriptor_is_an_error_not_a_success() -> None:
    with pytest.raises(OSError, match="Bad file descriptor"):
        sync_filesystem(999)


def test_sweeping_removes_what_the_dead_left_and_spares_the_living(folder: Path) -> None:
    dead = folder / "dead"
    dead.mkdir()
    (dead / "half").write_bytes(b"x")
    with temporary_folder(folder) as living:
        (living.path / "unfinished").write_bytes(b"x")
        assert sweep(folder) == 1
        assert (living.path / "unfinished").exists()
    assert os.listdir(folder) == []


def test_stray_files_are_swept_after_an_hour_and_not_before(folder: Path) -> None:
    old, new = folder / "old", folder / "new"
    old.touch()
    new.touch()
    os.utime(old, (time.time() - STRAY_SECONDS - 60,) * 2)
    assert sweep(folder) == 1
    assert os.listdir(folder) == ["new"]


def test_writers_and_sweepers_in_many_processes_never_take_a_living_folder(folder: Path) -> None:
    with process_context().Pool(4) as pool:
        assert all(pool.map(_write_and_sweep, [folder] * 4))
    assert os.listdir(folder) == []


def _write_and_sweep(parent: Path) -> bool:
    for _ in range(60):
        with temporary_folder(parent) as folder:
            (folder.path / "mine").write_bytes(b"x")
            sweep(parent)
            if not (folder.path / "mine").exists():
                return False
    return True
