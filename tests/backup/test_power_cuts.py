"""The power fails, right after something was acknowledged or at any moment: it is there, and nothing is half there."""

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audobon_cli.library.store.library import Library
from audobon_cli.library.verify import verify_library
from audobon_cli.remotes.directory.remote import DirectoryRemote
from tests.backup.power import Disk, a_disk, needs_power
from tests.backup.shift import Said, check, goes_on
from tests.backup.workshop import State, add_pictures, folder_repository
from tests.fault_injection import child_environment

CUTS_A_DISK = 10


def _cut(disk: Disk, number: int, at_step: int | None) -> Said:
    """Let a child work on the disk and cut its power: when it has acknowledged so many things, or at random."""
    places = [str(disk.mount / name) for name in ("library", "first", "second")]
    words = [sys.executable, "-B", "-m", "tests.backup.shift", *places, str(number * 1000)]
    said = Said()
    with subprocess.Popen(
        [*words, "steps"] if at_step else words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert said.hear(child.stdout.readline()) == "ready"
        if at_step:
            for step in range(at_step):
                while said.hear(child.stdout.readline()) == "state":
                    pass
                if step + 1 < at_step:
                    child.stdin.write(b"\n")
                    child.stdin.flush()
        else:
            time.sleep(random.Random(number).random() * 0.8)
        disk.cut()
        child.kill()
        for line in child.stdout:
            said.hear(line)
    return said


def _trials(tmp_path: Path, numbers: range, at_steps: bool, kind: str = "ext4") -> int:
    """Cut the power again and again; how many points were restored and compared."""
    needs_power(kind)
    compared = 0
    for start in range(numbers.start, numbers.stop, CUTS_A_DISK):
        with a_disk(tmp_path / f"disk{start}", kind) as disk:
            places = (disk.mount / "first", disk.mount / "second")
            library = Library.create(disk.mount / "library")
            add_pictures(library, 20, seed=start)
            known: set[State] = set()
            library.close()
            for place in places:
                folder_repository(place)
            os.sync()
            for number in range(start, min(start + CUTS_A_DISK, numbers.stop)):
                said = _cut(disk, number, 1 + number % 9 if at_steps else None)
                disk.restore()
                working = tmp_path / "working"
                working.mkdir()
                library = Library.open(disk.mount / "library")
                assert verify_library(library).clean
                assert said.blobs <= set(library.blobs)
                known |= said.states
                for place, points in zip(places, (said.made, said.copied), strict=True):
                    compared += check(place, working, known, points)
                known = {goes_on(library, places, working)}
                library.close()
                shutil.rmtree(working)
    return compared


def test_the_cut_loses_what_was_not_synced(tmp_path: Path) -> None:
    needs_power()
    with a_disk(tmp_path / "disk") as disk:
        file = disk.mount / "a"
        with file.open("wb") as out:
            out.write(b"synced")
            out.flush()
            os.fsync(out.fileno())
        (disk.mount / "b").write_bytes(b"not synced")
        disk.cut()
        disk.restore()
        assert file.read_bytes() == b"synced"
        assert not (disk.mount / "b").exists() or (disk.mount / "b").read_bytes() == b""


def test_an_object_that_was_put_is_there_and_one_that_was_deleted_is_not(tmp_path: Path) -> None:
    needs_power()
    with a_disk(tmp_path / "disk") as disk:
        remote = DirectoryRemote(disk.mount / "remote", create=True)
        os.sync()
        remote.put("a/old", b"old")
        remote.delete("a/old")
        remote.put("b/c/new", b"new")
        disk.cut()
        disk.restore()
        again = DirectoryRemote(disk.mount / "remote")
        assert [(stat.key, again.get(stat.key)) for stat in again.list()] == [("b/c/new", b"new")]


def test_a_power_cut_right_after_an_answer_loses_nothing(tmp_path: Path) -> None:
    assert _trials(tmp_path, range(2, 5), at_steps=True)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_fifty_power_cuts_right_after_an_answer_lose_nothing(tmp_path: Path) -> None:
    assert _trials(tmp_path, range(100, 150), at_steps=True) > 100


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_fifty_power_cuts_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    assert _trials(tmp_path, range(200, 250), at_steps=False) > 100


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_twenty_power_cuts_on_xfs_lose_nothing(tmp_path: Path) -> None:
    assert _trials(tmp_path, range(300, 310), at_steps=True, kind="xfs") > 20
    assert _trials(tmp_path, range(310, 320), at_steps=False, kind="xfs") > 20
