"""Two machines push and pull at once, and are killed at any moment: both libraries and the place stay whole, the same
commands go on, and nothing that was committed is lost."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from audobon_cli.history import commits
from audobon_cli.library.store.library import Library
from tests.doubles.gcs_server import Bucket, GcsDouble, GcsFault
from tests.fault_injection import child_environment, hear, kill
from tests.history.workshop import AUTHOR, add, snapshot
from tests.sync.workshop import Machine, check_same, check_whole

FAULTS = (
    GcsFault("lose", method="POST"),
    GcsFault("status", status=503),
    GcsFault("drop", after=50),
    GcsFault("status", status=429, times=2),
    GcsFault("corrupt", path="/download/"),
    GcsFault("truncate", after=20, path="/download/"),
    GcsFault("receive", method="POST"),
    GcsFault("lose", method="PUT"),
)
"""One is added with every kill. ``lose`` does what was asked and loses the answer: also of moving the refs."""


@pytest.fixture
def double() -> Iterator[GcsDouble]:
    with GcsDouble() as started:
        started.buckets["art"] = Bucket()
        yield started


def _start(machine: Machine, seed: int) -> "subprocess.Popen[str]":
    words = [str(machine.home), machine.address, machine.endpoint, str(seed)]
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.sync.shift", *words],
        stdout=subprocess.PIPE,
        text=True,
        env=child_environment(),
    )
    hear(child, "ready")
    return child


def _note(lines: list[str], said: dict[str, set[str]]) -> None:
    for line in lines:
        word, what = line.split()
        said[word].add(what)


def check_kills(
    machines: tuple[Machine, Machine], count: int, working: Path, double: GcsDouble | None = None
) -> None:
    """Both work at once; ``count`` times one of them is killed and started again. The ``double`` fails meanwhile.

    In the end both are killed after a push: however slow the machine is, there is something that must last.
    """
    rng = random.Random(count)
    library = machines[0].create()
    for number in range(5):
        add(library, f"asset {number}", number)
    commits.commit(library, "first", AUTHOR)
    machines[0].push(library)
    library.close()
    machines[1].clone()
    said: dict[str, set[str]] = {"added": set(), "pushed": set()}
    running = {machine: _start(machine, number) for number, machine in enumerate(machines)}
    for trial in range(count):
        if double is not None:
            double.faults.append(replace(FAULTS[trial % len(FAULTS)]))
        time.sleep(rng.random() * 0.7)
        machine = rng.choice(machines)
        _note(kill(running.pop(machine)), said)
        library = machine.library()
        check_whole(library)
        library.close()
        if trial % 10 == 0:
            _check_place(machine, working / f"clone {trial}")
        running[machine] = _start(machine, 1000 + trial)
    for child in running.values():
        _note([*hear(child, "pushed"), *kill(child)], said)
    _settle(machines, said)


def _check_place(machine: Machine, home: Path) -> None:
    twin = Machine(home, machine.address, machine.endpoint)
    twin.clone()
    library = twin.library()
    check_whole(library)
    library.close()


def _settle(machines: tuple[Machine, Machine], said: dict[str, set[str]]) -> None:
    libraries: dict[Machine, Library] = {machine: machine.library() for machine in machines}
    for library in libraries.values():
        commits.commit(library, "what a kill left", AUTHOR)
    for machine in (*machines, *machines):
        machine.exchange(libraries[machine])
        machine.pull(libraries[machine])
    one, other = libraries.values()
    check_same(one, other)
    assert said["added"] <= set(snapshot(one))
    assert said["pushed"] <= {found.id for found in commits.log(one, limit=100_000)}
    assert len(said["pushed"]) > 1
    for library in libraries.values():
        check_whole(library)
        library.close()


def _machines(folder: Path, address: str, endpoint: str = "") -> tuple[Machine, Machine]:
    return Machine(folder / "one", address, endpoint), Machine(folder / "other", address, endpoint)


def test_kills_over_a_folder(tmp_path: Path) -> None:
    check_kills(_machines(tmp_path, str(tmp_path / "place")), 5, tmp_path)


@pytest.mark.loopback
def test_kills_over_the_cloud_with_faults(tmp_path: Path, double: GcsDouble) -> None:
    check_kills(_machines(tmp_path, "gs://art/shared", double.endpoint), 5, tmp_path, double)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_fifty_kills_over_a_folder(tmp_path: Path) -> None:
    check_kills(_machines(tmp_path, str(tmp_path / "place")), 50, tmp_path)


@pytest.mark.slow
@pytest.mark.loopback
@pytest.mark.timeout(3600)
def test_fifty_kills_over_the_cloud_with_faults(tmp_path: Path, double: GcsDouble) -> None:
    check_kills(_machines(tmp_path, "gs://art/shared", double.endpoint), 50, tmp_path, double)
