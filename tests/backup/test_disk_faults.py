"""The disk of a backup fails or is full at a chosen system call: the command says so, and never that it is done."""

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from audobon_cli.domain.errors.exit_status import ExitStatus
from audobon_cli.library.store.library import Library
from tests.backup.workshop import add_pictures
from tests.conftest import Audobon
from tests.fault_injection import needs_strace, run_injected, system_calls

COMMAND = """
import io, os, sys
from audobon_cli.cli.main import run
os.chdir(sys.argv[1])
# What is said is no write() that could be falsified.
sys.stdout, sys.stderr = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
status = run(sys.argv[2:])
for number, stream in ((1, sys.stdout), (2, sys.stderr)):
    stream.flush()
    os.writev(number, [stream.buffer.getvalue()])
os._exit(status)
"""
CREATE = ("backup", "create", "--json")
SYNC = ("backup", "sync", "usb", "other", "--json")
PRUNE = ("backup", "prune", "--keep-last", "1", "--grace", "0", "--yes", "--json")
PARTS = ("home", "project", "usb", "other")
FAULTS = {
    "fsync": ("EIO", ExitStatus.DISK_FAILED, {"disk.failed"}),
    "fdatasync": ("EIO", ExitStatus.DISK_FAILED, {"disk.failed"}),
    "write": ("ENOSPC", ExitStatus.DISK_FULL, {"disk.full", "remote.full"}),
    "pwrite64": ("ENOSPC", ExitStatus.DISK_FULL, {"disk.full", "remote.full"}),
    "link": ("ENOSPC", ExitStatus.DISK_FULL, {"disk.full", "remote.full"}),
}


class Trial:
    """A project with two points at ``usb``, one of them at ``other``, and a library with more than they have."""

    def __init__(self, audobon: Audobon, folder: Path) -> None:
        self._audobon, self._folder, self._master = audobon, folder, folder / "master"
        key = folder / "backup.key"
        key.write_bytes(b"0123456789abcdef" * 4)
        self.run("init")
        self.run("backup", "init", str(folder / "usb"), "--name", "usb", "--key-file", str(key))
        self.run("backup", "init", str(folder / "other"), "--name", "other", "--key-file", str(key))
        for seed in range(2):
            self._add(seed)
            self.run(*CREATE)
            if seed == 0:
                self.run("backup", "sync", "usb", "other")
        self._add(7)
        for part in PARTS:
            shutil.copytree(folder / part, self._master / part)

    def _add(self, seed: int) -> None:
        library = Library.open(self._folder / "project" / ".audobon")
        add_pictures(library, 8, seed)
        library.close()

    def renew(self) -> None:
        """Make all of it as it was."""
        for part in PARTS:
            shutil.rmtree(self._folder / part)
            shutil.copytree(self._master / part, self._folder / part)
        os.chdir(self._folder / "project")  # another one than it was

    def run(self, *words: str) -> dict[str, object]:
        """A command line that works; its data."""
        done = self._audobon(*words, *(() if "--json" in words else ("--json",)))
        assert done.status == 0, done.err + done.out
        return done.data

    def points(self, place: str) -> set[str]:
        """The ids of the points at a place."""
        return {point["id"] for point in self.run("backup", "list", "--dest", place)["points"]}  # type: ignore[attr-defined]

    def injected(self, fault: str, words: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
        """The command line in a child whose calls are falsified."""
        return run_injected(fault, COMMAND, str(self._folder / "project"), *words)

    def moments(self, call: str, words: tuple[str, ...]) -> list[int]:
        """The numbers of those calls that touch the library or a repository, whichever thread makes them."""
        self.renew()
        threads: dict[str, list[bool]] = defaultdict(list)
        for line in system_calls(call, COMMAND, str(self._folder / "project"), *words):
            watched = any(f"{self._folder / part}/" in line for part in ("project", "usb", "other"))
            threads[line.split()[0]].append(watched)
        most = max(map(len, threads.values()), default=0)
        return [n for n in range(1, most + 1) if all(w[n - 1] for w in threads.values() if len(w) >= n)]


def _spread(moments: list[int]) -> list[int]:
    """At most fifteen of them."""
    return moments[:: 1 + len(moments) // 15]


@pytest.fixture
def trial(audobon: Audobon, isolation: Path, tmp_path: Path) -> Trial:
    return Trial(audobon, tmp_path)


def _fail(trial: Trial, call: str, when: str, words: tuple[str, ...]) -> bool:
    """Let one call fail: the command fails in the right way, or is done all the same; whether it failed."""
    kind, status, codes = FAULTS[call]
    trial.renew()
    before = trial.points("usb")
    done = trial.injected(f"{call}:error={kind}:when={when}", words)
    where = (words[1], call, when, done.returncode, done.stdout[-300:], done.stderr[-500:])
    if done.returncode != 0:
        said = json.loads(done.stdout.splitlines()[-1])
        assert (done.returncode, said["ok"]) == (status, False), where
        assert said["error"]["code"] in codes, where
        assert said["error"]["hint"], where
    for place in ("usb", "other"):
        assert trial.run("backup", "verify", "--dest", place, "--read-data")["clean"], where
    assert words == PRUNE or trial.points("usb") >= before, where
    trial.run(*words)
    if words == CREATE:
        assert trial.points("usb") > before, where
    if words == SYNC:
        assert trial.points("other") == trial.points("usb"), where
    if words == PRUNE:
        assert len(trial.points("usb")) == 1, where
    for place in ("usb", "other"):
        assert trial.run("backup", "verify", "--dest", place, "--read-data")["clean"], where
    return done.returncode != 0


@needs_strace
@pytest.mark.parametrize(("call", "words"), [("fsync", CREATE), ("write", CREATE), ("write", SYNC)])
def test_a_disk_that_fails_is_told(trial: Trial, call: str, words: tuple[str, ...]) -> None:
    assert _fail(trial, call, str(trial.moments(call, words)[1]), words)


@needs_strace
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("call", FAULTS)
@pytest.mark.parametrize("words", [CREATE, SYNC, PRUNE], ids=lambda words: words[1])
def test_a_disk_that_fails_at_any_moment_is_told(trial: Trial, call: str, words: tuple[str, ...]) -> None:
    # Once, and from then on.
    moments = [f"{when}{more}" for when in _spread(trial.moments(call, words)) for more in ("", "+")]
    failed = [when for when in moments if _fail(trial, call, when, words)]
    passed = [when for when in moments if when not in failed]
    sys.stdout.write(f"{words[1]} {call}: {len(failed)} failed, {len(passed)} went on: {passed}\n")
    assert words == PRUNE or not passed
